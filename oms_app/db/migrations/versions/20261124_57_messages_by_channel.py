"""What waits of one channel is found without what waits of the others.

Revision ID: 20261124_57
Revises: 20261124_56
Date: 2026-11-24 00:20:00
"""

from alembic import op

revision = "20261124_57"
down_revision = "20261124_56"
branch_labels = None
depends_on = None

_NAME = "ix_channel_message_channel"


def upgrade() -> None:
    """Apply."""
    op.create_index(_NAME, "channel_message", ["channel_id", "state", "due", "id"])


def downgrade() -> None:
    """Undo."""
    op.drop_index(_NAME, "channel_message")
