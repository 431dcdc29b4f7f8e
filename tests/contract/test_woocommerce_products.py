"""Products of ours in a WooCommerce shop: its markup, its units, its taxes, and somebody who was faster."""

from collections.abc import Iterator
from typing import Any

import pytest

from oms_app.domain.channels import Article, Listing
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.integrations.sandbox.woocommerce import WooCommerceSandbox
from oms_app.integrations.sandbox.woocommerce.acts import Refused
from tests.contract.rig import Rig, connected


@pytest.fixture
def rig() -> Iterator[Rig]:
    with connected("woocommerce") as made:
        yield made


def sandbox(rig: Rig) -> WooCommerceSandbox:
    assert isinstance(rig.sandbox, WooCommerceSandbox)
    return rig.sandbox


def push(rig: Rig, **changed: Any) -> Article:
    """A product of ours is to be sold there."""
    fields = {"sku": "NEW-1", "title": "Kurta & Stole <M>", "price_micros": 1_290_500_000, "currency": "INR"}
    fields |= {"tax_included": True, "barcode": "8901234567894", "weight_g": 180, "description": "A < B"}
    channel: Any = rig.channel
    made: Article = channel.push_product(Listing(**fields | changed))
    return made


def test_a_product_is_made_as_a_draft_whose_words_are_no_markup(rig: Rig) -> None:
    made = push(rig)
    assert made == next(each for each in rig.channel.articles()[0] if each.sku == "NEW-1")
    assert (made.title, made.price_micros, made.barcode) == ("Kurta & Stole <M>", 1_290_500_000, "8901234567894")
    product = sandbox(rig).acts.product(rig.shop.articles["NEW-1"])
    assert (product["name"], product["description"]) == ("Kurta &amp; Stole &lt;M&gt;", "A &lt; B")
    assert (product["status"], product["regular_price"], product["weight"]) == ("draft", "1290.50", "0.18")
    assert (product["manage_stock"], product["stock_quantity"]) == (True, 0)


def test_a_backslash_is_kept_and_an_sku_that_wordpress_would_clean_is_refused(rig: Rig) -> None:
    assert push(rig, title="Kurta \\ Stole").title == "Kurta \\ Stole"
    for sku in ("A  B", "A<B", "A%20B", " AB"):
        with pytest.raises(Rejected, match="would change the SKU"):
            push(rig, sku=sku)
    assert push(rig, sku="A B/50%&C", barcode="").sku == "A B/50%&C"


@pytest.mark.parametrize(("unit", "weight"), [("g", "180"), ("kg", "0.18"), ("oz", "6.3493"), ("lbs", "0.3968")])
def test_a_weight_is_told_in_the_shops_own_unit(rig: Rig, unit: str, weight: str) -> None:
    sandbox(rig).settings["products/woocommerce_weight_unit"] = unit
    push(rig)
    assert sandbox(rig).acts.product(rig.shop.articles["NEW-1"])["weight"] == weight


@pytest.mark.parametrize(
    ("taxes", "entered_with", "price_with", "taken"),
    [("yes", "yes", False, False), ("yes", "no", True, False), ("yes", "no", False, True), ("no", "no", True, True)],
)
def test_a_price_is_told_only_as_the_shop_enters_prices(
    rig: Rig, taxes: str, entered_with: str, price_with: bool, taken: bool
) -> None:
    sandbox(rig).settings["general/woocommerce_calc_taxes"] = taxes
    sandbox(rig).settings["tax/woocommerce_prices_include_tax"] = entered_with
    if taken:
        assert push(rig, tax_included=price_with).price_micros == 1_290_500_000
        return
    with pytest.raises(Rejected, match="give it a price with"):
        push(rig, tax_included=price_with)
    assert "NEW-1" not in rig.shop.articles


def test_a_product_that_somebody_else_makes_meanwhile_is_taken_as_it_is(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = sandbox(rig).acts.make, []

    def twice(said: dict[str, Any]) -> Any:
        made.append(make(said | {"name": "Theirs"}))
        return make(said)

    monkeypatch.setattr(sandbox(rig).acts, "make", twice)
    assert push(rig).title == "Theirs"
    assert [rig.shop.articles["NEW-1"]] == made


def test_an_sku_that_woocommerce_holds_and_does_not_show_is_tried_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(_said: dict[str, Any]) -> None:
        raise Refused("Already under processing.", "woocommerce_rest_product_not_created", 400)

    monkeypatch.setattr(sandbox(rig).acts, "make", held)
    with pytest.raises(Unavailable, match="in the trash"):
        push(rig)


def test_a_barcode_is_there_once_and_one_that_is_no_number_is_left_out(rig: Rig) -> None:
    assert push(rig).barcode == "8901234567894"
    assert push(rig, sku="NEW-2", barcode="X-12-AB").barcode == ""
    with pytest.raises(Rejected, match="Invalid or duplicated GTIN"):
        push(rig, sku="NEW-3")
    assert "NEW-3" not in rig.shop.articles


def test_a_variation_is_sold_already_and_a_product_with_variations_is_not_one_article(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox(rig).acts.vary("Festival wear", "KUR-IND-M", "SAR-BAN")
    assert push(rig, sku="SAR-BAN") == next(each for each in rig.channel.articles()[0] if each.sku == "SAR-BAN")
    product = sandbox(rig).acts.product
    monkeypatch.setattr(sandbox(rig).acts, "product", lambda article: product(article) | {"type": "variable"})
    with pytest.raises(Rejected, match="SKUs of their own"):
        push(rig, sku="DIYA-12")
