"""The post: letters are written in the transaction of what they tell, and go out afterwards, again until they went.

A process that dies before the server said yes sends again; one that dies between that and noting it sends a second
copy with the same Message-ID, which is all that SMTP knows of once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import company
from oms_app.db.queries import mail as rows
from oms_app.domain.errors import Refused, Rejected, Unavailable
from oms_app.domain.mail import TRIES, Letter, MailState, MailView, wait_before
from oms_app.domain.permissions import Actor, Permission
from oms_app.integrations.notify import email
from oms_app.settings import get_settings

_AT_ONCE = 20
_log = structlog.get_logger(__name__)


def write(
    tx: Connection,
    actor: Actor,
    *,
    subject: str,
    subject_id: int,
    recipient: str,
    title: str,
    body: str,
    file_name: str = "",
    file: bytes = b"",
) -> None:
    """Put a letter into the post inside the caller's transaction.

    Raises Refused where no mail server is set or the company has no e-mail address to write from.
    """
    profile = company.company(tx)
    if not get_settings().smtp_url:
        message = "No mail server is set (OMS_SMTP_URL): download the document and send it yourself."
        raise Refused(message, code="no_mail")
    if profile is None or not profile.email:
        message = "Letters need a sender: write the company's e-mail address under Settings, Company."
        raise Refused(message, code="no_mail")
    now = datetime.now(UTC)
    rows.add(
        tx,
        subject=subject,
        subject_id=subject_id,
        message_id=f"<{uuid4()}@{profile.email.rpartition('@')[2]}>",
        sender=profile.email,
        recipient=recipient,
        title=title,
        body=body,
        file_name=file_name,
        file=file,
        state=MailState.WAITING,
        tries=0,
        error="",
        due=now,
        created_by=actor.name,
        created_at=now,
    )


def send_due() -> int:
    """Send what waits; returns how many letters went."""
    if not (url := get_settings().smtp_url):
        return 0
    with reading() as tx:
        waiting = rows.due(tx, datetime.now(UTC), _AT_ONCE)
    return sum(_send(url, mail_id) for mail_id in waiting)


def about(tx: Connection, subject: str, subject_id: int) -> Sequence[MailView]:
    """Letters about something, newest first."""
    return [
        MailView(row.recipient, row.state, row.tries, row.error, row.created_at, row.sent_at)
        for row in rows.about(tx, subject, subject_id)
    ]


def failed(actor: Actor, *, most: int = 1_000) -> Sequence[tuple[str, str, str]]:
    """Letters that were given up and not written again, newest first: (recipient, title, why)."""
    actor.require(Permission.MANAGE_SETTINGS)
    with reading() as tx:
        return [(row.recipient, row.title, row.error) for row in rows.failed(tx, most)]


def _send(url: str, mail_id: int) -> bool:
    with transaction() as tx:
        row = rows.claim(tx, mail_id, datetime.now(UTC))
    if row is None:
        return False
    written = (row.message_id, row.sender, row.recipient, row.title, row.body, row.file_name, row.file)
    try:
        email.send(url, Letter(*written))
    except (Rejected, Unavailable) as error:
        again = isinstance(error, Unavailable) and row.tries < TRIES
        state, now = (MailState.WAITING if again else MailState.FAILED), datetime.now(UTC)
        _log.warning("mail_not_sent", mail=mail_id, tries=row.tries, again=again, error=error.message)
        with transaction() as tx:
            rows.finish(tx, mail_id, row.tries, state=state, error=error.message, due=now + wait_before(row.tries))
        return False
    with transaction() as tx:
        rows.finish(tx, mail_id, row.tries, state=MailState.SENT, error="", sent_at=datetime.now(UTC))
    return True
