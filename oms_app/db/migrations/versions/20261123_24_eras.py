"""Documents on PostgreSQL have the token of their order's era (db/queries/search_eras.py).

Revision ID: 20261123_24
Revises: 20261123_21
Date: 2026-11-23 12:40:00
"""

from alembic import op

revision = "20261123_24"
down_revision = "20261123_21"
branch_labels = None
depends_on = None

_WITHOUT_INDEXES = ("DROP INDEX order_text_words", "DROP INDEX order_text_codes")
_INDEXES = (
    "CREATE INDEX order_text_words ON order_text USING gin (words) WITH (fastupdate = off)",
    "CREATE INDEX order_text_codes ON order_text USING gin (codes gin_trgm_ops)",
    "ANALYZE order_text",
)


def upgrade() -> None:
    """Apply."""
    _rewrite("words || array_to_tsvector(ARRAY['era:' || (order_id >> 39)])")


def downgrade() -> None:
    """Take back."""
    _rewrite("ts_delete(words, 'era:' || (order_id >> 39))")


def _rewrite(words: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for statement in (*_WITHOUT_INDEXES, f"UPDATE order_text SET words = {words}", *_INDEXES):  # noqa: S608 - our own
        op.execute(statement)
