"""Points that somebody, or a rule, adds to an order's priority.

Revision ID: 20261123_20
Revises: 20261123_11
Date: 2026-11-23 11:40:00
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_20"
down_revision = "20261123_11"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("orders", sa.Column("boost", sa.Integer(), server_default="0", nullable=False))
    op.add_column("orders", sa.Column("boost_reason", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("orders", "boost_reason")
    op.drop_column("orders", "boost")
