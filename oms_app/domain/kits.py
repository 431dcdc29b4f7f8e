"""Kits: products made of others. What one takes off the shelf, how many a shelf makes, and which component lacks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oms_app.domain.errors import Malformed

MOST_PARTS = 50
MOST_UNITS = 10_000

Shelf = Mapping[int, int]
"""Units of products by id, at one location."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component: `units` of it make one of the kit."""

    product_id: int
    sku: str
    name: str
    units: int


@dataclass(frozen=True, slots=True)
class KitView:
    """A kit with its components; `available` kits can be made, by location code where any can."""

    sku: str
    name: str
    parts: tuple[Part, ...]
    available: int
    places: tuple[tuple[str, int], ...]


def is_stocked(kind: str) -> bool:
    """Whether orders reserve units for a product of this kind: a charge needs none."""
    return kind in ("goods", "kit")


def no_stock_of_its_own(sku: str, kind: str) -> str:
    """Why nothing is booked on a product that is not goods."""
    return f"{sku} is a kit: book its components." if kind == "kit" else f"{sku} is a charge: it has no stock."


def check_parts(sku: str, parts: Mapping[str, int]) -> None:
    """Raise Malformed for components no kit can have."""
    if len(parts) > MOST_PARTS:
        raise Malformed(f"A kit has up to {MOST_PARTS} components.", details={"field": "parts"})
    if sku in parts:
        raise Malformed("A kit is no component of itself.", details={"field": "parts"})
    for part, units in parts.items():
        if not 1 <= units <= MOST_UNITS:
            raise Malformed(f"Between 1 and {MOST_UNITS:,} of {part} make one kit.", details={"field": "parts"})


def content(parts: Iterable[Part]) -> tuple[tuple[int, int], ...]:
    """(product id, units) that one kit takes."""
    return tuple((part.product_id, part.units) for part in parts)


def whole(parts: Iterable[Part], shelf: Shelf) -> int:
    """How many kits the units of one location make."""
    return min(max(shelf.get(part.product_id, 0), 0) // part.units for part in parts)


def lacking(parts: Sequence[Part], shelves: Iterable[Shelf]) -> Part:
    """The component that keeps a kit from being made: the scarcest, or the one that does not lie with the others."""
    every = list(shelves)

    def anywhere(part: Part) -> int:
        return sum(max(shelf.get(part.product_id, 0), 0) // part.units for shelf in every)

    scarcest = min(parts, key=anywhere)
    if not anywhere(scarcest):
        return scarcest
    best = max(every, key=lambda shelf: sum(shelf.get(part.product_id, 0) >= part.units for part in parts))
    return min(parts, key=lambda part: best.get(part.product_id, 0) // part.units)


def written(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """Components as an order line keeps them: what they were when it was ordered."""
    return [{"id": part.product_id, "sku": part.sku, "name": part.name, "units": part.units} for part in parts]


def read(kept: Sequence[Mapping[str, Any]] | None) -> tuple[Part, ...]:
    """The components that an order line keeps; none where it is no kit."""
    return tuple(Part(each["id"], each["sku"], each["name"], each["units"]) for each in kept or ())
