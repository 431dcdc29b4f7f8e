"""Letters by e-mail: how far each is, and when one that did not go is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TRIES = 8
LEASE = timedelta(minutes=5)
"""After so long a letter that was being sent counts as not sent: its process is gone."""


class MailState(StrEnum):
    """How far a letter is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent. `message_id` stays the same at every try: a second copy is known as one."""

    message_id: str
    sender: str
    recipient: str
    title: str
    body: str
    file_name: str = ""
    file: bytes = b""


@dataclass(frozen=True, slots=True)
class MailView:
    """A letter as people see it: `error` is why the last try did not work."""

    recipient: str
    state: str
    tries: int
    error: str
    created_at: datetime
    sent_at: datetime | None


def wait_before(tries: int) -> timedelta:
    """How long to wait after so many tries: half a minute, doubled each time, an hour at most."""
    return timedelta(seconds=min(30 * (1 << max(tries - 1, 0)), 3_600))
