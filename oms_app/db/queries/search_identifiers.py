"""Orders by the numbers people copy: order, channel and tracking numbers, phones and e-mail addresses.

These are unique or nearly so, which a B-tree answers best; the text index holds only what many orders share.
"""

from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, or_, select, union_all

from oms_app.db.prepared import Prepared
from oms_app.db.queries.orders import channel, customer, order, parcel
from oms_app.domain.search_words import digits_of

PUBLIC = ("number", "external", "awb")
PRIVATE = ("phone", "email")
MOST = 2_000
"""Orders that are still looked up one by one; a beginning that more orders share is a condition instead."""

_SHORTEST = {"number": 2, "external": 3, "awb": 4, "phone": 4, "email": 3}
_LAST = "\U0010ffff"

_Fits = Callable[[Any], ColumnElement[bool]]


def lookup(tx: Connection, kinds: Collection[str], typed: str, *, whole: bool) -> list[int] | None:
    """Ids of the orders with a number that begins with `typed`, or is it where `whole`; None where there are too many.

    A number shorter than its kind's `_SHORTEST` is only looked up whole.
    """
    asked = [
        (kind, spelling, whole or len(typed) < _SHORTEST[kind])
        for kind in kinds
        for spelling in _spellings(kind, typed)
    ]
    if not asked:
        return []
    bounds: dict[str, Any] = {"most": MOST + 1}
    for place, (_kind, spelling, _whole) in enumerate(asked):
        bounds |= {f"low{place}": spelling, f"high{place}": spelling + _LAST}
    found = _finding(tuple((kind, exactly) for kind, _spelling, exactly in asked)).values(tx, **bounds)
    return None if len(found) > MOST else sorted(set(found))


def possible(typed: str) -> bool:
    """Whether somebody may have typed a number or an address, or the beginning of one."""
    return "@" in typed or any(letter.isdigit() for letter in typed)


def condition(kind: str, typed: str) -> ColumnElement[bool]:
    """The order's number begins with `typed`, as a condition on one order."""

    def begins(spelling: str) -> _Fits:
        return lambda column: and_(column >= spelling, column < spelling + _LAST)

    return or_(*(order.c.id.in_(_BY[kind](begins(spelling))) for spelling in _spellings(kind, typed)))


@cache
def _finding(asked: tuple[tuple[str, bool], ...]) -> Prepared:
    """Up to `most` ids for each (kind, whole) asked: an index serves one range at a time.

    Built once for each combination: building it costs ten times as much as running it.
    """

    def within(place: int, whole: bool) -> _Fits:
        low: Any = bindparam(f"low{place}")
        high: Any = bindparam(f"high{place}")
        return lambda column: column == low if whole else and_(column >= low, column < high)

    selects = [_BY[kind](within(place, whole)) for place, (kind, whole) in enumerate(asked)]
    limited = [select(each.limit(bindparam("most")).subquery()) for each in selects]
    return Prepared(union_all(*limited) if len(limited) > 1 else limited[0])


def _spellings(kind: str, typed: str) -> list[str]:
    if kind == "email":
        return [typed.casefold()]
    if kind != "phone":
        return list(dict.fromkeys((typed, typed.upper(), typed.lower())))
    digits = digits_of(typed)
    if not digits or any(letter.isalpha() for letter in typed):
        return []
    return list(dict.fromkeys((f"+{digits}", f"+91{digits}", typed)))


def _by_number(fits: _Fits) -> Select[Any]:
    return select(order.c.id).where(fits(order.c.number))


def _by_external(fits: _Fits) -> Select[Any]:
    return select(order.c.id).where(order.c.channel_id.in_(select(channel.c.id)), fits(order.c.external_id))


def _by_awb(fits: _Fits) -> Select[Any]:
    return select(parcel.c.order_id).where(fits(parcel.c.awb), parcel.c.status != "voided")


def _by_phone(fits: _Fits) -> Select[Any]:
    return select(order.c.id).where(order.c.customer_id.in_(select(customer.c.id).where(fits(customer.c.phone))))


def _by_email(fits: _Fits) -> Select[Any]:
    return select(order.c.id).where(order.c.customer_id.in_(select(customer.c.id).where(fits(customer.c.email))))


_BY = {
    "number": _by_number,
    "external": _by_external,
    "awb": _by_awb,
    "phone": _by_phone,
    "email": _by_email,
}
