"""What can be done to the stock of many articles at once: what each act needs, says and expects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oms_app.domain.errors import Malformed
from oms_app.domain.kits import no_stock_of_its_own
from oms_app.domain.permissions import Permission

MOST_UNITS = 1_000_000
_IS_OUT = "is:out"

Given = Mapping[str, Any]
"""What the act was told, as JSON: {"location": "MAIN", "quantity": -2, "reason": "Damaged"} …"""


class StockAction(StrEnum):
    """One thing to do to the stock of an article."""

    ADJUST = "adjust"
    SAFETY = "safety"
    BLOCK = "block"
    BUFFER = "buffer"
    TRANSFER = "transfer"
    COUNT = "count"


A = StockAction
TITLES: Mapping[StockAction, str] = {
    A.ADJUST: "Adjust",
    A.SAFETY: "Set safety stock",
    A.BLOCK: "Block units",
    A.BUFFER: "Keep from a channel",
    A.TRANSFER: "Draft a transfer",
    A.COUNT: "Start a count",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    A.ADJUST: ("location", "quantity", "reason"),
    A.SAFETY: ("location", "units", "reason"),
    A.BLOCK: ("location", "units", "reason"),
    A.BUFFER: ("channel", "units"),
    A.TRANSFER: ("location", "to", "units"),
    A.COUNT: ("location",),
}
"""What each act has to be told."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether an act can be done to an article. `lies`: it has a level at the location of the act."""

    sku: str
    kind: str
    lies: bool = False
    on_hand: int = 0
    reserved: int = 0
    safety: int = 0
    blocked: int = 0
    buffer: int | None = None

    @property
    def free(self) -> int:
        """Units that can leave the location."""
        return max(self.on_hand - self.reserved - self.blocked, 0)


def read(action: str, form: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The act and what it is told, out of what somebody typed. Raises Malformed with the field."""
    if action not in set(StockAction):
        raise Malformed(f"An act on stock is one of {', '.join(StockAction)}.", details={"field": "action"})
    return action, _READERS[StockAction(action)](form)


def needed(action: str, _given: Given) -> Permission:
    """The permission without which it is done to no article."""
    return Permission.COUNT_STOCK if action == A.COUNT else Permission.ADJUST_STOCK


def said(action: str, given: Given) -> str:
    """The act as a person reads it: "Adjust by −2 at MAIN (Damaged)"."""
    units, here = given.get("units"), given.get("location", "")
    match StockAction(action):
        case A.ADJUST:
            return f"Adjust by {given['quantity']:+,} at {here} ({given['reason']})".replace("-", "−", 1)
        case A.SAFETY:
            return f"Safety stock {units:,} at {here} ({given['reason']})"
        case A.BLOCK:
            how_many = "every free unit" if units is None else f"{units:,}"
            return f"Block {how_many} at {here} ({given['reason']})"
        case A.BUFFER:
            kept = "as many as of every article" if units is None else f"{units:,}"
            return f"Keep {kept} from {given['channel']}"
        case A.TRANSFER:
            which = f" T-{given['transfer']}" if "transfer" in given else ""
            return f"Transfer{which} of {'all that is free' if units is None else units} from {here} to {given['to']}"
        case A.COUNT:
            return f"Count C-{given['count']} at {here}" if "count" in given else f"Count at {here}"


def why_not(action: str, given: Given, article: Standing | None) -> str:
    """Why the act would be refused to such an article; "" where nothing is known against it."""
    if article is None:
        return "There is no such article."
    if article.kind != "goods" and not (action == A.BUFFER and article.kind == "kit"):
        return no_stock_of_its_own("It", article.kind)
    if not given:
        return ""
    units = given.get("units")
    match StockAction(action):
        case A.ADJUST if given["quantity"] < -article.free:
            return f"Fewer than {-given['quantity']:,} are free at {given['location']}."
        case A.SAFETY | A.BLOCK | A.COUNT if not article.lies:
            return f"It does not lie at {given['location']}: adjust its stock first."
        case A.SAFETY if units == article.safety:
            return "It has this safety stock already."
        case A.BLOCK if units == article.blocked or (units is None and not article.free):
            return "So many are blocked already." if units is not None else "No unit of it is free."
        case A.BLOCK if units is not None and units > article.blocked and units > article.on_hand - article.reserved:
            return f"Fewer than {units:,} are there that no order waits for."
        case A.BUFFER if units == article.buffer:
            return "As many are kept from it already."
        case A.TRANSFER if article.free < (units or 1):
            return f"Fewer than {units or 1:,} are free at {given['location']}."
    return ""


def undoable(_action: str, _given: Given) -> bool:
    """Every act on stock has a way back: the opposite entry, the number before, a line off a draft."""
    return True


def search_for(words: str, *, only_out: bool) -> str:
    """The list of goods as one search, as a run keeps it."""
    return f"{_IS_OUT} {words}".strip() if only_out else words


def read_search(q: str) -> tuple[str, bool]:
    """(words, whether only what is not available) of such a search."""
    return (q.removeprefix(_IS_OUT).strip(), True) if q.split(" ", 1)[0] == _IS_OUT else (q.strip(), False)


def whole(form: Mapping[str, Any], name: str, *, least: int = 0, must: bool = True) -> int | None:
    """A whole number as somebody typed it; None where it was left out and may be. Raises Malformed."""
    text = str("" if form.get(name) is None else form[name]).strip().replace("−", "-").replace(",", "")
    if not text and not must:
        return None
    try:
        units = int(text)
    except ValueError:
        units = MOST_UNITS + 1
    if not least <= units <= MOST_UNITS:
        raise Malformed(f"Write a whole number from {least:,} to {MOST_UNITS:,}.", details={"field": name})
    return units


def text(form: Mapping[str, Any], name: str, message: str, most: int = 200) -> str:
    """What was typed, trimmed. Raises Malformed with the message where it is empty or too long."""
    typed = str(form.get(name) or "").strip()
    if not typed or len(typed) > most:
        raise Malformed(message, details={"field": name})
    return typed


def _location(form: Mapping[str, Any]) -> str:
    return text(form, "location", "Say which location.", 100)


def _reason(form: Mapping[str, Any]) -> str:
    return text(form, "reason", "Say why in a few words.")


def _adjust(form: Mapping[str, Any]) -> dict[str, Any]:
    quantity = whole(form, "quantity", least=-MOST_UNITS)
    if not quantity:
        raise Malformed("Write how many units more or fewer, like 12 or -3.", details={"field": "quantity"})
    return {"location": _location(form), "quantity": quantity, "reason": _reason(form)}


def _safety(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"location": _location(form), "units": whole(form, "units"), "reason": _reason(form)}


def _block(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"location": _location(form), "units": whole(form, "units", must=False), "reason": _reason(form)}


def _buffer(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"channel": text(form, "channel", "Say which channel.", 100), "units": whole(form, "units", must=False)}


def _transfer(form: Mapping[str, Any]) -> dict[str, Any]:
    start, end = _location(form), text(form, "to", "Say where to.", 100)
    if start == end:
        raise Malformed("A transfer goes from one location to another.", details={"field": "to"})
    return {"location": start, "to": end, "units": whole(form, "units", least=1, must=False)}


def _count(form: Mapping[str, Any]) -> dict[str, Any]:
    return {"location": _location(form)}


_READERS: Mapping[StockAction, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    A.ADJUST: _adjust,
    A.SAFETY: _safety,
    A.BLOCK: _block,
    A.BUFFER: _buffer,
    A.TRANSFER: _transfer,
    A.COUNT: _count,
}
