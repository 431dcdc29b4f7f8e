"""The REST API as a program meets it: real services, real databases, no network."""
