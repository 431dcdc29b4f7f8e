"""The text index: a document per order, its word and fragment indexes, the vocabulary, and indexes of times.

Revision ID: 20261123_04
Revises: 20261123_03
Date: 2026-11-23 05:40:00

SQLite: FTS5 over the documents, one posting list per token, newest order first because row ids are order ids.
PostgreSQL: GIN over a tsvector of the same tokens, GIN trigrams for fragments. Columns that people search by their
beginning compare byte by byte there, so that an index serves a prefix in any locale.
"""

from alembic import op

revision = "20261123_04"
down_revision = "20261123_03"
branch_labels = None
depends_on = None

_TIMES = {
    "ix_orders_updated": "updated_at",
    "ix_orders_ship_by": "ship_by",
    "ix_orders_shipped": "shipped_at",
    "ix_orders_arrived": "delivered_at",
}

_PUNCTUATION = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~''''"

_SQLITE = (
    "CREATE TABLE order_text (order_id INTEGER PRIMARY KEY, words TEXT NOT NULL, codes TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE order_text_words USING fts5(words, content='order_text', content_rowid='order_id',"
    f" detail=none, columnsize=0, tokenize='ascii tokenchars ''{_PUNCTUATION}''')",
    "CREATE VIRTUAL TABLE order_text_codes USING fts5(codes, content='order_text', content_rowid='order_id',"
    " detail=none, columnsize=0, tokenize='trigram')",
    "CREATE TABLE order_text_vocabulary (id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE order_text_fragments USING fts5(token, content='order_text_vocabulary', content_rowid='id',"
    " detail=none, columnsize=0, tokenize='trigram')",
)
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE TABLE order_text (order_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL, codes TEXT NOT NULL)",
    "ALTER TABLE order_text ALTER COLUMN words SET STATISTICS 1000",
    "CREATE INDEX order_text_words ON order_text USING gin (words) WITH (fastupdate = off)",
    "CREATE INDEX order_text_codes ON order_text USING gin (codes gin_trgm_ops)",
    'CREATE TABLE order_text_vocabulary (token TEXT COLLATE "C" PRIMARY KEY)',
    "CREATE INDEX order_text_fragments ON order_text_vocabulary USING gin (token gin_trgm_ops)",
    *(
        f'ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR COLLATE "C"'
        for table, column in (
            ("orders", "number"),
            ("orders", "external_id"),
            ("customer", "phone"),
            ("customer", "email"),
            ("parcel", "awb"),
            ("product", "sku"),
        )
    ),
    *(f"ANALYZE {table}" for table in ("orders", "customer", "parcel", "product")),
)


def upgrade() -> None:
    """Apply."""
    for name, column in _TIMES.items():
        op.create_index(name, "orders", [column])
    statements = _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Undo; columns keep their order of bytes, which harms nobody."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        for name in ("order_text_words", "order_text_codes", "order_text_fragments"):
            bind.exec_driver_sql(f"DROP TABLE {name}")
    bind.exec_driver_sql("DROP TABLE order_text")
    bind.exec_driver_sql("DROP TABLE order_text_vocabulary")
    for name in _TIMES:
        op.drop_index(name, "orders")
