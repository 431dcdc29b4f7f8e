"""Letters by e-mail that wait to be sent.

Revision ID: 20261123_13
Revises: 20261123_12
"""

import sqlalchemy as sa
from alembic import op

from oms_app.db.types import BigId, Instant

revision = "20261123_13"
down_revision = "20261123_12"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mail",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False, unique=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("sender", "recipient", "title")),
        sa.Column("body", sa.Text(), nullable=False, server_default=""),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False, server_default=""),
        sa.Column("due", Instant, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("sent_at", Instant, nullable=True),
    )
    op.create_index("ix_mail_subject", "mail", ["subject", "subject_id", "id"])
    op.create_index("ix_mail_state", "mail", ["state", "due", "id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("mail")
