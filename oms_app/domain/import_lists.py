"""Rows of a product list and of a stock list: what they say, cell by cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oms_app.domain import lots, money
from oms_app.domain.cells import Row, number_reader, text_of
from oms_app.domain.errors import Malformed
from oms_app.domain.lots import NO_LOT, Came
from oms_app.domain.mappings import Mapping
from oms_app.domain.products import parse_pairs

PRODUCT = (
    *("sku", "name", "kind", "price", "currency", "tax_included", "hsn", "gst_rate", "barcode", "weight_g"),
    *("active", "attributes"),
)
STOCK = ("sku", "location", "on_hand", "change", "reason", "lot", "expires")
_YES = {"1": True, "true": True, "yes": True, "y": True, "0": False, "false": False, "no": False, "n": False}


@dataclass(frozen=True, slots=True)
class StockRow:
    """Units counted (`on_hand`) or that came and went (`change`), one of the two."""

    sku: str
    location: str
    on_hand: int | None
    change: int
    reason: str
    lot: Came = NO_LOT


@dataclass(frozen=True, slots=True)
class ListPreview:
    """What a list would do, or did, in rows. `rejects` is the file of rows that cannot be taken, as CSV."""

    token: str
    read: int
    added: int
    changed: int
    same: int
    rejected: int
    reasons: tuple[str, ...]
    rejects: str


class ListReader:
    """A section of a mapping bound to a file's header."""

    def __init__(self, mapping: Mapping, section: str, header: Sequence[str]):
        self._number = number_reader(mapping.file)
        self._read: dict[str, Callable[[Row], str]] = {
            key: text_of(source, header, f"[{section}] {key}") for (_, key), source in mapping.fields.items()
        }

    def product(self, row: Row) -> dict[str, Any]:
        """The filled cells of a product, as the catalogue names them. Raises Malformed."""
        given = {key: _unmarked(text) for key in PRODUCT if (text := self._read[key](row))}
        if "sku" not in given:
            raise Malformed("the SKU is blank.")
        values: dict[str, Any] = {
            key: given[key] for key in ("sku", "name", "currency", "hsn", "barcode") if key in given
        }
        if "kind" in given:
            values["kind"] = given["kind"].lower()
        if "price" in given:
            values["price_micros"] = money.to_micros(self._number(given["price"]))
        if "gst_rate" in given:
            values["gst_rate"] = self._number(given["gst_rate"].removesuffix("%"))
        if "weight_g" in given:
            values["weight_g"] = self._whole(given["weight_g"])
        for key in ("tax_included", "active"):
            if key in given:
                if given[key].lower() not in _YES:
                    raise Malformed(f"{key} “{given[key]}”: write yes or no.")
                values[key] = _YES[given[key].lower()]
        if "attributes" in given:
            values["attributes"] = parse_pairs(given["attributes"])
        return values

    def stock(self, row: Row) -> StockRow:
        """A row of a stock list. Raises Malformed."""
        sku, location, on_hand, change, reason, lot, expires = (self._read[key](row) for key in STOCK)
        if not sku or not location:
            raise Malformed("the SKU is blank." if not sku else "the location is blank.")
        if bool(on_hand) == bool(change):
            raise Malformed("say either on_hand, the units counted, or change, the units that came or went.")
        counted = self._whole(on_hand) if on_hand else None
        if counted is not None and counted < 0:
            raise Malformed("on_hand cannot be negative.")
        came = lots.check(Came(lot, lots.read_day(expires)))
        return StockRow(sku, location, counted, self._whole(change) if change else 0, reason, came)

    def _whole(self, text: str) -> int:
        value: Decimal = self._number(text)
        if value != int(value):
            raise Malformed(f"“{text}” is not a whole number.")
        return int(value)


def _unmarked(text: str) -> str:
    """A cell without the mark that an export puts before text a spreadsheet would take for a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text
