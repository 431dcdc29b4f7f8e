"""What the demo shop sells: handloom clothes and things for the home, with HSN, GST rate, weight and barcode.

Prices are MRP in rupees, GST included. The rates are those in force since 22 September 2025: clothes and shoes up to
₹2,500 a piece 5 %, above 18 %; sarees 5 % at any price; imitation jewellery 3 %; clay lamps and lac bangles nil.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources

from stdnum import ean


@dataclass(frozen=True, slots=True)
class Article:
    """One SKU. `price` in rupees, `gst` in per cent; `popularity` is its share of the lines."""

    sku: str
    name: str
    price: int
    hsn: str
    gst: Decimal
    weight_g: int
    popularity: int
    fragile: bool
    barcode: str


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
            )


def _barcode(number: int) -> str:
    """An EAN-13 that begins with 20: for use inside one company, so that it is nobody else's article."""
    digits = f"2000{number:08d}"
    return digits + ean.calc_check_digit(digits)


ARTICLES = tuple(_articles())
BY_SKU = {article.sku: article for article in ARTICLES}
