"""SQLite's text indexes are merged by the worker, not by the order that happens to be the next.

Revision ID: 20261123_26
Revises: 20261123_19
Date: 2026-11-23 14:30:00
"""

from alembic import op

revision = "20261123_26"
down_revision = "20261123_19"
branch_labels = None
depends_on = None

_INDEXES = ("order_text_words", "order_text_codes", "order_text_fragments")


def upgrade() -> None:
    """Apply."""
    _merge_by_itself(0)


def downgrade() -> None:
    """Take back."""
    _merge_by_itself(4)


def _merge_by_itself(segments: int) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for index in _INDEXES:
            op.execute(f"INSERT INTO {index}({index}, rank) VALUES ('automerge', {segments})")  # noqa: S608 - our own
