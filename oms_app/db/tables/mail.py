"""Letters by e-mail, written in the transaction of what they tell, sent by the worker."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from oms_app.db.tables.columns import instant, key, text
from oms_app.db.types import BigId


class Mail(SQLModel, table=True):
    """A letter with a document. `state`: domain/mail.py; while it is not sent, `due` is when it is tried next."""

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_subject", "subject", "subject_id", "id"),
        Index("ix_mail_state", "state", "due", "id"),
    )
    id: int = key()
    subject: str
    subject_id: int = Field(sa_column=Column(BigId, nullable=False))
    message_id: str = Field(unique=True)
    sender: str
    recipient: str
    title: str
    body: str = text()
    file_name: str = ""
    file: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    state: str = "waiting"
    tries: int = 0
    error: str = text()
    due: datetime = instant()
    created_by: str
    created_at: datetime = instant()
    sent_at: datetime | None = instant(null=True)
