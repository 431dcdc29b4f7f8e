"""Use cases on real databases: each test runs on SQLite and on PostgreSQL."""
