"""Runs take articles and products as well, and counts chosen articles.

Revision ID: 20261123_46
Revises: 20261123_40
Date: 2026-11-23 17:10:00
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_46"
down_revision = "20261123_40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("bulk_run", sa.Column("subject", sa.String(), server_default="order", nullable=False))
    op.add_column("stock_count", sa.Column("chosen", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("stock_count", "chosen")
    op.drop_column("bulk_run", "subject")
