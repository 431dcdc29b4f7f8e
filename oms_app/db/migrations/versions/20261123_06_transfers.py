"""Transfers between locations.

Revision ID: 20261123_06
Revises: 20261123_05
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant

revision = "20261123_06"
down_revision = "20261123_05"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "transfer",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("origin_id", BigId, sa.ForeignKey("location.id"), nullable=False),
        sa.Column("destination_id", BigId, sa.ForeignKey("location.id"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("taxed", sa.Boolean(), nullable=False),
        sa.Column("origin_gstin", sa.String(), nullable=False),
        sa.Column("destination_gstin", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("sent_at", Instant, nullable=True),
        sa.Column("done_at", Instant, nullable=True),
    )
    op.create_index("ix_transfer_state", "transfer", ["state", "id"])
    op.create_table(
        "transfer_line",
        sa.Column("transfer_id", BigId, sa.ForeignKey("transfer.id"), primary_key=True),
        sa.Column("product_id", BigId, sa.ForeignKey("product.id"), primary_key=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
    )
    op.create_index("ix_transfer_line_product", "transfer_line", ["product_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("transfer_line")
    op.drop_table("transfer")
