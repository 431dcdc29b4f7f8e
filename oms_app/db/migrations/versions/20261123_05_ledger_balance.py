"""Balances that a check of the ledger leaves, an index that adds up alone, and a line of a document comes back once.

Revision ID: 20261123_05
Revises: 20261123_04
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId

revision = "20261123_05"
down_revision = "20261123_04"
branch_labels = None
depends_on = None

_RETURNED, _DIFFERS = sa.text("kind = 'returned'"), sa.text("differs")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger_balance",
        sa.Column("product_id", BigId, sa.ForeignKey("product.id"), primary_key=True),
        sa.Column("location_id", BigId, sa.ForeignKey("location.id"), primary_key=True),
        sa.Column("movement_id", BigId, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("differs", sa.Boolean(), nullable=False),
    )
    op.create_index(
        "ix_ledger_balance_differs",
        "ledger_balance",
        ["product_id"],
        sqlite_where=_DIFFERS,
        postgresql_where=_DIFFERS,
    )
    op.drop_index("ix_stock_movement_product", "stock_movement")
    op.create_index("ix_stock_movement_product", "stock_movement", ["product_id", "location_id", "id", "quantity"])
    op.create_index(
        "ix_stock_movement_returned",
        "stock_movement",
        ["cause"],
        unique=True,
        sqlite_where=_RETURNED,
        postgresql_where=_RETURNED,
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_stock_movement_returned", "stock_movement")
    op.drop_index("ix_stock_movement_product", "stock_movement")
    op.create_index("ix_stock_movement_product", "stock_movement", ["product_id", "location_id", "id"])
    op.drop_table("ledger_balance")
