"""A channel knows a customer by one number: found by it, and never twice.

Revision ID: 20261123_03
Revises: 20261123_02
"""

from alembic import op

revision = "20261123_03"
down_revision = "20261123_02"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_customer_external_id", "customer", ["channel_id", "external_id"], unique=True)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_customer_external_id", "customer")
