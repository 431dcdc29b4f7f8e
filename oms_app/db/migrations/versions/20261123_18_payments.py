"""Money that is promised, and orders that may go before they are paid.

Revision ID: 20261123_18
Revises: 20261123_17
Date: 2026-11-23 10:40:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId

revision = "20261123_18"
down_revision = "20261123_17"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. What is in the shop already was let in under other rules, and may go."""
    op.add_column("orders", sa.Column("authorised", BigId, nullable=False, server_default="0"))
    op.add_column("orders", sa.Column("on_account", sa.Boolean(), nullable=False, server_default=sa.false()))
    orders = sa.table("orders", sa.column("on_account", sa.Boolean), sa.column("stage", sa.String))
    op.execute(orders.update().where(orders.c.stage.in_(["placed", "processing"])).values(on_account=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("orders", "on_account")
    op.drop_column("orders", "authorised")
