"""Rules that act by themselves, their log, and notices to people.

Revision ID: 20261123_25
Revises: 20261123_15
Date: 2026-11-23 12:40:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant, Json

revision = "20261123_25"
down_revision = "20261123_15"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "rule",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("q", sa.Text(), server_default="", nullable=False),
        sa.Column("then", Json, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("since", BigId, server_default="0", nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rule_firing",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("rule_id", BigId, nullable=False),
        sa.Column("event_id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("steps", Json, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rule_id", "event_id"),
    )
    op.create_index("ix_rule_firing_order_id", "rule_firing", ["order_id"])
    op.create_index("ix_rule_firing_rule", "rule_firing", ["rule_id", "id"])
    op.create_table(
        "notice",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_notice_user", "notice", ["user_id", "id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("notice")
    op.drop_table("rule_firing")
    op.drop_table("rule")
