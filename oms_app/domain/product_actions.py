"""What can be done to many products at once: what each act needs, says and expects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from oms_app.domain import money
from oms_app.domain.errors import Malformed
from oms_app.domain.permissions import Permission
from oms_app.domain.products import read_attributes, read_rate
from oms_app.domain.stock_actions import Given, text


class ProductAction(StrEnum):
    """One thing to do to a product."""

    TAX = "tax"
    HSN = "hsn"
    ATTRIBUTE = "attribute"
    OFFER = "offer"
    WITHDRAW = "withdraw"
    LIST = "list"


A = ProductAction
TITLES: Mapping[ProductAction, str] = {
    A.TAX: "Set the tax rate",
    A.HSN: "Set the HSN code",
    A.ATTRIBUTE: "Set an attribute",
    A.OFFER: "Offer",
    A.WITHDRAW: "Offer no more",
    A.LIST: "Sell on a channel",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    A.TAX: ("rate", "valid_from"),
    A.HSN: ("hsn",),
    A.ATTRIBUTE: ("name", "value"),
    A.LIST: ("channel",),
}
"""What each act has to be told; nothing where it is not here."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether an act can be done to a product.

    unsold  why it is not to be sold on the channel that the act names; empty where it is, or the act names none
    """

    sku: str
    active: bool
    hsn: str
    rate: Decimal | None
    attributes: Mapping[str, str] = field(default_factory=dict)
    unsold: str = ""


def read(action: str, form: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The act and what it is told, out of what somebody typed. Raises Malformed with the field."""
    if action not in set(ProductAction):
        raise Malformed(f"An act on products is one of {', '.join(ProductAction)}.", details={"field": "action"})
    reader = _READERS.get(ProductAction(action))
    return action, reader(form) if reader else {}


def needed(_action: str, _given: Given) -> Permission:
    """The permission without which it is done to no product."""
    return Permission.EDIT_PRODUCTS


def said(action: str, given: Given) -> str:
    """The act as a person reads it: "Tax rate 5 % from 2026-12-01"."""
    match ProductAction(action):
        case A.TAX:
            return f"Tax rate {given['rate']} % from {given['valid_from']}"
        case A.HSN:
            return f"HSN code {given['hsn']}" if given["hsn"] else "No HSN code"
        case A.ATTRIBUTE:
            return f"{given['name']}: {given['value']}" if given["value"] else f"No {given['name']}"
        case A.OFFER | A.WITHDRAW:
            return TITLES[ProductAction(action)]
        case A.LIST:
            return f"Sell on {given['channel']}"


def why_not(action: str, given: Given, product: Standing | None, today: date) -> str:
    """Why the act would be refused to such a product; "" where nothing is known against it."""
    if product is None:
        return "There is no such product."
    match ProductAction(action):
        case A.OFFER if product.active:
            return "It is offered already."
        case A.WITHDRAW if not product.active:
            return "It is not offered as it is."
        case A.HSN if given and given["hsn"] == product.hsn:
            return "It has this HSN code already."
        case A.ATTRIBUTE if given and given["value"] == product.attributes.get(given["name"], ""):
            return "It is so already."
        case A.TAX if given and date.fromisoformat(given["valid_from"]) <= today:
            return "It has this rate already." if product.rate == Decimal(given["rate"]) else ""
        case A.LIST:
            return product.unsold
    return ""


def undoable(_action: str, _given: Given) -> bool:
    """Every act has a way back; a rate that has begun, or a channel that was told, refuses it."""
    return True


def _tax(form: Mapping[str, Any]) -> dict[str, Any]:
    typed = text(form, "rate", "Write the rate in per cent, like 5 or 18.", 20)
    rate = read_rate(money.to_decimal(typed.removesuffix("%").strip()))
    try:
        day = date.fromisoformat(str(form.get("valid_from") or "").strip())
    except ValueError:
        raise Malformed("Say from which day on, like 2026-12-01.", details={"field": "valid_from"}) from None
    return {"rate": f"{rate.normalize():f}", "valid_from": day.isoformat()}


def _hsn(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"hsn": str(form.get("hsn") or "").strip()}


def _attribute(form: Mapping[str, Any]) -> dict[str, Any]:
    value = str(form.get("value") or "").strip()
    [(name, kept)] = read_attributes({text(form, "name", "Say which attribute.", 60): value or "–"}).items()
    return {"name": name, "value": kept if value else ""}


def _list(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"channel": text(form, "channel", "Say on which channel.", 60)}


_READERS: Mapping[ProductAction, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    A.TAX: _tax,
    A.HSN: _hsn,
    A.ATTRIBUTE: _attribute,
    A.LIST: _list,
}
