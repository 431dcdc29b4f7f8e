"""Products: attributes, families with options and their variants, pictures, and tax rates that begin on a day."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from oms_app.domain.catalogue import ProductView
from oms_app.domain.errors import Malformed

MOST_OPTIONS, MOST_VALUES, MOST_VARIANTS = 3, 40, 400
MOST_ATTRIBUTES = 60
MOST_PICTURES, PICTURE_BYTES = 12, 5_000_000
SIDES = {"small": 160, "large": 1_200}
"""Longest side in pixels of each size a picture is kept in."""

FIELDS = ("name", "price_micros", "tax_included", "hsn", "barcode", "weight_g", "active")
"""What may be changed of a product; its rate begins on a day, its stock is a ledger."""

Options = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rate:
    """Per cent of tax from a day on."""

    valid_from: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a product; `digest` names its files."""

    id: int
    digest: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A row of the list; `picture` is the digest of the first one, empty where there is none."""

    product: ProductView
    picture: str


@dataclass(frozen=True, slots=True)
class Variant:
    """A product of a family: what was chosen of each option."""

    sku: str
    choices: Mapping[str, str]
    active: bool


@dataclass(frozen=True, slots=True)
class Family:
    """Products that differ in their options only."""

    code: str
    name: str
    options: Options
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductFile:
    """Everything about one product but its stock."""

    product: ProductView
    attributes: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    family: Family | None = None
    rates: tuple[Rate, ...] = ()
    pictures: tuple[Picture, ...] = ()


def read_attributes(given: Mapping[str, Any]) -> dict[str, str]:
    """Attributes as they are kept: names and texts on one line each, blanks left out. Raises Malformed."""
    flat = {" ".join(str(name).split()): " ".join(str(text).split()) for name, text in given.items()}
    kept = {name: text for name, text in flat.items() if text}
    if len(kept) > MOST_ATTRIBUTES or any(
        not 0 < len(name) <= 60 or len(text) > 500 or ":" in name for name, text in kept.items()
    ):
        raise Malformed(
            f"A product has up to {MOST_ATTRIBUTES} attributes: names of up to 60 characters without a colon, "
            "texts of up to 500.",
            details={"field": "attributes"},
        )
    return kept


def parse_pairs(text: str) -> dict[str, str]:
    """Lines like `Material: Cotton` as names and texts. Raises Malformed."""
    pairs: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise Malformed(f"“{line[:60]}”: write a name, a colon and the rest, like Material: Cotton.")
        if name.strip() in pairs:
            raise Malformed(f"“{name.strip()[:60]}” is there twice.")
        pairs[name.strip()] = value.strip()
    return pairs


def parse_values(text: str) -> dict[str, list[str]]:
    """Lines like `Size: S, M, L` as names and their values. Raises Malformed."""
    return {name: values.split(",") for name, values in parse_pairs(text).items()}


def write_pairs(pairs: Mapping[str, str]) -> str:
    """Names and texts as `parse_pairs` reads them."""
    return "\n".join(f"{name}: {text}" for name, text in pairs.items())


def read_options(given: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Options as they are kept, each value once. Raises Malformed for none, or more variants than anybody sells."""
    kept = {
        name.strip(): tuple(dict.fromkeys(value.strip() for value in values if value.strip()))
        for name, values in given.items()
    }
    if not 1 <= len(kept) <= MOST_OPTIONS or any(not name or not values for name, values in kept.items()):
        raise Malformed(f"A family has one to {MOST_OPTIONS} options, each with a name and values, like Size: S, M, L.")
    if any(len(values) > MOST_VALUES for values in kept.values()) or count(kept) > MOST_VARIANTS:
        raise Malformed(f"An option has up to {MOST_VALUES} values, a family up to {MOST_VARIANTS} variants.")
    return kept


def count(options: Options) -> int:
    """How many variants the options make."""
    made = 1
    for values in options.values():
        made *= len(values)
    return made


def combinations(options: Options) -> list[dict[str, str]]:
    """Every choice of one value for each option, in the order of the options."""
    return [dict(zip(options, chosen, strict=True)) for chosen in itertools.product(*options.values())]


def variant_sku(code: str, choices: Mapping[str, str]) -> str:
    """KUR with Size M and Colour Dark blue: KUR-M-DARK-BLUE."""
    parts = (re.sub(r"[^\w]+", "-", value).strip("-").upper() for value in choices.values())
    return "-".join([code, *filter(None, parts)])


def variant_name(name: str, choices: Mapping[str, str]) -> str:
    """Kurta with Size M and Colour Blue: Kurta, M, Blue."""
    return ", ".join([name, *choices.values()])


def rate_on(rates: Sequence[Rate], day: date) -> Decimal | None:
    """The rate that holds on a day: the newest that has begun. None where none has."""
    begun = [each for each in rates if each.valid_from <= day]
    return max(begun, key=lambda each: each.valid_from).rate if begun else None


def read_rate(rate: Decimal) -> Decimal:
    """A rate in per cent. Raises Malformed."""
    if not 0 <= rate <= 100 or rate != rate.quantize(Decimal("0.001")):
        raise Malformed("A tax rate lies between 0 and 100 per cent, with up to three decimals.")
    return rate
