"""Connected channels: links, positions, messages as they came, their orders, what is owed to them, levels, calls.

Revision ID: 20261123_50
Revises: 20261123_48
Date: 2026-11-23 18:00:00
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant, Json

revision = "20261123_50"
down_revision = "20261123_48"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "channel_call",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("incoming", sa.Boolean(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("request", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_channel_call_channel", "channel_call", ["channel_id", "id"])
    op.create_table(
        "channel_level",
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("product_id", BigId, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=True),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("changed", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("channel_id", "sku"),
    )
    op.create_index("ix_channel_level_due", "channel_level", ["channel_id", "waits", "due"])
    op.create_index("ix_channel_level_product", "channel_level", ["product_id"])
    op.create_table(
        "channel_link",
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("settings", Json, nullable=True),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("problem_at", Instant(), nullable=True),
        sa.Column("worked_at", Instant(), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("channel_id"),
        sa.UniqueConstraint("path"),
    )
    op.create_table(
        "channel_message",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel_id", "delivery_id"),
    )
    op.create_index("ix_channel_message_resource", "channel_message", ["channel_id", "external_id", "id"])
    op.create_index("ix_channel_message_state", "channel_message", ["state", "due", "id"])
    op.create_table(
        "channel_order",
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("order_id", BigId, nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("total", BigId, nullable=False),
        sa.Column("refunded", BigId, server_default="0", nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("seen", Json, nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("channel_id", "external_id"),
    )
    op.create_index("ix_channel_order_order_id", "channel_order", ["order_id"])
    op.create_table(
        "channel_position",
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("position", Json, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("channel_id", "stream"),
    )
    op.create_table(
        "channel_task",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("order_id", BigId, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("given", Json, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel_id", "name"),
    )
    op.create_index("ix_channel_task_order", "channel_task", ["order_id", "id"])
    op.create_index("ix_channel_task_state", "channel_task", ["channel_id", "state", "due", "id"])


def downgrade() -> None:
    """Undo."""
    for name in ("task", "position", "order", "message", "link", "level", "call"):
        op.drop_table(f"channel_{name}")
