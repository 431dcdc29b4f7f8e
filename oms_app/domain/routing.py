"""Which location keeps the units of an order: ordered wishes, whole or in parts, and why each one was chosen."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from oms_app.domain import pins


class Wish(StrEnum):
    """What the choice looks at; the first one decides, the next breaks its ties."""

    FEWEST_PARCELS = "fewest_parcels"
    PRIORITY = "priority"
    NEAREST = "nearest"
    MOST_STOCK = "most_stock"


MOST_BUFFER = 1_000_000


class Ships(StrEnum):
    """Whether an order may be kept in parts."""

    SPLIT = "split"
    COMPLETE = "complete"


class Missing(StrEnum):
    """What becomes of units that no location has: somebody decides, or they wait by themselves."""

    OPEN = "open"
    BACKORDER = "backorder"
    PREORDER = "preorder"


@dataclass(frozen=True, slots=True)
class Rules:
    """The shop's choices. A channel's or a product's own word comes before the general one, a product's before all.

    locations       codes, the first is preferred; one that is not named comes last
    channel_buffer  units of every article that a channel is not told of, unless the article says otherwise
    """

    wishes: tuple[Wish, ...] = tuple(Wish)
    locations: tuple[str, ...] = ()
    ships: Ships = Ships.SPLIT
    missing: Missing = Missing.OPEN
    channel_ships: Mapping[str, Ships] = field(default_factory=dict)
    channel_missing: Mapping[str, Missing] = field(default_factory=dict)
    product_missing: Mapping[str, Missing] = field(default_factory=dict)
    channel_buffer: Mapping[str, int] = field(default_factory=dict)

    def ships_of(self, channel: str) -> Ships:
        """Whether an order of the channel may be kept in parts."""
        return self.channel_ships.get(channel, self.ships)

    def missing_of(self, channel: str, sku: str) -> Missing:
        """What becomes of missing units of the article on an order of the channel."""
        return self.product_missing.get(sku) or self.channel_missing.get(channel, self.missing)


@dataclass(frozen=True, slots=True)
class Place:
    """A location as the choice sees it."""

    code: str
    rank: int
    postal_code: str


@dataclass(frozen=True, slots=True)
class Need:
    """Units of a product that a line (by `key`) asks for.

    parts  (product id, units) that one unit takes, where it is a kit: all of them at one location, or none
    """

    key: int
    product_id: int
    units: int
    parts: tuple[tuple[int, int], ...] = ()

    def there(self, shelf: Mapping[int, int]) -> int:
        """How many units a location can keep."""
        if not self.parts:
            return min(self.units, shelf.get(self.product_id, 0))
        return min(self.units, *(shelf.get(product_id, 0) // each for product_id, each in self.parts))

    def content(self) -> tuple[tuple[int, int], ...]:
        """(product id, units) that one unit takes off the shelf."""
        return self.parts or ((self.product_id, 1),)


@dataclass(frozen=True, slots=True)
class Take:
    """Units to keep for a line at a location; `content`: (product id, units) that one of them takes off the shelf."""

    key: int
    content: tuple[tuple[int, int], ...]
    location_id: int
    units: int
    why: str


Shelves = dict[int, dict[int, int]]
"""Units available: location id → product id → units."""


def plan(
    needs: Sequence[Need], shelves: Shelves, places: Mapping[int, Place], to_pin: str, rules: Rules, ships: Ships
) -> list[Take]:
    """What to keep where. Takes the planned units off `shelves`; what no location has stays unplanned.

    Ships.COMPLETE: everything at one location, or nothing.
    """
    left = {need.key: need for need in needs}
    takes: list[Take] = []
    open_places = {each for each in shelves if each in places}
    while left and open_places:
        covered = {each: _cover(left.values(), shelves[each]) for each in open_places}
        open_places = {each for each in open_places if covered[each]}
        wanted = sum(need.units for need in left.values())
        if ships is Ships.COMPLETE:
            open_places = {each for each in open_places if covered[each] == wanted}
        if not open_places:
            break
        best, why = _best(open_places, covered, wanted, shelves, places, to_pin, rules.wishes)
        open_places.discard(best)
        for need in list(left.values()):
            units = need.there(shelves[best])
            if units <= 0:
                continue
            _take(need, units, shelves[best])
            takes.append(Take(need.key, need.content(), best, units, why))
            if units == need.units:
                del left[need.key]
            else:
                left[need.key] = replace(need, units=need.units - units)
    return takes


def _cover(needs: Collection[Need], shelf: Mapping[int, int]) -> int:
    """Units of the needs that one location can keep; lines of the same product share its shelf."""
    if any(need.parts for need in needs):
        return _cover_with_kits(needs, dict(shelf))
    wanted: dict[int, int] = {}
    for need in needs:
        wanted[need.product_id] = wanted.get(need.product_id, 0) + need.units
    return sum(min(units, max(shelf.get(product_id, 0), 0)) for product_id, units in wanted.items())


def _cover_with_kits(needs: Iterable[Need], shelf: dict[int, int]) -> int:
    """The same where a kit takes several products: line by line, as they would be taken."""
    covered = 0
    for need in needs:
        units = max(need.there(shelf), 0)
        _take(need, units, shelf)
        covered += units
    return covered


def _take(need: Need, units: int, shelf: dict[int, int]) -> None:
    if units:
        for product_id, each in need.content():
            shelf[product_id] -= units * each


def _best(
    candidates: set[int],
    covered: Mapping[int, int],
    wanted: int,
    shelves: Shelves,
    places: Mapping[int, Place],
    to_pin: str,
    wishes: Sequence[Wish],
) -> tuple[int, str]:
    if len(candidates) == 1:
        (only,) = candidates
        return only, "the only one with everything" if covered[only] == wanted else "the only one with stock"
    left, why = candidates, "first of equals"
    for wish in wishes:
        scores = {each: _score(wish, each, covered, shelves, places, to_pin) for each in left}
        least = min(scores.values())
        best = {each for each in left if scores[each] == least}
        if len(best) < len(left):
            left, why = best, _because(wish, least, wanted)
        if len(left) == 1:
            break
    return min(left), why


def _score(
    wish: Wish, place: int, covered: Mapping[int, int], shelves: Shelves, places: Mapping[int, Place], to_pin: str
) -> float:
    """The smaller the better."""
    match wish:
        case Wish.FEWEST_PARCELS:
            return -covered[place]
        case Wish.PRIORITY:
            return places[place].rank
        case Wish.NEAREST:
            return pins.distance_km(places[place].postal_code, to_pin)
        case Wish.MOST_STOCK:
            return -sum(shelves[place].values())


def _because(wish: Wish, score: float, wanted: int) -> str:
    match wish:
        case Wish.FEWEST_PARCELS:
            return "fewest parcels: has everything" if -score == wanted else f"fewest parcels: has {-score:.0f} of it"
        case Wish.PRIORITY:
            return f"priority {score + 1:.0f} of the locations"
        case Wish.NEAREST:
            return f"nearest, about {score:.0f} km"
        case Wish.MOST_STOCK:
            return "most stock"


def read(kept: Mapping[str, Any]) -> Rules:
    """Rules as they are kept in the settings; words that are unknown by now are left out."""
    channels: Mapping[str, Mapping[str, Any]] = kept.get("channels", {})
    wishes = tuple(Wish(each) for each in kept.get("wishes", ()) if each in set(Wish))
    return Rules(
        wishes=(*wishes, *(each for each in Wish if each not in wishes)),
        locations=tuple(kept.get("locations", ())),
        ships=Ships(kept.get("ships", Ships.SPLIT)),
        missing=Missing(kept.get("missing", Missing.OPEN)),
        channel_ships={name: Ships(each["ships"]) for name, each in channels.items() if each.get("ships")},
        channel_missing={name: Missing(each["missing"]) for name, each in channels.items() if each.get("missing")},
        product_missing={sku: Missing(each) for sku, each in kept.get("products", {}).items()},
        channel_buffer={name: int(each["buffer"]) for name, each in channels.items() if each.get("buffer")},
    )


def written(rules: Rules) -> dict[str, Any]:
    """Rules as JSON for the settings."""
    names = sorted({*rules.channel_ships, *rules.channel_missing, *rules.channel_buffer})
    return {
        "wishes": list(rules.wishes),
        "locations": list(rules.locations),
        "ships": rules.ships,
        "missing": rules.missing,
        "channels": {
            name: {
                "ships": rules.channel_ships.get(name, ""),
                "missing": rules.channel_missing.get(name, ""),
                "buffer": rules.channel_buffer.get(name, 0),
            }
            for name in names
        },
        "products": dict(rules.product_missing),
    }
