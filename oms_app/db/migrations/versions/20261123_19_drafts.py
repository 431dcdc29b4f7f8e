"""Drafts of orders, personalised lines, and channels whose prices do not hold their tax.

Revision ID: 20261123_19
Revises: 20261123_25
Date: 2026-11-23 13:40:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant, Json

revision = "20261123_19"
down_revision = "20261123_25"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "order_draft",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("customer_name", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("total", BigId, server_default="0", nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_order_draft_state", "order_draft", ["state", "id"])
    op.add_column("order_line", sa.Column("personalisation", Json, nullable=True))
    op.add_column("channel", sa.Column("tax_included", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("channel", "tax_included")
    op.drop_column("order_line", "personalisation")
    op.drop_table("order_draft")
