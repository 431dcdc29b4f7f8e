"""The index of the board's columns holds the orders in the building, by their stage.

Revision ID: 20261123_15
Revises: 20261123_18
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_15"
down_revision = "20261123_18"
branch_labels = None
depends_on = None

_COLUMN: list[str | sa.TextClause] = ["stage", sa.text("priority DESC"), "ship_by", "id"]
_BEFORE = sa.text("shipped_at IS NULL")
_AFTER = sa.text("stage IN ('placed', 'processing', 'ready', 'picking', 'packed')")


def upgrade() -> None:
    """Apply."""
    _replace(_AFTER)


def downgrade() -> None:
    """Undo."""
    _replace(_BEFORE)


def _replace(where: sa.TextClause) -> None:
    op.drop_index("ix_orders_column", "orders")
    op.create_index("ix_orders_column", "orders", _COLUMN, sqlite_where=where, postgresql_where=where)
