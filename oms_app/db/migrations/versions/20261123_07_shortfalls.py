"""Shortfalls as a queue, units set aside, and why a location was chosen.

Revision ID: 20261123_07
Revises: 20261123_06
Date: 2026-11-23 08:50:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant

revision = "20261123_07"
down_revision = "20261123_06"
branch_labels = None
depends_on = None

_WAITING = """
INSERT INTO shortfall (order_line_id, order_id, product_id, units, state, rank, due, at)
SELECT l.id, o.id, l.product_id, l.quantity - l.cancelled - l.allocated, 'open', -o.priority,
  COALESCE(o.ship_by, o.placed_at), o.placed_at
FROM orders o JOIN order_line l ON l.order_id = o.id LEFT JOIN product p ON p.id = l.product_id
WHERE o.shortfall > 0 AND o.stage IN ('placed', 'processing', 'ready', 'picking', 'packed')
  AND l.quantity - l.cancelled > l.allocated AND (p.id IS NULL OR p.kind = 'goods')"""


def upgrade() -> None:
    """Apply."""
    op.add_column("stock_level", sa.Column("blocked", sa.Integer(), server_default="0", nullable=False))
    op.add_column("reservation", sa.Column("why", sa.String(), server_default="", nullable=False))
    op.create_table(
        "shortfall",
        sa.Column("order_line_id", BigId, autoincrement=False, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("product_id", BigId, nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("order_line_id"),
    )
    op.create_index("ix_shortfall_order_id", "shortfall", ["order_id"])
    op.create_index("ix_shortfall_queue", "shortfall", ["rank", "due", "order_line_id"])
    op.create_index("ix_shortfall_product", "shortfall", ["product_id", "rank", "due", "order_line_id"])
    op.execute(_WAITING)


def downgrade() -> None:
    """Undo."""
    op.drop_table("shortfall")
    op.drop_column("reservation", "why")
    op.drop_column("stock_level", "blocked")
