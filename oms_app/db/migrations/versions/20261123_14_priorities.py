"""Why an order has its priority, its service level, and the order of the board's columns.

Revision ID: 20261123_14
Revises: 20261123_24
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_14"
down_revision = "20261123_24"
branch_labels = None
depends_on = None

_HERE = sa.text("shipped_at IS NULL")


def upgrade() -> None:
    """Apply."""
    op.add_column("orders", sa.Column("priority_why", sa.Text(), server_default="", nullable=False))
    op.add_column("orders", sa.Column("service", sa.String(), server_default="standard", nullable=False))
    op.create_index(
        "ix_orders_column",
        "orders",
        ["stage", sa.text("priority DESC"), "ship_by", "id"],
        sqlite_where=_HERE,
        postgresql_where=_HERE,
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_orders_column", "orders")
    op.drop_column("orders", "service")
    op.drop_column("orders", "priority_why")
