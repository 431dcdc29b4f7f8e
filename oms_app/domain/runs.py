"""Runs: one action done to many orders, articles, products or SKUs, each on its own; what it will do, how far it is,
and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

AT_ONCE = 50
"""So many are done while somebody waits; more of them are the worker's."""

MOST_NAMED = 1_000
"""So many one run takes by their numbers; a search may find any number."""

MOST_LOOKED_AT = 5_000
"""So many a preview looks at: the newest orders, or the first articles."""


class Subject(StrEnum):
    """What a run takes many of."""

    ORDER = "order"
    STOCK = "stock"
    PRODUCT = "product"
    SKU = "sku"


THINGS = {Subject.ORDER: "order", Subject.STOCK: "article", Subject.PRODUCT: "product", Subject.SKU: "unknown SKU"}
"""What people call one of them."""


class RunState(StrEnum):
    """Where a run stands."""

    GATHERING = "gathering"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


OPEN = (RunState.GATHERING, RunState.RUNNING)


class RowState(StrEnum):
    """What became of one of them."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which ones: by (number or SKU, version seen or None), or all that a search finds, orders as of an instant."""

    numbers: tuple[tuple[str, int | None], ...] = ()
    q: str | None = None
    until: datetime | None = None
    subject: Subject = Subject.ORDER


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some cannot, and which."""

    sentence: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do. `looked_at` of `total` were judged; `fields` is what the dialog must ask for."""

    total: int
    looked_at: int
    can: int
    reasons: tuple[Reason, ...]
    fields: frozenset[str] = frozenset()

    @property
    def cannot(self) -> int:
        """How many would be refused."""
        return self.looked_at - self.can


@dataclass(frozen=True, slots=True)
class Look:
    """What a preview looked at: numbers in their order, of `total`, and why some of them cannot."""

    numbers: tuple[str, ...]
    total: int
    why: Mapping[str, str]
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands. `by` is who started it, `undoes` the run it takes back, `undone_by` the one that took it."""

    id: int
    subject: Subject
    action: str
    given: dict[str, Any]
    title: str
    by: str
    q: str | None
    state: RunState
    background: bool
    total: int
    done: int
    refused: int
    started_at: datetime
    finished_at: datetime | None
    undoes: int | None
    undone_by: int | None
    undoable: bool
    why: str

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 if self.state not in OPEN else 100 * (self.done + self.refused) // max(self.total, 1)


@dataclass(frozen=True, slots=True)
class RunRow:
    """What became of one of a run; `number` is the order's, or the SKU."""

    position: int
    number: str
    state: RowState
    message: str
    at: datetime | None
    version: int | None = None
