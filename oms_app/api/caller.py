"""Who calls: the bearer token, and how often it may ask."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from oms_app.api.errors import TooManyRequests
from oms_app.domain.errors import Unauthenticated
from oms_app.services import identity
from oms_app.services.identity import Program

PER_SECOND = 500.0
"""Requests a second that each token may send to each web process."""

BURST = 1_000.0
_KEPT = 10_000


def caller(authorization: str) -> Program:
    """The program behind an Authorization header. Raises Unauthenticated with what to send instead."""
    scheme, _, token = authorization.strip().partition(" ")
    if not authorization.strip():
        raise Unauthenticated("Send “Authorization: Bearer oms_…”. Make a token with: oms token create --role ROLE")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("The Authorization header must read “Bearer oms_…”.")
    return identity.program(token.strip())


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Rate:
    """A token bucket per caller: refilled evenly, emptied by requests."""

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST):
        self.per_second = per_second
        self.burst = burst
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, caller_id: int, now: float | None = None) -> None:
        """Take one request out. Raises TooManyRequests with the seconds to wait."""
        now = time.monotonic() if now is None else now
        with self._lock:
            bucket = self._buckets.setdefault(caller_id, _Bucket(self.burst, now))
            self._buckets.move_to_end(caller_id)
            if len(self._buckets) > _KEPT:
                self._buckets.popitem(last=False)
            bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.at) * self.per_second)
            bucket.at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return
        wait = max(1, round((1 - bucket.tokens) / self.per_second))
        raise TooManyRequests(
            f"This token sends more than {self.per_second:g} requests a second. Wait {wait} s.",
            details={"retry_after_s": wait},
        )
