"""The routing rules: which location keeps what, and the reason it gives."""

import pytest

from oms_app.domain import pins, routing
from oms_app.domain.routing import Missing, Need, Place, Rules, Ships, Take, Wish

PUNE, DELHI, CHENNAI = 1, 2, 3
PLACES = {PUNE: Place("PNQ", 2, "411001"), DELHI: Place("DEL", 0, "110001"), CHENNAI: Place("MAA", 1, "600001")}
KURTA, SAREE = 7, 8
TO_MUMBAI = "400001"


def plan(
    needs: list[Need], shelves: routing.Shelves, *wishes: Wish, ships: Ships = Ships.SPLIT, to: str = TO_MUMBAI
) -> list[tuple[int, int, int, str]]:
    rules = Rules(wishes=wishes or tuple(Wish))
    return [(t.key, t.location_id, t.units, t.why) for t in routing.plan(needs, shelves, PLACES, to, rules, ships)]


def test_the_fewest_parcels_come_before_the_preferred_location() -> None:
    shelves = {DELHI: {KURTA: 5}, PUNE: {KURTA: 5, SAREE: 1}}
    found = plan([Need(0, KURTA, 2), Need(1, SAREE, 1)], shelves)
    assert found == [
        (0, PUNE, 2, "fewest parcels: has everything"),
        (1, PUNE, 1, "fewest parcels: has everything"),
    ]


def test_priority_breaks_the_tie_and_says_so() -> None:
    shelves = {place: {KURTA: 5} for place in PLACES}
    assert plan([Need(0, KURTA, 2)], shelves) == [(0, DELHI, 2, "priority 1 of the locations")]


def test_the_nearest_location_is_told_by_the_pin() -> None:
    shelves = {place: {KURTA: 5} for place in PLACES}
    ((_, place, _, why),) = plan([Need(0, KURTA, 2)], shelves, Wish.NEAREST)
    assert (place, why) == (PUNE, "nearest, about 202 km")
    assert plan([Need(0, KURTA, 2)], shelves, Wish.NEAREST, to="606001")[0][1] == CHENNAI


def test_the_most_stock_wins_where_nothing_else_is_asked() -> None:
    shelves = {DELHI: {KURTA: 3}, PUNE: {KURTA: 9}}
    assert plan([Need(0, KURTA, 2)], shelves, Wish.MOST_STOCK) == [(0, PUNE, 2, "most stock")]


def test_an_order_is_split_where_no_location_has_all_of_it() -> None:
    shelves = {DELHI: {KURTA: 3}, PUNE: {KURTA: 2}}
    assert plan([Need(0, KURTA, 6)], shelves) == [
        (0, DELHI, 3, "fewest parcels: has 3 of it"),
        (0, PUNE, 2, "the only one with stock"),
    ]
    assert shelves == {DELHI: {KURTA: 0}, PUNE: {KURTA: 0}}


def test_a_complete_order_is_kept_at_one_location_or_not_at_all() -> None:
    shelves = {DELHI: {KURTA: 3}, PUNE: {KURTA: 2, SAREE: 1}}
    needs = [Need(0, KURTA, 3), Need(1, SAREE, 1)]
    assert plan(needs, shelves, ships=Ships.COMPLETE) == []
    assert shelves == {DELHI: {KURTA: 3}, PUNE: {KURTA: 2, SAREE: 1}}
    shelves[PUNE][KURTA] = 3
    assert {place for _, place, _, _ in plan(needs, shelves, ships=Ships.COMPLETE)} == {PUNE}


def test_two_lines_of_one_article_share_its_shelf() -> None:
    needs = [Need(0, KURTA, 3), Need(1, KURTA, 3)]
    assert plan(needs, {DELHI: {KURTA: 4}}, ships=Ships.COMPLETE) == []
    assert [(key, units) for key, _, units, _ in plan(needs, {DELHI: {KURTA: 4}})] == [(0, 3), (1, 1)]


def test_a_location_that_is_not_known_gives_nothing() -> None:
    assert routing.plan([Need(0, KURTA, 1)], {99: {KURTA: 4}}, PLACES, "", Rules(), Ships.SPLIT) == []
    assert routing.plan([Need(0, KURTA, 1)], {PUNE: {KURTA: 4}}, PLACES, "", Rules(), Ships.SPLIT) == [
        Take(0, ((KURTA, 1),), PUNE, 1, "the only one with everything")
    ]


def test_the_word_of_a_product_comes_before_that_of_its_channel() -> None:
    rules = Rules(channel_missing={"shopify": Missing.BACKORDER}, product_missing={"NEW-1": Missing.PREORDER})
    found = [rules.missing_of(*each) for each in (("shopify", "NEW-1"), ("shopify", "KUR-1"), ("manual", "KUR-1"))]
    assert found == [Missing.PREORDER, Missing.BACKORDER, Missing.OPEN]


def test_rules_are_read_as_they_were_written() -> None:
    rules = Rules(
        wishes=(Wish.NEAREST, Wish.PRIORITY, Wish.FEWEST_PARCELS, Wish.MOST_STOCK),
        locations=("PNQ", "DEL"),
        ships=Ships.COMPLETE,
        missing=Missing.BACKORDER,
        channel_ships={"amazon": Ships.SPLIT},
        channel_missing={"shopify": Missing.PREORDER},
        product_missing={"NEW-1": Missing.PREORDER},
    )
    assert routing.read(routing.written(rules)) == rules
    assert routing.read({}) == Rules()


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [("110001", "600001", 1_700, 1_850), ("400001", "411001", 100, 250), ("560001", "560099", 0, 0)],
)
def test_distances_are_about_right(one: str, other: str, low: int, high: int) -> None:
    assert low <= pins.distance_km(one, other) <= high
    assert pins.distance_km(one, "SW1A 1AA") == pins.distance_km("", other) == pins.UNKNOWN_KM
