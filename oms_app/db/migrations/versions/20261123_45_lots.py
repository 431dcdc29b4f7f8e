"""Lots with their expiry, and what of a level is not sold any more.

Revision ID: 20261123_45
Revises: 20261123_44
Date: 2026-11-23 14:40:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant

revision = "20261123_45"
down_revision = "20261123_44"
branch_labels = None
depends_on = None

_HOLDS = sa.text("on_hand > 0")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "stock_lot",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("product_id", BigId, nullable=False),
        sa.Column("location_id", BigId, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Integer(), nullable=True),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name="stock_lot_on_hand_not_negative"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("product_id", "location_id", "code"),
    )
    op.create_index(
        "ix_stock_lot_expires", "stock_lot", ["expires_on", "id"], sqlite_where=_HOLDS, postgresql_where=_HOLDS
    )
    op.create_table(
        "lot_entry",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("lot_id", BigId, nullable=False),
        sa.Column("movement_id", BigId, nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["stock_lot.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_lot_entry_lot_id", "lot_entry", ["lot_id"])
    op.create_index("ix_lot_entry_movement_id", "lot_entry", ["movement_id"])
    op.add_column("product", sa.Column("lots", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("product", sa.Column("unsold_days", sa.Integer(), server_default="0", nullable=False))
    op.add_column("stock_level", sa.Column("lots", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("stock_level", sa.Column("expired", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("stock_level", "expired")
    op.drop_column("stock_level", "lots")
    op.drop_column("product", "unsold_days")
    op.drop_column("product", "lots")
    op.drop_table("lot_entry")
    op.drop_table("stock_lot")
