"""Suppliers, purchase orders, and what to order again.

Revision ID: 20261123_12
Revises: 20261123_16
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant

revision = "20261123_12"
down_revision = "20261123_16"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "supplier",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("contact", "email", "phone", "gstin")),
        sa.Column("address", sa.Text(), nullable=False, server_default=""),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("payment_terms", sa.String(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
    )
    op.create_table(
        "supplier_product",
        sa.Column("supplier_id", BigId, sa.ForeignKey("supplier.id"), primary_key=True),
        sa.Column("product_id", BigId, sa.ForeignKey("product.id"), primary_key=True),
        sa.Column("supplier_sku", sa.String(), nullable=False),
        sa.Column("cost_micros", BigId, nullable=False),
        sa.Column("pack_size", sa.Integer(), nullable=False),
        sa.Column("moq", sa.Integer(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("preferred", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_supplier_product_product", "supplier_product", ["product_id"])
    op.create_table(
        "purchase_order",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("supplier_id", BigId, sa.ForeignKey("supplier.id"), nullable=False),
        sa.Column("location_id", BigId, sa.ForeignKey("location.id"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("total", BigId, nullable=False, server_default="0"),
        sa.Column("tax", BigId, nullable=False, server_default="0"),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("supplier_reference", sa.String(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("sent_at", Instant, nullable=True),
        sa.Column("done_at", Instant, nullable=True),
    )
    op.create_index("ix_purchase_order_state", "purchase_order", ["state", "id"])
    op.create_index("ix_purchase_order_supplier", "purchase_order", ["supplier_id", "id"])
    op.create_table(
        "purchase_order_line",
        sa.Column("purchase_order_id", BigId, sa.ForeignKey("purchase_order.id"), primary_key=True),
        sa.Column("product_id", BigId, sa.ForeignKey("product.id"), primary_key=True),
        sa.Column("supplier_sku", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("pack_size", sa.Integer(), nullable=False),
        sa.Column("cost_micros", BigId, nullable=False),
        sa.Column("gst_rate", sa.Numeric(6, 3), nullable=True),
    )
    op.create_index("ix_purchase_order_line_product", "purchase_order_line", ["product_id"])
    op.create_table(
        "reorder_suggestion",
        sa.Column("product_id", BigId, sa.ForeignKey("product.id"), primary_key=True),
        sa.Column("supplier_id", BigId, sa.ForeignKey("supplier.id"), nullable=False),
        sa.Column("days_left", BigId, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
    )
    op.create_index("ix_reorder_suggestion_days", "reorder_suggestion", ["days_left", "product_id"])
    supplier_first = ["supplier_id", "days_left", "product_id"]
    op.create_index("ix_reorder_suggestion_supplier", "reorder_suggestion", supplier_first)


def downgrade() -> None:
    """Undo."""
    for name in ("reorder_suggestion", "purchase_order_line", "purchase_order", "supplier_product", "supplier"):
        op.drop_table(name)
