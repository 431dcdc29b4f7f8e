"""Attributes, families and pictures of products, and tax rates that begin on a day.

Revision ID: 20261123_40
Revises: 20261123_45
Date: 2026-11-23 16:00:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant, Json

revision = "20261123_40"
down_revision = "20261123_45"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "product_family",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("options", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "product_detail",
        sa.Column("product_id", BigId, autoincrement=False, nullable=False),
        sa.Column("family_id", BigId, nullable=True),
        sa.Column("choices", Json, nullable=True),
        sa.Column("attributes", Json, nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.ForeignKeyConstraint(["family_id"], ["product_family.id"]),
        sa.PrimaryKeyConstraint("product_id"),
    )
    op.create_index("ix_product_detail_family_id", "product_detail", ["family_id"])
    op.create_table(
        "product_picture",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("product_id", BigId, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("product_id", "digest"),
    )
    op.create_index("ix_product_picture_digest", "product_picture", ["digest"])
    op.create_table(
        "product_rate",
        sa.Column("product_id", BigId, autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(6, 3), nullable=False),
        sa.Column("in_force", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("product_id", "valid_from"),
    )
    op.create_index("ix_product_rate_waiting", "product_rate", ["in_force", "valid_from"])


def downgrade() -> None:
    """Undo."""
    for table in ("product_rate", "product_picture", "product_detail", "product_family"):
        op.drop_table(table)
