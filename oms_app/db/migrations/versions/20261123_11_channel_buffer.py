"""Units that a channel is never told of.

Revision ID: 20261123_11
Revises: 20261123_10
Date: 2026-11-23 09:20:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId

revision = "20261123_11"
down_revision = "20261123_10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "channel_buffer",
        sa.Column("channel_id", BigId, autoincrement=False, nullable=False),
        sa.Column("product_id", BigId, autoincrement=False, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("channel_id", "product_id"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("channel_buffer")
