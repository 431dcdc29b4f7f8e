"""Runs of one action over many orders.

Revision ID: 20261123_21
Revises: 20261123_13
Date: 2026-11-23 11:50:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant, Json

revision = "20261123_21"
down_revision = "20261123_13"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('gathering', 'running')")
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bulk_run",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("given", Json, nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("location_id", BigId, nullable=True),
        sa.Column("granted", Json, nullable=True),
        sa.Column("q", sa.String(), nullable=True),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("gathered_to", BigId, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("background", sa.Boolean(), nullable=False),
        sa.Column("undoes", BigId, nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("worked_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("undoes"),
    )
    op.create_index("ix_bulk_run_open", "bulk_run", ["id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "bulk_row",
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("kept", Json, nullable=True),
        sa.Column("at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"]),
        sa.PrimaryKeyConstraint("run_id", "position"),
    )
    op.create_index(
        "ix_bulk_row_waiting", "bulk_row", ["run_id", "position"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("bulk_row")
    op.drop_table("bulk_run")
