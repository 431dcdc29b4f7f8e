"""The search document of an order: what the text index holds of it, worked out from plain values."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.money import digits
from oms_app.domain.search_words import (
    EVERYTHING,
    ITEM,
    NOTE,
    PLACE,
    digits_of,
    fold,
    label,
    name_tokens,
    total_step,
    word_tokens,
    words,
)

PAYMENT = {
    "authorised": "authorised",
    "paid": "paid",
    "part_paid": "part",
    "part_refunded": "refunded",
    "refunded": "refunded",
}
"""`payment:` value of each payment status; any other is unpaid."""

PRIORITIES = range(1, 101)
"""Priorities that are tokens; a higher one counts as the last."""

SEPARATOR = "|"
"""Stands in `Document.codes` between what everybody may find and what tells who the customer is."""


class Subject(NamedTuple):
    """An order as the document sees it. Times in milliseconds, money in minor units, lists None where empty.

    lines  (sku, name)      parcels  (courier, AWB)      holds  kinds of open holds      recipient, phones  may be None
    """

    id: int
    number: str
    channel: str
    external_id: str | None
    stage: str
    customer_name: str
    city: str
    state: str
    postal_code: str
    country: str
    gstin: str
    location_id: int | None
    assignee_id: int | None
    priority: int
    currency: str
    total: int
    payment_method: str
    payment_status: str
    shortfall: int
    holds: Sequence[str] | None
    ship_by: int | None
    shipped_at: int | None
    lines: Sequence[Sequence[str]] | None
    parcels: Sequence[Sequence[str]] | None
    tags: Sequence[str] | None
    notes: Sequence[str] | None
    recipient: str | None
    phones: Sequence[str | None] | None
    email: str | None


class Document(NamedTuple):
    """What the index holds of an order.

    words  sorted tokens, a space before, between and after
    codes   numbers people copy: order, channel and tracking numbers, `SEPARATOR`, then phones, e-mail address and GSTIN
    """

    order_id: int
    words: str
    codes: str


def document(order: Subject) -> Document:
    """The document of an order."""
    tokens = {
        f"total:{total_step(order.total, digits(order.currency))}",
        *_standing(order.stage, order.channel, order.payment_status, order.payment_method),
        *_work(order.location_id or 0, order.assignee_id or 0),
        *_destination(order.city, order.state, order.postal_code, order.country),
        *name_tokens(order.customer_name),
    }
    if order.recipient and order.recipient != order.customer_name:
        tokens.update(name_tokens(order.recipient))
    for sku, name in order.lines or ():
        tokens.update(_article(sku, name))
    tokens.update(f"courier:{label(courier)}" for courier, _awb in order.parcels or ())
    tokens.update(f"tag:{label(tag)}" for tag in order.tags or ())
    tokens.update(f"hold:{label(kind)}" for kind in order.holds or ())
    tokens.update(f"{NOTE}:{word}" for note in order.notes or () for word in words(note))
    tokens.update(flag for flag, holds in _flags(order) if holds)
    if order.priority > 0:
        tokens.add(f"priority:{min(order.priority, PRIORITIES[-1])}")
    return Document(order.id, f" {' '.join(sorted(tokens))} ", _codes(order))


def code(text: str) -> str:
    """A number or an address as `Document.codes` holds it: folded, without spaces."""
    if text.isascii() and text.isalnum():
        return text.lower()
    return "".join(fold(text).replace(SEPARATOR, "").split())


# Tokens that many orders share are put together once.


@lru_cache(maxsize=10_000)
def _standing(stage: str, channel: str, payment_status: str, payment_method: str) -> tuple[str, ...]:
    paid = PAYMENT.get(payment_status, "unpaid")
    return EVERYTHING, f"status:{stage}", f"channel:{label(channel)}", f"payment:{paid}", f"payment:{payment_method}"


@lru_cache(maxsize=10_000)
def _work(location_id: int, assignee_id: int) -> tuple[str, ...]:
    return f"location:{location_id}", f"assignee:{assignee_id}"


@lru_cache(maxsize=50_000)
def _destination(city: str, state: str, postal_code: str, country: str) -> tuple[str, ...]:
    return (
        f"city:{label(city)}",
        f"state:{label(state)}",
        f"pin:{label(postal_code)}",
        f"country:{label(country)}",
        *word_tokens(PLACE, city),
        *word_tokens(PLACE, state),
    )


@lru_cache(maxsize=50_000)
def _article(sku: str, name: str) -> tuple[str, ...]:
    return f"sku:{label(sku)}", *word_tokens(ITEM, name)


def _flags(order: Subject) -> tuple[tuple[str, object], ...]:
    """Tokens of what is true of the order or not."""
    left = order.stage not in OPEN_STAGES and order.stage != Stage.CANCELLED
    late = left and order.ship_by and order.shipped_at and order.shipped_at > order.ship_by
    return (
        ("is:held", order.holds),
        ("is:b2b", order.gstin),
        ("is:split", order.parcels and len(order.parcels) > 1),
        ("is:shipped_late", late),
        ("is:on_time", left and order.ship_by and order.shipped_at and not late),
        ("has:shortfall", order.shortfall),
        ("has:note", order.notes),
    )


def _codes(order: Subject) -> str:
    public = [order.number, order.external_id, *sorted(awb for _courier, awb in order.parcels or ())]
    phones = dict.fromkeys(order.phones or ())
    private = [*(digits_of(phone) for phone in phones if phone), order.email, order.gstin]
    return f" {_joined(public)} {SEPARATOR} {_joined(private)} "


def _joined(parts: Iterable[str | None]) -> str:
    return " ".join(dict.fromkeys([folded for part in parts if part and (folded := code(part))]))
