"""Articles of channels as they are listed; SKUs that are ignored; what an unknown SKU may be.

Revision ID: 20261123_53
Revises: 20261123_51
Date: 2026-11-23 20:20:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant, Json

revision = "20261123_53"
down_revision = "20261123_51"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "channel_article",
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("barcode", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("listed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("channel_id", "external_id"),
    )
    op.create_index("ix_channel_article_sku", "channel_article", ["sku", "channel_id"])
    op.create_index(
        "ix_channel_article_problem",
        "channel_article",
        ["channel_id", "sku", "external_id"],
        sqlite_where=sa.text("problem <> ''"),
        postgresql_where=sa.text("problem <> ''"),
    )
    op.create_table(
        "sku_ignored",
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("channel_sku", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("channel_id", "channel_sku"),
    )
    op.create_table(
        "sku_suggestion",
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("channel_sku", sa.String(), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=False),
        sa.Column("found", Json, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("channel_id", "channel_sku"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("sku_suggestion")
    op.drop_table("sku_ignored")
    op.drop_index("ix_channel_article_problem", "channel_article")
    op.drop_index("ix_channel_article_sku", "channel_article")
    op.drop_table("channel_article")
