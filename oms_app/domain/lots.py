"""Lots: units that came together, the day they expire, and which of them go first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from oms_app.domain.errors import Malformed, Refused

MOST_DAYS = 3_650
LONGEST_CODE = 60
UNNAMED = ""
"""The code of units whose lot nobody named: they came before their article had lots, or from somewhere unknown."""


@dataclass(frozen=True, slots=True)
class Came:
    """What a delivery says: the lot, and the last day it is good, where it says one."""

    code: str = UNNAMED
    expires: date | None = None


NO_LOT = Came()


@dataclass(frozen=True, slots=True)
class Lot:
    """Units of a lot at one location. `expires`: the last day they are good."""

    id: int
    code: str
    expires: date | None
    units: int


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot of a product at a location as people see it; `sold_until`: the last day an order may take of it."""

    id: int
    sku: str
    name: str
    location: str
    code: str
    expires: date | None
    sold_until: date | None
    units: int


@dataclass(frozen=True, slots=True)
class LotEntryView:
    """Units that came into a lot or left it; `reason` names the order they went to."""

    units: int
    kind: str
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """Whether a product has lots, and how many days before a lot expires no more of it is sold."""

    tracked: bool = False
    unsold_days: int = 0


def check(came: Came) -> Came:
    """The lot as it is kept. Raises Malformed for an expiry without a lot, or a code that is too long."""
    code = came.code.strip()
    if came.expires is not None and not code:
        raise Malformed("An expiry day belongs to a lot: name it.", details={"field": "lot"})
    if len(code) > LONGEST_CODE:
        raise Malformed(f"A lot's code has up to {LONGEST_CODE} characters.", details={"field": "lot"})
    return Came(code, came.expires)


def read_day(text: str) -> date | None:
    """The day written as 2027-03-31; none where nothing is. Raises Malformed."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise Malformed(
            f"“{text.strip()}” is no day: write it like 2027-03-31.", details={"field": "expires"}
        ) from error


def said(sku: str, came: Came, *, tracked: bool, must: bool) -> Came:
    """The lot that is said with units. Raises Malformed where an article has none, or where one must be said."""
    came = check(came)
    if came.code and not tracked:
        raise Malformed(f"{sku} has no lots: switch them on first.", details={"field": "lot"})
    if must and tracked and not came.code:
        raise Malformed(f"{sku} has lots: say of which lot they are.", details={"field": "lot"})
    return came


def same_day(code: str, known: date | None, said: date | None) -> date | None:
    """The day a lot expires, known and said again. Raises Malformed where the two differ: it would be another lot."""
    if known is not None and said is not None and known != said:
        raise Malformed(
            f"Lot {code} expires on {known.isoformat()}, not on {said.isoformat()}.", details={"field": "expires"}
        )
    return known or said


def is_sold(expires: date | None, unsold_days: int, today: date) -> bool:
    """Whether orders may still take of a lot."""
    return expires is None or (expires - today).days >= unsold_days


def first_expired(lots: Iterable[Lot]) -> list[Lot]:
    """The order in which lots leave the shelf: what expires first, then what never does, then what has no name."""
    return sorted(lots, key=lambda lot: (lot.expires or date.max, lot.code == UNNAMED, lot.id))


def take(lots: Iterable[Lot], units: int) -> list[tuple[Lot, int]]:
    """Units from lots, first expired first; fewer than asked for where the lots hold fewer."""
    taken = []
    for lot in first_expired(lots):
        if gone := min(units, lot.units):
            taken.append((lot, gone))
            units -= gone
    return taken


def without(held: Iterable[Lot], taken: Iterable[tuple[Lot, int]]) -> list[Lot]:
    """What lots hold after units of them were taken."""
    gone = {lot.id: units for lot, units in taken}
    return [replace(lot, units=lot.units - gone.get(lot.id, 0)) for lot in held]


def arrived(sent: Sequence[tuple[Came, int]], before: int, units: int) -> list[tuple[Came, int]]:
    """The lots of units that arrive of what was sent, where so many arrived before."""
    parts = []
    for came, count in sent:
        skipped = min(before, count)
        before -= skipped
        if here := min(units, count - skipped):
            parts.append((came, here))
            units -= here
    return [*parts, (Came(), units)] if units else parts


def expired_choice(sku: str, code: str) -> str:
    """Why a lot that was chosen does not go."""
    return f"Lot {code} of {sku} expires too soon to be sold: choose another lot, or let the first that expires go."


class NotSoldAnyMore(Refused):
    """So few units of an article are left that have not expired."""

    code = "expired"

    def __init__(self, sku: str, wanted: int, good: int):
        super().__init__(
            f"{sku}: {wanted} are to go, and {good} are left that may still be sold. "
            "Release the units, and they are kept of what is good.",
            details={"sku": sku, "wanted": wanted, "available": good},
        )
