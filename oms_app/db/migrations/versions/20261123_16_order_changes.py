"""Changes of orders, numbered, and what of a refund only gave back what was paid too much.

Revision ID: 20261123_16
Revises: 20261123_20
Date: 2026-11-23 12:00:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant, Json

revision = "20261123_16"
down_revision = "20261123_20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("orders", sa.Column("refunded_excess", BigId, server_default="0", nullable=False))
    op.create_table(
        "order_change",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("before", Json, nullable=True),
        sa.Column("after", Json, nullable=True),
        sa.Column("total", BigId, server_default="0", nullable=False),
        sa.Column("refunded", BigId, server_default="0", nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "number"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("order_change")
    op.drop_column("orders", "refunded_excess")
