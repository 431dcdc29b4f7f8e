"""What can be done to many unknown SKUs at once: what each act needs, says and expects."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from oms_app.domain.errors import Malformed
from oms_app.domain.permissions import Permission
from oms_app.domain.sku_queue import UnknownSku
from oms_app.domain.stock_actions import Given, text

MOST_UNITS = 10_000
"""So many units of ours make one of a channel's at most."""

LIKELY = 70
"""Points that a suggestion needs to be confirmed with others."""


class SkuAction(StrEnum):
    """One thing to do to an unknown SKU."""

    CONFIRM = "confirm"
    """It is what is suggested first."""
    MAP = "map"
    """It is this product."""
    IGNORE = "ignore"
    RESTORE = "restore"


A = SkuAction
TITLES: Mapping[SkuAction, str] = {
    A.CONFIRM: "Confirm what is suggested",
    A.MAP: "Say what it is",
    A.IGNORE: "Ignore",
    A.RESTORE: "Ignore no more",
}


def read(action: str, form: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The act and what it is told, out of what somebody typed. Raises Malformed with the field."""
    if action not in set(SkuAction):
        raise Malformed(f"An act on unknown SKUs is one of {', '.join(SkuAction)}.", details={"field": "action"})
    if action != A.MAP:
        return action, {}
    units = str(form.get("quantity") or "1").strip()
    if not (units.isascii() and units.isdecimal() and 1 <= int(units) <= MOST_UNITS):
        raise Malformed(f"Between 1 and {MOST_UNITS:,} units make one of the channel's.", details={"field": "quantity"})
    return action, {"sku": text(form, "sku", "Say which product it is.", 80), "quantity": int(units)}


def needed(_action: str, _given: Given) -> Permission:
    """The permission without which it is done to none."""
    return Permission.EDIT_PRODUCTS


def said(action: str, given: Given) -> str:
    """The act as a person reads it: "It is KUR-M, 3 of ours in one"."""
    if action == A.MAP:
        several = f", {given['quantity']} of ours in one" if given["quantity"] > 1 else ""
        return f"It is {given['sku']}{several}"
    return TITLES[SkuAction(action)]


def why_not(action: str, sku: UnknownSku | None) -> str:
    """Why the act would be refused to such a SKU; "" where nothing is known against it."""
    if sku is None:
        return "It is known by now, or nobody asks for it any more."
    match SkuAction(action):
        case A.CONFIRM if not sku.suggestions:
            return "Nothing is suggested for it."
        case A.CONFIRM if sku.suggestions and sku.suggestions[0].score < LIKELY:
            return "What is suggested is too uncertain: say what it is."
        case A.IGNORE if sku.orders:
            return "Orders wait for it: say what it is, or take it off them."
        case A.IGNORE if sku.ignored_by:
            return "It is ignored already."
        case A.RESTORE if not sku.ignored_by:
            return "It is not ignored."
    return ""


def undoable(_action: str, _given: Given) -> bool:
    """Every act has a way back; orders that went on meanwhile stay as they are."""
    return True
