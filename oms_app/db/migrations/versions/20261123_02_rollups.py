"""Rollups: counted cells behind the charts, and how long orders stayed in each stage.

Revision ID: 20261123_02
Revises: 20261123_01
Date: 2026-11-23 05:02:11.402113
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId

revision = "20261123_02"
down_revision = "20261123_01"
branch_labels = None
depends_on = None


def _counts() -> list[sa.Column]:
    return [sa.Column(name, BigId, server_default="0", nullable=False) for name in ("orders", "units", "amount")]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "order_dwell",
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("placed", sa.Integer(), nullable=True),
        sa.Column("processing", sa.Integer(), nullable=True),
        sa.Column("ready", sa.Integer(), nullable=True),
        sa.Column("picking", sa.Integer(), nullable=True),
        sa.Column("packed", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.create_table(
        "rollup",
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("channel_id", BigId, autoincrement=False, nullable=False),
        sa.Column("location_id", BigId, autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("slot", BigId, autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        *_counts(),
        sa.PrimaryKeyConstraint("kind", "level", "channel_id", "location_id", "day", "slot", "currency"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_delta",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("location_id", BigId, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("slot", BigId, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        *_counts(),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("rollup_delta")
    op.drop_table("rollup")
    op.drop_table("order_dwell")
