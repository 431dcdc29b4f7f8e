"""Bins and cycle counts.

Revision ID: 20261123_09
Revises: 20261123_08
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant

revision = "20261123_09"
down_revision = "20261123_08"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bin",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("location_id", BigId, sa.ForeignKey("location.id"), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.UniqueConstraint("location_id", "code"),
    )
    op.create_table(
        "product_bin",
        sa.Column("product_id", BigId, sa.ForeignKey("product.id"), primary_key=True),
        sa.Column("bin_id", BigId, sa.ForeignKey("bin.id"), primary_key=True),
    )
    op.create_index("ix_product_bin_bin", "product_bin", ["bin_id", "product_id"])
    op.create_table(
        "stock_count",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("location_id", BigId, sa.ForeignKey("location.id"), nullable=False),
        sa.Column("bin", sa.String(), nullable=False),
        sa.Column("sku_prefix", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("done_at", Instant, nullable=True),
    )
    op.create_index("ix_stock_count_state", "stock_count", ["state", "id"])
    op.create_table(
        "stock_count_line",
        sa.Column("count_id", BigId, sa.ForeignKey("stock_count.id"), primary_key=True),
        sa.Column("product_id", BigId, sa.ForeignKey("product.id"), primary_key=True),
        sa.Column("book", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("recount_book", sa.Integer(), nullable=True),
        sa.Column("recounted", sa.Integer(), nullable=True),
        sa.Column("posted", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_stock_count_line_product", "stock_count_line", ["product_id"])


def downgrade() -> None:
    """Undo."""
    for name in ("stock_count_line", "stock_count", "product_bin", "bin"):
        op.drop_table(name)
