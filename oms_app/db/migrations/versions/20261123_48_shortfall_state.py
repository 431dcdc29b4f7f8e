"""The shortfall queue is counted by state without reading all of it.

Revision ID: 20261123_48
Revises: 20261123_47
Date: 2026-11-23 17:55:00
"""

from alembic import op

revision = "20261123_48"
down_revision = "20261123_47"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_shortfall_state", "shortfall", ["state"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_shortfall_state", "shortfall")
