"""The domain, without a database."""
