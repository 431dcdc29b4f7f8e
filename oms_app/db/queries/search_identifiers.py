"""Orders by the numbers people copy: order, channel and tracking numbers, phones and e-mail addresses.

These are unique or nearly so, which a B-tree answers best; the text index holds only what many orders share.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, union_all

from oms_app.db.queries.orders import channel, customer, order, parcel
from oms_app.domain.search_words import digits_of

PUBLIC = ("number", "external", "awb")
PRIVATE = ("phone", "email")
MOST = 2_000
"""Orders that are still looked up one by one; a beginning that more orders share is a condition instead."""

_SHORTEST = {"number": 2, "external": 3, "awb": 4, "phone": 4, "email": 3}
_LAST = "\U0010ffff"


def lookup(tx: Connection, kinds: Collection[str], typed: str, *, whole: bool) -> list[int] | None:
    """Ids of the orders with a number that begins with `typed`, or is it where `whole`; None where there are too many.

    A number shorter than its kind's `_SHORTEST` is only looked up whole.
    """
    # A select for each spelling: an index serves one range at a time.
    selects = [
        _BY[kind](spelling, whole or len(typed) < _SHORTEST[kind])
        for kind in kinds
        for spelling in _spellings(kind, typed)
    ]
    if not selects:
        return []
    limited = [select(each.limit(MOST + 1).subquery()) for each in selects]
    found = list(tx.scalars(union_all(*limited) if len(limited) > 1 else limited[0]))
    return None if len(found) > MOST else sorted(set(found))


def condition(kind: str, typed: str) -> ColumnElement[bool]:
    """The order's number begins with `typed`, as a condition on one order."""
    return or_(*(order.c.id.in_(_BY[kind](spelling, False)) for spelling in _spellings(kind, typed)))


def _spellings(kind: str, typed: str) -> list[str]:
    if kind == "email":
        return [typed.casefold()]
    if kind != "phone":
        return list(dict.fromkeys((typed, typed.upper(), typed.lower())))
    digits = digits_of(typed)
    if not digits or any(letter.isalpha() for letter in typed):
        return []
    return list(dict.fromkeys((f"+{digits}", f"+91{digits}", typed)))


def _within(column: Any, spelling: str, whole: bool) -> ColumnElement[bool]:
    return and_(column == spelling) if whole else and_(column >= spelling, column < spelling + _LAST)


def _by_number(spelling: str, whole: bool) -> Select[Any]:
    return select(order.c.id).where(_within(order.c.number, spelling, whole))


def _by_external(spelling: str, whole: bool) -> Select[Any]:
    every = select(channel.c.id)
    return select(order.c.id).where(order.c.channel_id.in_(every), _within(order.c.external_id, spelling, whole))


def _by_awb(spelling: str, whole: bool) -> Select[Any]:
    return select(parcel.c.order_id).where(_within(parcel.c.awb, spelling, whole), parcel.c.status != "voided")


def _by_phone(spelling: str, whole: bool) -> Select[Any]:
    known = select(customer.c.id).where(_within(customer.c.phone, spelling, whole))
    return select(order.c.id).where(order.c.customer_id.in_(known))


def _by_email(spelling: str, whole: bool) -> Select[Any]:
    known = select(customer.c.id).where(_within(customer.c.email, spelling, whole))
    return select(order.c.id).where(order.c.customer_id.in_(known))


_BY = {
    "number": _by_number,
    "external": _by_external,
    "awb": _by_awb,
    "phone": _by_phone,
    "email": _by_email,
}
