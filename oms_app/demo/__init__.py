"""A believable Indian shop."""
