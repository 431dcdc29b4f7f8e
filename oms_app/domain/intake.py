"""What becomes of a message of a channel between the moment it is stored and the order it is about."""

from datetime import timedelta
from enum import StrEnum

TRIES = 8
"""Times a message is tried before somebody has to look at it."""


class Source(StrEnum):
    """How a message came."""

    WEBHOOK = "webhook"
    POLL = "poll"
    LOAD = "load"
    READ_BACK = "read_back"


class MessageState(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    FETCH = "fetch"
    """The webhook only said that something changed: the resource is to be read back."""
    DONE = "done"
    OLDER = "older"
    """A newer one about the same resource was there first: kept for the log."""
    DEAD = "dead"
    """It could not be taken; somebody looks and lets it run again."""


def wait_before(tries: int) -> timedelta:
    """How long a message rests after this many tries: 2 s, 4 s … at most an hour."""
    return timedelta(seconds=min(2**tries, 3_600))
