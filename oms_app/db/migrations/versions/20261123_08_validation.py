"""Holds say which check opened them and what to do; a channel's SKUs are mapped to our products.

Revision ID: 20261123_08
Revises: 20261123_07
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant

revision = "20261123_08"
down_revision = "20261123_07"
branch_labels = None
depends_on = None

_OPEN = sa.text("released_at IS NULL")


def upgrade() -> None:
    """Apply."""
    op.add_column("hold", sa.Column("code", sa.String(), nullable=False, server_default=""))
    op.add_column("hold", sa.Column("fix", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_hold_open", "hold", ["kind", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_hold_until", "hold", ["until"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "sku_map",
        sa.Column("channel_id", BigId, sa.ForeignKey("channel.id"), nullable=False),
        sa.Column("channel_sku", sa.String(), nullable=False),
        sa.Column("product_id", BigId, sa.ForeignKey("product.id"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "channel_sku"),
    )
    op.create_index("ix_sku_map_product_id", "sku_map", ["product_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("sku_map")
    op.drop_index("ix_hold_until", "hold")
    op.drop_index("ix_hold_open", "hold")
    op.drop_column("hold", "fix")
    op.drop_column("hold", "code")
