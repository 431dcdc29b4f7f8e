"""The migrations make exactly the tables that the code describes."""

from alembic import command

from oms_app.db import engine


def test_the_migrations_make_the_tables_of_the_code(sqlite: str) -> None:
    with engine.transaction() as connection:
        command.check(engine.alembic_config(connection))


def test_the_database_is_at_the_newest_migration(sqlite: str) -> None:
    here, newest = engine.revision()
    assert here == newest
