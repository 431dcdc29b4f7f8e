"""Letters to people: e-mail."""
