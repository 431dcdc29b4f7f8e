"""An order's events as sentences: what happened, who may know of it, and what changed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from oms_app.domain import money
from oms_app.domain.lifecycle import LIFECYCLE, Stage
from oms_app.domain.orders import EventView


class Audience(StrEnum):
    """Whose business an event is; the filters of a timeline."""

    CUSTOMER = "customer"
    INTERNAL = "internal"
    SYSTEM = "system"


TOLD = {Stage.SHIPPED, Stage.DELIVERED, Stage.CANCELLED}
"""Stages that a customer hears of."""

_PEOPLE = {"web", "cli", "demo"}
_OF_CUSTOMER = {"placed", "imported", "paid", "authorised", "payment_voided", "refunded"}
_SAID = {"stage", "hold", "note", "movement", "currency", "change", "parcel"}
_MONEY = {"amount", "total", "discount", "shipping"}
_WORDS = {
    "weight_g": "weight (g)",
    "awb": "AWB",
    "payment_status": "payment",
    "kind": "kind",
    "boost": "points",
}
_TITLES = {
    "placed": "Order placed",
    "imported": "Order imported",
    "held": "Put on hold",
    "released": "Hold released",
    "address_corrected": "Address corrected",
    "sku_resolved": "Unknown SKU resolved",
    "note_added": "Note written",
    "tagged": "Tags changed",
    "assigned": "Assigned",
    "boosted": "Priority changed",
    "notified": "People notified",
    "allocated": "Stock kept",
    "unallocated": "Stock released",
    "reallocated": "Stock moved to another location",
    "lot_chosen": "Lot chosen by hand",
    "difference_mended": "Difference to the channel mended",
    "difference_accepted": "Difference to the channel accepted",
    "difference_reconsidered": "Difference to the channel no longer accepted",
    "stock_repaired": "Allocated units repaired",
    "waiting_changed": "Waits otherwise for stock",
    "line_cancelled": "Line cancelled",
    "line_substituted": "Article replaced",
    "split": "Split into parcels",
    "combined": "Parcels combined",
    "changed": "Order changed",
    "clone_made": "Placed again as another order",
    "clone_of": "A copy of another order",
    "resend_made": "Sent again as another order",
    "resend_of": "Sent again for another order",
    "refunded": "Refund recorded",
    "paid": "Payment recorded",
    "authorised": "Payment authorised",
    "payment_voided": "Payment voided",
}


def title(event: EventView) -> str:
    """What happened, in a few words."""
    if event.kind == "moved":
        return f"Moved to {_stage(event.after)}"
    if event.kind == "parcel_moved":
        return f"Parcel {event.after.get('parcel')}: {_stage(event.after)}"
    if event.kind == "changed":
        return f"{_TITLES['changed']} ({event.after.get('change')})"
    return _TITLES.get(event.kind, event.kind.replace("_", " ").capitalize())


def audience(event: EventView) -> Audience:
    """Whose business it is: the customer's, the team's, or only the machines'."""
    stage = event.after.get("stage")
    if event.kind in _OF_CUSTOMER or (event.kind == "moved" and stage in TOLD):
        return Audience.CUSTOMER
    return Audience.INTERNAL if event.source in _PEOPLE or event.kind == "note_added" else Audience.SYSTEM


def changes(event: EventView, currency: str = "") -> list[tuple[str, str, str]]:
    """(field, before, after) of what changed, money in `currency` where given; an empty side is an empty string."""
    rows = []
    if event.kind == "moved":
        rows.append(("stage", _stage(event.before), _stage(event.after)))
    for name in [*event.before, *(name for name in event.after if name not in event.before)]:
        old, new = _plain(event.before.get(name)), _plain(event.after.get(name))
        if name in _MONEY and currency:
            old, new = (money.show(money.to_minor(each, currency), currency) if each else "" for each in (old, new))
        if name not in _SAID and old != new:
            rows.append((_WORDS.get(name, name.replace("_", " ")), old, new))
    return rows


def _stage(values: Mapping[str, Any]) -> str:
    name = values.get("stage")
    return LIFECYCLE[Stage(name)].title if name in set(Stage) else ""


def _plain(value: Any) -> str:
    if value in (None, "", 0, [], ()):
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value)
