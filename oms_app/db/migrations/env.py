"""Alembic's entry: runs the migrations on the connection that `db.engine.migrate` opened."""

from alembic import context
from sqlalchemy.sql.operators import desc_op
from sqlmodel import SQLModel

from oms_app.db import tables  # noqa: F401 - registers every table
from oms_app.db.types import Instant


def compare_type(_context, _inspected, _metadata, inspected_type, metadata_type):
    """Only compare what both databases keep apart."""
    if isinstance(metadata_type, Instant):
        return False
    return None


def include_object(given, name, type_, _reflected, compare_to):
    """Leave out what the migrations make by hand: the text index and its shadow tables.

    Of an index that runs downwards SQLite tells only its name: that it is there is all that is compared.
    """
    if type_ == "index" and compare_to is not None:
        return not any(getattr(part, "modifier", None) is desc_op for part in given.expressions)
    return not (type_ == "table" and name.startswith("order_text"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_type=compare_type,
    include_object=include_object,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
