"""Other companies' systems: HTTP and translation, never the database."""
