"""What an unknown SKU may be: what is called sure is right, and size, colour, measure and pack have to agree."""

from time import perf_counter

import pytest

from oms_app.domain.sku_match import Elsewhere, Matcher, Ours, Rules, Suggestion, Theirs

SHOP = (
    Ours("KUR-M-BLU", "Blue block-print kurta, M", "8901234567890"),
    Ours("KUR-L-BLU", "Blue block-print kurta, L", "8901234567906"),
    Ours("KUR-M-RED", "Red block-print kurta, M"),
    Ours("SAR-BAN-01", "Banarasi silk sari"),
    Ours("SAR-BAN-11", "Banarasi silk sari with zari border"),
    Ours("OIL-250", "Almond hair oil 250 ml"),
    Ours("OIL-500", "Almond hair oil 500 ml"),
    Ours("CUP", "Clay cup"),
    Ours("CUP-6", "Clay cups, set of 6", kit=True),
    Ours("A-1-10", "Brass lamp"),
    Ours("TEA", "Tea tray"),
    Ours("DUP", "Dupatta, cotton"),
)
RULES = Rules(("AMZ-", "sh_"), ("-FBA",))
MATCHER = Matcher(SHOP, {"lampe": Elsewhere("A-1-10", "Etsy", 2)})


def best(sku: str, title: str = "", barcode: str = "", rules: Rules = RULES) -> Suggestion | None:
    """The first suggestion."""
    return next(iter(MATCHER.suggest(Theirs(sku, title, barcode), rules)), None)


@pytest.mark.parametrize(
    ("theirs", "ours", "reason"),
    [
        (Theirs("X9", "Something", "8901234567890"), "KUR-M-BLU", "The same barcode, 8901234567890."),
        (Theirs("X9", "Something", "08901234567906"), "KUR-L-BLU", "The same barcode, 08901234567906."),
        (Theirs("kur_m_blu"), "KUR-M-BLU", "Our SKU but for capitals and separators."),
        (Theirs("SARBAN01", "Sari"), "SAR-BAN-01", "Our SKU but for capitals and separators."),
        (Theirs("AMZ-KUR-L-BLU-FBA"), "KUR-L-BLU", "Our SKU without “AMZ-” and “-FBA”, by the channel's rule."),
        (Theirs("SH_kur m red", "Kurta"), "KUR-M-RED", "Our SKU without “sh_”, by the channel's rule."),
        (
            Theirs("IN.KUR-M-RED.NEW", "Kurta, red, block-print (M)"),
            "KUR-M-RED",
            "Our SKU stands inside theirs, the name is 100 % alike.",
        ),
    ],
)
def test_what_cannot_well_be_anything_else_is_sure(theirs: Theirs, ours: str, reason: str) -> None:
    found = MATCHER.suggest(theirs, RULES)
    assert (found[0].sku, found[0].sure, found[0].quantity, found[0].reason) == (ours, True, 1, reason)
    assert not any(each.sure for each in found[1:])


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (Theirs("X1", "Blue block-print kurta, M"), "KUR-M-BLU"),  # the name alone
        (Theirs("X1", "Banarsi silk saree sari"), "SAR-BAN-01"),  # a typo
        (Theirs("A-11-0"), "A-1-10"),  # one number without the dashes, two with them
        (Theirs("AMZ-KUR-M-BLU-FBA", "Blue kurta size L"), "KUR-M-BLU"),  # the code says M, the name L
        (Theirs("KUR-M-BLU", "Red kurta"), "KUR-M-BLU"),
        (Theirs("X9", "Blue kurta, large", "8901234567890"), "KUR-M-BLU"),
        (Theirs("AMZ-OIL-250", "Almond hair oil, 500 ml"), "OIL-250"),
        (Theirs("MARKET-SAR-BAN-01-38", "Banarasi silk sari"), "SAR-BAN-01"),  # the 38 may say what it is
        (Theirs("LAMPE", "Lamp"), "A-1-10"),  # what another channel calls so
    ],
)
def test_what_may_be_something_else_is_likely_at_best(theirs: Theirs, ours: str) -> None:
    found = MATCHER.suggest(theirs, RULES)
    assert ours in [each.sku for each in found]
    assert not any(each.sure for each in found)


def test_another_size_colour_or_measure_is_no_suggestion() -> None:
    assert [each.sku for each in MATCHER.suggest(Theirs("K1", "Blue block-print kurta, size XXL"))] == []
    assert [each.sku for each in MATCHER.suggest(Theirs("K1", "Block-print kurta Green, medium"))] == []
    assert [each.sku for each in MATCHER.suggest(Theirs("K1", "Almond hair oil (500ml)"))] == ["OIL-500"]
    conflict = MATCHER.suggest(Theirs("X9", "Blue kurta, large", "8901234567890"))[-1]
    assert conflict.reason == "The same barcode, 8901234567890, but the size is M, theirs is L."


def test_a_pack_of_theirs_is_so_many_of_ours_and_a_kit_is_one() -> None:
    for theirs in (Theirs("CUP-X3", "Clay cup"), Theirs("AMZ-CUP-PK3"), Theirs("C9", "Clay cup, pack of 3")):
        found = MATCHER.suggest(theirs, RULES)[0]
        assert (found.sku, found.quantity, found.sure) == ("CUP", 3, False)
    kit = best("C6", "Set of 6 clay cups")
    assert kit is not None
    assert (kit.sku, kit.kit, kit.quantity) == ("CUP-6", True, 1)


def test_two_products_that_are_both_certain_are_neither() -> None:
    twins = Matcher([Ours("KUR-1", "Kurta", "8901"), Ours("kur.1", "Kurta", "8902"), Ours("DUP", "Dupatta", "8902")])
    for theirs in (Theirs("KUR_1"), Theirs("DUP", "", "8901"), Theirs("X", "", "8902")):
        found = twins.suggest(theirs)
        assert len(found) > 1
        assert not any(each.sure for each in found)


def test_nothing_is_made_of_nothing() -> None:
    assert MATCHER.suggest(Theirs("", "")) == ()
    assert MATCHER.suggest(Theirs("-", "!")) == ()
    assert Matcher([]).suggest(Theirs("KUR", "Kurta")) == ()
    assert best("TV", "Television set, 4K, 55 inch") is None


def test_twenty_thousand_products_are_asked_five_hundred_times_in_seconds() -> None:
    colours, sizes = ("Red", "Blue", "Green", "Black"), ("S", "M", "L", "XL", "2XL")
    products = [
        Ours(f"P{family:03d}-{size}-{colour[:3].upper()}", f"Kurta of weave {family} {colour} {size}")
        for family in range(1_000)
        for colour in colours
        for size in sizes
    ]
    theirs = [Theirs(f"AMZ-{each.sku}", each.name) for each in products[::80]]
    theirs += [Theirs(f"Z{place}", each.name) for place, each in enumerate(products[::80])]
    begun = perf_counter()
    matcher = Matcher(products)
    found = [matcher.suggest(each, RULES)[0].sku for each in theirs]
    assert perf_counter() - begun < 5
    assert found == [each.sku for each in products[::80]] * 2
