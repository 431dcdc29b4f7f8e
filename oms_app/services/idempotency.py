"""A request that arrives twice is answered once: the key, its answer and what it did are one transaction.

So a process that dies leaves nothing behind: neither half an order nor a key that runs for ever
(docs/decisions/idempotency.md).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from oms_app.db.engine import transaction
from oms_app.db.queries import idempotency as rows
from oms_app.domain.errors import Conflict, Refused

KEPT_FOR = timedelta(hours=24)

_CLEAR_EVERY_S = 60.0
_cleared = -_CLEAR_EVERY_S
_running: set[tuple[int, str]] = set()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: an HTTP status, where the new thing is (or empty), and the JSON text."""

    status: int
    location: str
    body: str


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and whether it was given before."""

    answer: Answer
    again: bool


def once(token_id: int, key: str, request_hash: str, act: Callable[[], Answer]) -> Given:
    """Run `act` the first time a token sends this key; the same request later gets the first answer.

    `act` calls one use case, whose transaction joins this one; what it raises undoes everything, the key too.
    Raises Refused where the key came with another request, Conflict while the first one is still running.
    """
    _forget_old()
    with _alone(token_id, key), transaction() as tx:
        if not rows.lock(tx, token_id, key):
            raise _still_running()
        if kept := rows.find(tx, token_id, key):
            if kept.request_hash != request_hash:
                raise Refused(
                    "This Idempotency-Key came with another request before. Use a new key for a new request.",
                    code="idempotency_key_reused",
                )
            location, _, body = kept.body.partition("\n")
            return Given(Answer(kept.status, location, body), again=True)
        answer = act()
        rows.keep(
            tx,
            token_id=token_id,
            key=key,
            request_hash=request_hash,
            status=answer.status,
            body=f"{answer.location}\n{answer.body}",
            created_at=datetime.now(UTC),
        )
        return Given(answer, again=False)


@contextmanager
def _alone(token_id: int, key: str) -> Iterator[None]:
    """Refuse at once what this process is doing already, rather than wait for the database's lock."""
    with _lock:
        if (token_id, key) in _running:
            raise _still_running()
        _running.add((token_id, key))
    try:
        yield
    finally:
        with _lock:
            _running.discard((token_id, key))


def _forget_old() -> None:
    """Now and then, and not in the request's transaction: writers would wait for each other."""
    global _cleared
    if time.monotonic() - _cleared > _CLEAR_EVERY_S:
        _cleared = time.monotonic()
        with transaction() as tx:
            rows.forget(tx, datetime.now(UTC) - KEPT_FOR)


def _still_running() -> Conflict:
    return Conflict(
        "The first request with this Idempotency-Key is still running. Ask again soon.", code="still_running"
    )
