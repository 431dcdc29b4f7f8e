"""Rules: when something happened, if the order fits a search, then do this to it; and what came of each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from oms_app.domain import actions
from oms_app.domain.actions import Action
from oms_app.domain.errors import Malformed

MOST_RULES = 200
MOST_STEPS = 10
MOST_DEPTH = 3
MOST_FIRED = 10_000
"""A rule may act on what a rule did, and one on that; beyond so many in a row nothing reacts."""

LOOKS_BACK = timedelta(days=30)
"""What a dry run looks at."""

_SOURCE = "rule:"

KINDS: Mapping[str, str] = {
    "placed": "An order arrives",
    "moved": "An order moves to another stage",
    "held": "An order is put on hold",
    "released": "A hold is released",
    "paid": "A payment is recorded",
    "address_corrected": "An address is corrected",
    "allocated": "Stock is kept for an order",
    "unallocated": "Stock of an order is let go",
    "line_cancelled": "A line is cancelled",
    "note_added": "A note is written",
    "tagged": "Tags change",
    "assigned": "An order is assigned",
    "boosted": "Points of priority change",
}
"""What a rule can wait for: kinds of events on orders, in words."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a rule does."""

    action: Action
    given: Mapping[str, Any]

    @property
    def said(self) -> str:
        """In words."""
        return actions.said(self.action, self.given)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as somebody writes it. `q` is the search language; empty: every order."""

    name: str
    kind: str
    q: str
    then: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; lower positions come first. `fired`: how often it acted, MOST_FIRED at most; `fired_at`: when last."""

    id: int
    name: str
    kind: str
    q: str
    then: tuple[Step, ...]
    position: int
    active: bool
    by: str
    changed_at: datetime
    fired: int = 0
    fired_at: datetime | None = None

    @property
    def when(self) -> str:
        """What it waits for, in words."""
        return KINDS.get(self.kind, self.kind)


class Outcome(StrEnum):
    """What came of a rule that fitted."""

    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Firing:
    """One time a rule fitted: the order, what happened to it, and of each step what it did or why it could not."""

    id: int
    rule: str
    rule_id: int
    number: str
    event: str
    at: datetime
    outcome: Outcome
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """An order that a dry run found: `why` says which steps would be refused as it stands now."""

    number: str
    stage: str
    customer: str
    why: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule would have touched since a moment; `whole` is False where not everything could be looked at."""

    count: int
    whole: bool
    since: datetime
    orders: tuple[Touched, ...]
    hints: tuple[str, ...] = ()


def check(draft: Draft) -> Draft:
    """The rule with its name trimmed. Raises Malformed for what cannot be a rule."""
    name = " ".join(draft.name.split())
    if not name or len(name) > 80:
        raise Malformed("A rule has a name of 1 to 80 characters.", details={"field": "name"})
    if draft.kind not in KINDS:
        raise Malformed(f"A rule waits for one of {', '.join(KINDS)}.", details={"field": "when"})
    if len(draft.q) > 2_000:
        raise Malformed("A search has at most 2,000 characters.", details={"field": "if"})
    if not 1 <= len(draft.then) <= MOST_STEPS:
        raise Malformed(f"A rule does 1 to {MOST_STEPS} things.", details={"field": "then"})
    return Draft(name, draft.kind, draft.q.strip(), draft.then)


def source(depth: int) -> str:
    """How an event says that a rule caused it, and how many rules in a row led to it."""
    return f"{_SOURCE}{depth}"


def depth(source: str) -> int:
    """How many rules in a row led to an event; 0 where people or programs did."""
    return int(source.removeprefix(_SOURCE)) if source.startswith(_SOURCE) else 0


def outcome(refusals: list[str]) -> Outcome:
    """What came of the steps, given each one's refusal ("" where it was done)."""
    if not any(refusals):
        return Outcome.DONE
    return Outcome.REFUSED if all(refusals) else Outcome.PARTLY
