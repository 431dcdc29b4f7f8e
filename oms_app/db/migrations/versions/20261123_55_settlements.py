"""Settlements of marketplaces, their entries, and what differs.

Revision ID: 20261123_55
Revises: 20261123_53
Date: 2026-11-23 21:30:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant

revision = "20261123_55"
down_revision = "20261123_53"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "settlement",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("deposited_at", Instant(), nullable=True),
        sa.Column("total", BigId, server_default="0", nullable=False),
        sa.Column("unexplained", BigId, server_default="0", nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel_id", "external_id"),
    )
    op.create_table(
        "settlement_entry",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("settlement_id", BigId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", BigId, server_default="0", nullable=False),
        sa.Column("posted_at", Instant(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlement.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_settlement_entry_order", "settlement_entry", ["external_id", "settlement_id"])
    op.create_index("ix_settlement_entry_settlement", "settlement_entry", ["settlement_id", "external_id"])
    op.create_table(
        "settlement_difference",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("order_number", sa.String(), nullable=False),
        sa.Column("order_id", BigId, nullable=True),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel_id", "kind", "external_id"),
    )


def downgrade() -> None:
    """Undo."""
    for name in ("difference", "entry"):
        op.drop_table(f"settlement_{name}")
    op.drop_table("settlement")
