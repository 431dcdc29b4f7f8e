"""The words of the search language: every field, what it takes, and how it is explained to people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from oms_app.domain.lifecycle import LIFECYCLE, OPEN_STAGES, Stage


class Kind(StrEnum):
    """What a field takes after its colon."""

    CHOICE = "choice"
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Field:
    """One word before a colon.

    choices   values with what each means, for Kind.CHOICE       also     spellings of values people use instead
    private   tells who the customer is: only for actors who may see customers
    ahead     `7d` lies in the future instead of the past
    """

    name: str
    kind: Kind
    help: str
    example: str
    choices: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    ahead: bool = False


_STAGES = {str(stage): rule.means for stage, rule in LIFECYCLE.items()} | {"open": "Not shipped and not cancelled"}
_STAGE_NAMES = {rule.title.lower(): str(stage) for stage, rule in LIFECYCLE.items()} | {"canceled": "cancelled"}
_PAYMENT = {
    "paid": "Captured in full",
    "part": "Captured in part",
    "unpaid": "Nothing captured",
    "authorised": "Promised, not captured yet",
    "refunded": "Refunded, in part or in full",
    "cod": "Cash on delivery",
    "prepaid": "Not cash on delivery",
}
_PAYMENT_NAMES = {"part-paid": "part", "part_paid": "part", "pending": "unpaid"}
_IS = {
    "late": "Past its ship-by time, or left after it",
    "due": "Still here, to be shipped within hours",
    "will_miss": "Will probably miss the courier it must go with today",
    "may_miss": "May miss the courier it must go with today",
    "held": "Has an open hold",
    "b2b": "Carries the buyer's GSTIN",
    "cod": "Cash on delivery",
    "new_customer": "The first order of its customer",
    "split": "Ships in more than one parcel",
    "on_time": "Shipped by its ship-by time",
    "shipped_late": "Shipped after its ship-by time",
}
_IS_NAMES = {
    "new": "new_customer",
    "ontime": "on_time",
    "will-miss": "will_miss",
    "may-miss": "may_miss",
}
_HAS = {
    "return": "Something came back",
    "invoice": "A tax invoice is issued",
    "shortfall": "Units that no location could reserve",
    "note": "Somebody wrote a note",
    "hold": "An open hold; hold:address names its kind",
}
_WEEKDAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}

_LEFT = {str(stage): f"Was {LIFECYCLE[stage].title} and went on" for stage in (*OPEN_STAGES, Stage.SHIPPED)}
"""Stages an order can leave; Delivered and Cancelled are final."""

_C, _T, _N, _W = Kind.CHOICE, Kind.TEXT, Kind.NUMBER, Kind.TIME
_ALL = (
    Field("status", _C, "Stage of the order", "status:shipped", _STAGES, _STAGE_NAMES),
    Field("channel", _T, "Where it was sold", "channel:shopify"),
    Field("payment", _C, "How it is paid", "payment:cod", _PAYMENT, _PAYMENT_NAMES),
    Field("total", _N, "Total with tax", "total:>5k"),
    Field("currency", _T, "Currency it was sold in", "currency:GBP"),
    Field("placed", _W, "When it was placed", "placed:7d"),
    Field("updated", _W, "When anything last changed", "updated:today"),
    Field("ship_by", _W, "When it must leave", "ship_by:<tomorrow", ahead=True),
    Field("shipped", _W, "When it left", "shipped:yesterday"),
    Field("delivered", _W, "When it arrived", "delivered:2026-11"),
    Field("moved", _W, "When it entered its stage", "moved:<2d"),
    Field("left", _C, "A stage it has been in and left", "left:packed", _LEFT, _STAGE_NAMES),
    Field(
        "weekday",
        _C,
        "Day of the week it was placed",
        "weekday:sat,sun",
        _WEEKDAYS,
        {v.lower(): k for k, v in _WEEKDAYS.items()},
    ),
    Field("hour", _N, "Hour of the day it was placed, 0 to 23", "hour:18..21"),
    Field("number", _T, "Order number", "number:10432,10433"),
    Field("external", _T, "The channel's own number", "external:402-*"),
    Field("sku", _T, "Article on a line", "sku:KUR-*"),
    Field("city", _T, "City it goes to", "city:Pune"),
    Field("state", _T, "State it goes to", "state:Karnataka"),
    Field("pin", _T, "PIN or postal code it goes to", "pin:4110*"),
    Field("country", _T, "Country it goes to, two letters", "country:IN"),
    Field("location", _T, "Where it ships from", "location:PNQ"),
    Field("tag", _T, "Tag on the order", "tag:vip"),
    Field("courier", _T, "Who carries a parcel", "-courier:delhivery"),
    Field("awb", _T, "Tracking number of a parcel", "awb:1490*"),
    Field("customer", _T, "Name of the buyer", 'customer:"Priya Sharma"', private=True),
    Field("phone", _T, "Phone of the buyer, or its last digits", "phone:9876543210", private=True),
    Field("email", _T, "E-mail of the buyer", "email:priya@*", private=True),
    Field("invoice", _T, "Number of an invoice", "invoice:INV-*"),
    Field("assignee", _T, "Who works on it", "assignee:@me"),
    Field("priority", _N, "Priority, higher is sooner", "priority:>50"),
    Field("service", _T, "Service level", "service:express"),
    Field(
        "is",
        _C,
        "What it is",
        "is:late",
        _IS,
        _IS_NAMES,
    ),
    Field("has", _C, "What it has", "has:note", _HAS),
)
FIELDS: Mapping[str, Field] = {each.name: each for each in _ALL}
"""Every field by its name."""

ALIASES: Mapping[str, str] = {
    "stage": "status",
    "source": "channel",
    "amount": "total",
    "date": "placed",
    "order": "number",
    "ext": "external",
    "item": "sku",
    "pincode": "pin",
    "zip": "pin",
    "warehouse": "location",
    "carrier": "courier",
    "tracking": "awb",
    "name": "customer",
    "mobile": "phone",
    "mail": "email",
    "assigned": "assignee",
    "owner": "assignee",
}
"""Other words people type for a field."""


def choice(of: Field, typed: str) -> str | None:
    """The value of a choice field that `typed` means, None where there is no such value."""
    value = typed.strip().lower()
    value = of.also.get(value, value)
    if value.replace(" ", "_") in of.choices:
        return value.replace(" ", "_")
    if of.name == "has" and value.startswith("hold:") and value.removeprefix("hold:"):
        return value
    return None
