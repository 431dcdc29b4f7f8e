"""A lot that somebody chose for units that are kept.

Revision ID: 20261123_47
Revises: 20261123_46
Date: 2026-11-23 17:45:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId

revision = "20261123_47"
down_revision = "20261123_46"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "lot_choice",
        sa.Column("reservation_id", BigId, nullable=False),
        sa.Column("lot_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"]),
        sa.ForeignKeyConstraint(["lot_id"], ["stock_lot.id"]),
        sa.PrimaryKeyConstraint("reservation_id"),
    )
    op.create_index("ix_lot_choice_lot_id", "lot_choice", ["lot_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("lot_choice")
