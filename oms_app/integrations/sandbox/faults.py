"""What goes wrong between two companies, by chance of a seed or as a test says."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from random import Random
from typing import TypeVar

from oms_app.domain.errors import Malformed

T = TypeVar("T")
_OVERTAKEN_S = 2.0


class Fault(StrEnum):
    """What happens to a call."""

    NONE = "none"
    THROTTLED = "throttled"
    """429, or the vendor's own way to say so, with its hint."""
    THROTTLED_BARE = "throttled_bare"
    """429 without a hint."""
    BROKEN = "broken"
    """500; nothing was done."""
    LOST_BEFORE = "lost_before"
    """No answer; nothing was done."""
    LOST_AFTER = "lost_after"
    """No answer, and yet it was done."""


@dataclass(frozen=True, slots=True)
class Odds:
    """How often, from 0 to 1; `delay` is seconds that a webhook may be late, shuffled ones a little more."""

    throttled: float = 0
    broken: float = 0
    lost_before: float = 0
    lost_after: float = 0
    dropped: float = 0
    doubled: float = 0
    shuffled: float = 0
    delay: float = 0

    @classmethod
    def read(cls, text: str) -> "Odds":
        """`throttled=0.05,dropped=0.2`. Raises Malformed."""
        known = {each.name for each in fields(cls)}
        said: dict[str, float] = {}
        for part in filter(None, (each.strip() for each in text.split(","))):
            name, _, value = part.partition("=")
            try:
                said[name] = float(value)
            except ValueError:
                raise Malformed(f"“{part}” is not a fault; write it like dropped=0.2.") from None
            if name not in known:
                raise Malformed(f"There is no fault “{name}”; there are {', '.join(sorted(known))}.")
        return cls(**said)


class Faults:
    """The faults of one sandbox. `plan` comes first, a fault a call; then chance."""

    def __init__(self, odds: Odds = Odds(), seed: int = 1, plan: Iterable[Fault] = ()):  # noqa: B008 - frozen
        self.odds = odds
        self.plan = deque(plan)
        self._rng = Random(seed)  # noqa: S311 - chance, not secrets
        self._lock = threading.Lock()

    def of_call(self) -> Fault:
        """What happens to the next call."""
        with self._lock:
            if self.plan:
                return self.plan.popleft()
            drawn = self._rng.random()
            for fault in (Fault.THROTTLED, Fault.BROKEN, Fault.LOST_BEFORE, Fault.LOST_AFTER):
                if drawn < (odds := getattr(self.odds, fault)):
                    return fault
                drawn -= odds
            return Fault.NONE

    def of_messages(self, messages: Sequence[T]) -> list[tuple[float, T]]:
        """The messages as they arrive: (seconds late, message); some never, some twice, some overtaken."""
        arriving: list[tuple[float, T]] = []
        with self._lock:
            for message in messages:
                if self._rng.random() < self.odds.dropped:
                    continue
                for _ in range(2 if self._rng.random() < self.odds.doubled else 1):
                    late = self._rng.random() * self.odds.delay
                    if self._rng.random() < self.odds.shuffled:
                        late += self._rng.random() * _OVERTAKEN_S
                    arriving.append((late, message))
        return sorted(arriving, key=lambda each: each[0])
