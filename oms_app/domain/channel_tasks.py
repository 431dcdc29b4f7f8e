"""What is owed to a channel: its kinds, its states, and when it is tried again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

TRIES = 10
"""Refusals before somebody has to look at it. A channel that does not answer counts for none."""


class TaskKind(StrEnum):
    """What the channel is to be told."""

    ACKNOWLEDGE = "acknowledge"
    FULFIL = "fulfil"
    CANCEL = "cancel"
    REFUND = "refund"
    LIST = "list"
    """Have a product sold there: it is of no order."""


class TaskState(StrEnum):
    """Where a task is."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    """It was refused too often; somebody looks and lets it run again."""
    NEEDLESS = "needless"
    """The channel cannot be told such a thing, or knows it already."""


def task(kind: TaskKind, subject: int | str, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A task as it is written down first: due at once. Its name is what makes it one and the same for ever."""
    return {
        "name": f"{kind}:{subject}",
        "kind": kind,
        "given": given,
        "state": TaskState.WAITING,
        "tries": 0,
        "due": now,
        "problem": "",
        "answer": "",
        "created_at": now,
    }


def told(kind: TaskKind, subject: int | str) -> str:
    """The mark of something of ours that a channel need not be told: it was so there before it was here."""
    return f"told:{kind}:{subject}"


def wait_before(tries: int) -> timedelta:
    """How long a task rests after this many refusals: 10 s, 20 s … at most an hour."""
    return timedelta(seconds=min(5 * 2**tries, 3_600))
