"""Products of ours in a Shopify store, which takes an SKU twice and finds it late: its handle is what is there once."""

from collections.abc import Iterator
from typing import Any

import pytest

from oms_app.domain.channels import Article, Level, Listing, Told
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.integrations.channels.shopify.products import handle
from oms_app.integrations.sandbox.shopify import ShopifySandbox
from oms_app.integrations.sandbox.shopify.products import UNINDEXED
from tests.contract.rig import Rig, connected

GIVEN = {
    "title": "Stole",
    "handle": "stole",
    "productOptions": [{"name": "Title", "values": [{"name": "Default Title"}]}],
    "variants": [{"sku": "NEW-1", "price": "1.00", "optionValues": [{"optionName": "Title", "name": "Default Title"}]}],
}


@pytest.fixture
def rig() -> Iterator[Rig]:
    with connected("shopify") as made:
        yield made


def sandbox(rig: Rig) -> ShopifySandbox:
    assert isinstance(rig.sandbox, ShopifySandbox)
    return rig.sandbox


def push(rig: Rig, **changed: Any) -> Article:
    """A product of ours is to be sold there."""
    fields = {"sku": "NEW-1", "title": "Kurta & Stole <M>", "price_micros": 1_290_500_000, "currency": "INR"}
    fields |= {"tax_included": True, "barcode": "X-12", "weight_g": 180, "description": "A < B\nDyed by hand"}
    channel: Any = rig.channel
    made: Article = channel.push_product(Listing(**fields | changed))
    return made


def test_a_product_is_made_as_a_draft_with_one_variant_that_is_counted(rig: Rig) -> None:
    made = push(rig)
    assert made == next(each for each in rig.channel.articles()[0] if each.sku == "NEW-1")
    assert (made.title, made.price_micros, made.barcode) == ("Kurta & Stole <M>", 1_290_500_000, "X-12")
    assert sandbox(rig).products.made["NEW-1"] == {
        "handle": handle("NEW-1"),
        "status": "DRAFT",
        "description": "A < B<br>Dyed by hand",
        "weight": {"unit": "GRAMS", "value": 180},
    }
    rig.calls.clear()
    assert rig.channel.stock([Level("NEW-1", 3)], "stock-1") == (Told("NEW-1", 3),)
    assert not any("inventoryActivate" in call.request for call in rig.calls), "it is kept at our location already"


def test_a_product_that_the_search_does_not_know_yet_is_found_by_its_handle(rig: Rig) -> None:
    rig.lose_answer_of_write = True
    with pytest.raises(Unavailable):
        push(rig)
    rig.shop.extra[UNINDEXED] = {"NEW-1"}
    before = len(rig.shop.articles)
    made = push(rig, title="Renamed meanwhile")
    assert (made.title, made.external_id) == ("Kurta & Stole <M>", str(rig.shop.articles["NEW-1"].number))
    assert len(rig.shop.articles) == before
    assert not any("productSet" in call.request for call in rig.calls[-1:])


def test_a_product_that_somebody_else_makes_meanwhile_is_taken_as_it_is(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = sandbox(rig).products
    make = products.set

    def twice(**given: Any) -> Any:
        make(given["input"] | {"title": "Theirs"})
        return make(**given)

    monkeypatch.setitem(sandbox(rig)._acts, "productSet", twice)
    assert push(rig).title == "Theirs"
    assert len(products.made) == 1


def test_an_address_that_another_article_has_is_refused_in_shopifys_words(rig: Rig) -> None:
    products = sandbox(rig).products
    products.set(GIVEN | {"handle": handle("NEW-9")})
    with pytest.raises(Rejected, match="already in use"):
        push(rig, sku="NEW-9")
    assert list(products.made) == ["NEW-1"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tax_included": False}, "give it a price with tax"),
        ({"currency": "EUR"}, "this price is in EUR"),
        ({"price_micros": 1_000}, "no price as fine as ₹0.001"),
    ],
)
def test_a_price_that_shopify_would_take_for_another_is_refused(rig: Rig, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(Rejected, match=said):
        push(rig, **changed)
    assert "NEW-1" not in rig.shop.articles


def test_a_store_whose_prices_are_without_tax_takes_such_prices(rig: Rig) -> None:
    sandbox(rig).taxes_included = False
    assert push(rig, tax_included=False).price_micros == 1_290_500_000
    with pytest.raises(Rejected, match="give it a price without tax"):
        push(rig, sku="NEW-2")


def test_the_case_of_an_sku_counts_though_the_search_takes_none(rig: Rig) -> None:
    lower = push(rig, sku="new-1")
    upper = push(rig)
    assert (lower.sku, upper.sku) == ("new-1", "NEW-1")
    assert lower.external_id != upper.external_id


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": ""}, "INVALID_PRODUCT"),
        ({"productOptions": None}, "PRODUCT_OPTIONS_INPUT_MISSING"),
        ({"productOptions": [{"name": "Size", "values": [{"name": "M"}]}]}, "OPTION_VALUE_DOES_NOT_EXIST"),
        ({"variants": [GIVEN["variants"][0] | {"price": "-1"}]}, "INVALID_VARIANT"),  # type: ignore[operator]
    ],
)
def test_the_sandbox_refuses_what_shopify_does(rig: Rig, changed: dict[str, Any], code: str) -> None:
    answer = sandbox(rig).products.set(GIVEN | changed)
    assert ([each["code"] for each in answer["userErrors"]], answer["product"]) == ([code], None)
    assert "NEW-1" not in rig.shop.articles


@pytest.mark.parametrize(
    ("sku", "expected"),
    [("DUP-RED", "dup-red-"), ("  É/1 ", "1-"), ("साड़ी", ""), ("A" * 3, "aaa-")],
)
def test_a_handle_is_of_the_sku_alone_and_of_letters_that_an_address_has(sku: str, expected: str) -> None:
    assert handle(sku)[:-8] == expected
    assert handle(sku) != handle(sku + "x")
