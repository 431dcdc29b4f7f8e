"""Parcels before they are packed: an order may ship in several.

Revision ID: 20261123_17
Revises: 20261123_14
Date: 2026-11-23 13:00:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant

revision = "20261123_17"
down_revision = "20261123_14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("orders", sa.Column("parcels", sa.Integer(), server_default="0", nullable=False))
    _repack("packed_at IS NOT NULL", null=True)
    op.create_table(
        "order_link",
        sa.Column("order_id", BigId, autoincrement=False, nullable=False),
        sa.Column("original_id", BigId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.ForeignKeyConstraint(["original_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.create_index("ix_order_link_original_id", "order_link", ["original_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("order_link")
    _repack("true", null=False)
    op.drop_column("orders", "parcels")


def _repack(where: str, *, null: bool) -> None:
    """Make the column anew: SQLite cannot take NOT NULL off one, and a table others refer to is not to be rebuilt."""
    op.add_column("parcel", sa.Column("packed", Instant(), nullable=True, server_default=None if null else "0"))
    op.execute(f"UPDATE parcel SET packed = packed_at WHERE {where}")  # noqa: S608 - our own words
    op.drop_column("parcel", "packed_at")
    op.alter_column("parcel", "packed", new_column_name="packed_at")
