"""Kits: products made of others, and what a line's kit was made of when it was ordered.

Revision ID: 20261123_44
Revises: 20261123_26
Date: 2026-11-23 14:10:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, JsonOrNull

revision = "20261123_44"
down_revision = "20261123_26"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "kit_part",
        sa.Column("kit_id", BigId, nullable=False),
        sa.Column("part_id", BigId, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kit_id"], ["product.id"]),
        sa.ForeignKeyConstraint(["part_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("kit_id", "part_id"),
    )
    op.create_index("ix_kit_part_part_id", "kit_part", ["part_id"])
    op.add_column("order_line", sa.Column("parts", JsonOrNull, nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("order_line", "parts")
    op.drop_index("ix_kit_part_part_id", "kit_part")
    op.drop_table("kit_part")
