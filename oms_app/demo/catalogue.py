"""What the demo shop sells: handloom clothes and things for the home, with HSN, GST rate, weight and barcode.

Prices are MRP in rupees, GST included. The rates are those in force since 22 September 2025: clothes and shoes up to
₹2,500 a piece 5 %, above 18 %; sarees 5 % at any price; imitation jewellery 3 %; clay lamps and lac bangles nil.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import resources

from stdnum import ean

from oms_app.domain.lots import NO_LOT, Came


@dataclass(frozen=True, slots=True)
class Article:
    """One SKU. `price` in rupees, `gst` in per cent; `popularity` is its share of the lines.

    shelf_life  days from its making to its expiry; 0 where it keeps
    """

    sku: str
    name: str
    price: int
    hsn: str
    gst: Decimal
    weight_g: int
    popularity: int
    fragile: bool
    barcode: str
    shelf_life: int = 0

    def lot(self, made: datetime) -> Came:
        """The lot of units that were made on a day, as the label says it; none where the article keeps."""
        if not self.shelf_life:
            return NO_LOT
        return Came(f"{self.sku[:3]}-{made:%y%m%d}", made.date() + timedelta(days=self.shelf_life))


@dataclass(slots=True)
class Family:
    """Articles that differ in one option only: `choices` by SKU."""

    code: str
    name: str
    option: str
    choices: dict[str, str] = field(default_factory=dict)


SCARCE = ("SAR-BAN-GLD", "KUR-CHI-M", "POT-VAS", "CUS-IKT-OCH", "JUT-EMB-38", "BED-BLK-KG")
"""Articles that were spoilt in the store: their newest orders arrive short."""


def _articles() -> Iterator[Article]:
    """One line of articles.csv is a family; `variants` are code=words, `prices` one for all or one for each."""
    text = resources.files(__package__).joinpath("articles.csv").read_text("utf-8")
    number = 0
    for row in csv.DictReader(text.splitlines()):
        variants = [each.strip() for each in row["variants"].split(";")]
        prices = [int(price) for price in row["prices"].split()]
        for index, variant in enumerate(variants):
            number += 1
            code, _, words = variant.partition("=")
            yield Article(
                sku=f"{row['stem']}-{code}" if code else row["stem"],
                name=f"{row['name']}, {words or code}" if code else row["name"],
                price=prices[index] if len(prices) > 1 else prices[0],
                hsn=row["hsn"],
                gst=Decimal(row["gst"]),
                weight_g=int(row["weight_g"]),
                popularity=max(int(row["popularity"]) * 4 // len(variants), 1),
                fragile=bool(row["fragile"]),
                barcode=_barcode(number),
                shelf_life=int(row["shelf_life"] or 0),
            )
            if row["option"]:
                family = FAMILIES.setdefault(row["stem"], Family(row["stem"], row["name"], row["option"]))
                family.choices[f"{row['stem']}-{code}"] = words or code


def _barcode(number: int) -> str:
    """An EAN-13 that begins with 20: for use inside one company, so that it is nobody else's article."""
    digits = f"2000{number:08d}"
    return digits + ean.calc_check_digit(digits)


def _gift_box(number: int, sku: str, name: str, price: int, hsn: str, parts: Mapping[str, int]) -> Article:
    weight = sum(BY_SKU[part].weight_g * units for part, units in parts.items())
    return Article(sku, name, price, hsn, Decimal(5), weight, 0, True, _barcode(number))


FAMILIES: dict[str, Family] = {}
ARTICLES = tuple(_articles())
BY_SKU = {article.sku: article for article in ARTICLES}

PARTS: Mapping[str, Mapping[str, int]] = {
    "GFT-DIW": {"DIY-CLY": 1, "CND-KUL-ROS": 1, "AGR-SAN": 2},
    "GFT-TEA": {"TEA-250-ASM": 1, "TEA-250-NIL": 1, "POT-MUG": 1},
}
"""Units of what a gift box is packed of."""

GIFT_BOXES = (
    _gift_box(901, "GFT-DIW", "Diwali Gift Box", 990, "34060010", PARTS["GFT-DIW"]),
    _gift_box(902, "GFT-TEA", "Tea Lover's Gift Box", 1290, "09023020", PARTS["GFT-TEA"]),
)
BY_SKU |= {box.sku: box for box in GIFT_BOXES}


def goods(sku: str, quantity: int) -> dict[str, int]:
    """Units off the shelf that a line takes, by SKU."""
    return {part: units * quantity for part, units in PARTS.get(sku, {sku: 1}).items()}
