"""Days of cover, and an index of what was issued when.

Revision ID: 20261123_10
Revises: 20261123_09
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId

revision = "20261123_10"
down_revision = "20261123_09"
branch_labels = None
depends_on = None

_ISSUED, _IDLE = sa.text("kind = 'issued'"), sa.text("days IS NULL")


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_stock_movement_issued",
        "stock_movement",
        ["at", "product_id", "quantity"],
        sqlite_where=_ISSUED,
        postgresql_where=_ISSUED,
    )
    op.create_table(
        "stock_cover",
        sa.Column("product_id", BigId, sa.ForeignKey("product.id"), primary_key=True),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
    )
    op.create_index("ix_stock_cover_days", "stock_cover", ["days", "product_id"])
    op.create_index(
        "ix_stock_cover_idle", "stock_cover", ["available", "product_id"], sqlite_where=_IDLE, postgresql_where=_IDLE
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("stock_cover")
    op.drop_index("ix_stock_movement_issued", "stock_movement")
