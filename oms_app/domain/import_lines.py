"""One row of a foreign export as an order line: its units, its price to the millionth, its sums."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from oms_app.domain import money
from oms_app.domain.cells import Remembered, Row, sum_of, text_of
from oms_app.domain.errors import Malformed
from oms_app.domain.imported import ImportedLine
from oms_app.domain.mappings import Field, Mapping
from oms_app.domain.orders import MAX_QUANTITY


class LineReader:
    """The [line] section of a mapping bound to a file's header."""

    def __init__(self, mapping: Mapping, header: Sequence[str], number: Callable[[str], Decimal]):
        self._header, self._number = header, number
        self._fields = {key: source for (section, key), source in mapping.fields.items() if section == "line"}
        self._sku = self._text("sku")
        self._name = self._text("name") if "name" in self._fields else self._sku
        self._quantity_text = self._text("quantity")
        self._quantities = Remembered(self._quantity)
        self._price_text = self._text("unit_price") if "unit_price" in self._fields else None
        self._prices = Remembered(lambda text: money.to_micros(number(text)))
        self._whole, self._discount, self._tax = (self._amount(key) for key in ("total", "discount", "tax"))
        pattern = re.compile(mapping.charge_pattern or "(?!)")
        self._charges = Remembered(lambda sku: sku in mapping.charge_skus or bool(pattern.fullmatch(sku)))

    def read(self, row: Row, currency: str) -> ImportedLine:
        """The line a row makes. Raises Malformed."""
        sku = self._sku(row)
        if not sku:
            raise Malformed("the SKU is blank.")
        quantity = self._quantities[self._quantity_text(row)]
        micros, gross = self._price(row, quantity, currency)
        discount = abs(money.to_minor(self._discount(row), currency)) if self._discount else 0
        tax = money.to_minor(self._tax(row), currency) if self._tax else 0
        if gross < 0:
            raise Malformed("the price is negative.")
        if discount > gross:
            raise Malformed("the discount is more than the line.")
        name, total = self._name(row) or sku, gross - discount + tax
        return ImportedLine(sku, name, quantity, micros, discount, total, tax, self._charges[sku])

    def _price(self, row: Row, quantity: int, currency: str) -> tuple[int, int]:
        """(micros of one unit, minor units of all)."""
        if self._price_text is not None:
            if not (text := self._price_text(row)):
                raise Malformed("the price is blank.")
            micros = self._prices[text]
            return micros, money.line_total(micros, quantity, currency)
        whole = self._whole(row) if self._whole else Decimal(0)
        return money.to_micros(whole / quantity), money.to_minor(whole, currency)

    def _quantity(self, text: str) -> int:
        exact = self._number(text) if text else Decimal(0)
        if exact != int(exact) or not 1 <= exact <= MAX_QUANTITY:
            raise Malformed(f"quantity {exact}: a line has a whole number of units, from 1 to {MAX_QUANTITY:,}.")
        return int(exact)

    def _text(self, key: str) -> Callable[[Row], str]:
        return text_of(self._fields[key], self._header, f"[line] {key}")

    def _amount(self, key: str) -> Callable[[Row], Decimal] | None:
        source: Field | None = self._fields.get(key)
        return sum_of(source, self._header, f"[line] {key}", self._number) if source else None
