"""Dated steps of the schema, run by Alembic on SQLite and PostgreSQL."""
