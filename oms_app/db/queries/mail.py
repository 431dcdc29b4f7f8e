"""Letters that wait: written with what they tell, claimed by who sends them, kept as they were sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, insert, or_, select, update

from oms_app.db.tables.mail import Mail
from oms_app.domain.mail import LEASE, MailState

mail = Mail.__table__  # type: ignore[attr-defined]
_SHOWN = (mail.c.recipient, mail.c.state, mail.c.tries, mail.c.error, mail.c.created_at, mail.c.sent_at)


def add(tx: Connection, **values: Any) -> int:
    """Insert a letter; returns its id."""
    return int(tx.execute(insert(mail).values(values)).inserted_primary_key[0])


def due(tx: Connection, now: datetime, limit: int) -> list[int]:
    """Ids of letters to be sent now: those that wait, and those whose sender is gone."""
    return list(tx.scalars(select(mail.c.id).where(_due(now)).order_by(mail.c.due, mail.c.id).limit(limit)))


def claim(tx: Connection, mail_id: int, now: datetime) -> Any | None:
    """The letter, which nobody else sends for the time of a lease; None where somebody was first."""
    taken = update(mail).where(mail.c.id == mail_id, _due(now))
    taken = taken.values(state=MailState.SENDING, due=now + LEASE, tries=mail.c.tries + 1)
    return tx.execute(select(mail).where(mail.c.id == mail_id)).first() if tx.execute(taken).rowcount else None


def finish(tx: Connection, mail_id: int, tries: int, **values: Any) -> None:
    """What came of a try; where somebody else has tried since, theirs counts."""
    mine = (mail.c.id == mail_id, mail.c.state == MailState.SENDING, mail.c.tries == tries)
    tx.execute(update(mail).where(*mine).values(values))


def about(tx: Connection, subject: str, subject_id: int) -> list[Any]:
    """Letters about something, newest first, without their documents."""
    query = select(*_SHOWN).where(mail.c.subject == subject, mail.c.subject_id == subject_id)
    return list(tx.execute(query.order_by(mail.c.id.desc()).limit(20)))


def newest_file(tx: Connection, subject: str, subject_id: int) -> Any | None:
    """The document of the newest letter about something: file_name, file."""
    query = select(mail.c.file_name, mail.c.file).where(mail.c.subject == subject, mail.c.subject_id == subject_id)
    return tx.execute(query.order_by(mail.c.id.desc()).limit(1)).first()


def failed(tx: Connection, most: int) -> list[Any]:
    """Letters that were given up and not written again since, newest first: recipient, title, error."""
    newer = mail.alias()
    again = exists().where(
        newer.c.subject == mail.c.subject,
        newer.c.subject_id == mail.c.subject_id,
        newer.c.id > mail.c.id,
        # A document goes to one address, which may have been corrected; a notice goes to several people at once.
        or_(newer.c.recipient == mail.c.recipient, mail.c.file_name != ""),
    )
    query = select(mail.c.recipient, mail.c.title, mail.c.error).where(mail.c.state == MailState.FAILED, ~again)
    return list(tx.execute(query.order_by(mail.c.id.desc()).limit(most)))


def _due(now: datetime) -> Any:
    return and_(or_(mail.c.state == MailState.WAITING, mail.c.state == MailState.SENDING), mail.c.due <= now)
