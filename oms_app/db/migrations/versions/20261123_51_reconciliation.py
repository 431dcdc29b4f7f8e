"""Reconciliation: runs over a channel, what they found, and what they have seen so far.

Revision ID: 20261123_51
Revises: 20261123_50
Date: 2026-11-23 20:30:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant, Json

revision = "20261123_51"
down_revision = "20261123_50"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reconciliation_run",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("position", Json, nullable=True),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("levels", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("under_way", sa.Integer(), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("background", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("worked_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reconciliation_run_channel", "reconciliation_run", ["channel_id", "state", "id"])
    op.create_table(
        "reconciliation_difference",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("order_number", sa.String(), nullable=False),
        sa.Column("order_id", BigId, nullable=True),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("fix", sa.String(), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("fixed_at", Instant(), nullable=True),
        sa.Column("fixed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["reconciliation_run.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "kind", "external_id"),
    )
    op.create_index(
        "ix_reconciliation_difference_open", "reconciliation_difference", ["run_id", "fixed_at", "kind", "id"]
    )
    op.create_table(
        "reconciliation_seen",
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["reconciliation_run.id"]),
        sa.PrimaryKeyConstraint("run_id", "external_id"),
    )


def downgrade() -> None:
    """Undo."""
    for name in ("seen", "difference", "run"):
        op.drop_table(f"reconciliation_{name}")
