"""Products of ours in a real Vendure: `make test-live`."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from oms_app.domain.channels import Article, Level, Listing, Told
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.integrations.channels.vendure.channel import Vendure as Channel
from oms_app.integrations.channels.vendure.listing import slug_of
from tests.contract.vendure_acts import Dropping, channel, fulfilment, lines
from tests.contract.vendure_server import Vendure, vendure

pytestmark = pytest.mark.live

LISTING = Listing("DUP/RED", "Dupatta, red", 649_500_000, "INR", True, "8901234567894", 180, "Cotton & silk.\nBy hand.")
_PRODUCT = (
    "query ($slug: String!) { product(slug: $slug) { enabled name description variants { id sku price trackInventory "
    "priceWithTax stockLevels { stockLocation { name } stockOnHand } } } }"
)


@pytest.fixture(scope="module")
def shop() -> Iterator[Vendure]:
    """One running shop for these tests."""
    with vendure() as running:
        yield running


@pytest.mark.parametrize("lost", ["", "CreateProduct", "CreateVariants"])
def test_a_product_is_made_there_once_and_nobody_buys_it_yet(shop: Vendure, lost: str) -> None:
    wanted = replace(LISTING, sku=f"{LISTING.sku}-{lost}")
    to, before = channel(shop, transport=Dropping(lost)), _products(shop)
    if lost:
        with pytest.raises(Unavailable) as error:
            to.push_product(wanted)
        assert error.value.details["sent"] is True
    made = to.push_product(wanted)
    assert to.push_product(wanted) == made
    assert _products(shop) == before + 1
    assert _listed(to)[wanted.sku] == made  # though it is disabled
    assert (made.title, made.price_micros, made.available) == ("Dupatta, red", 649_500_000, 0)
    there = shop.admin(_PRODUCT, slug=slug_of(wanted.sku))["product"]
    assert (there["enabled"], there["name"]) == (False, "Dupatta, red")
    assert there["description"] == "<p>Cotton &amp; silk.</p><p>By hand.</p>"
    [variant] = there["variants"]
    assert (variant["sku"], variant["priceWithTax"], variant["trackInventory"]) == (wanted.sku, 64_950, "TRUE")
    at = {each["stockLocation"]["name"]: each["stockOnHand"] for each in variant["stockLevels"]}
    assert at["Default Stock Location"] == 0
    assert to.stock([Level(wanted.sku, 12)], "stock-1") == (Told(wanted.sku, 12),)
    assert _listed(to)[wanted.sku].available == 12
    shop.variants[wanted.sku] = variant["id"]
    with pytest.raises(AssertionError):
        shop.buy({wanted.sku: 1})


def test_what_is_sold_there_already_stays_as_the_seller_wrote_it(shop: Vendure) -> None:
    to = channel(shop)
    before = _listed(to)["LAMP-1"]
    assert to.push_product(Listing("LAMP-1", "Another title", 1_000_000, "INR", True)) == before
    assert _listed(to)["LAMP-1"] == before


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"currency": "USD"}, "Vendure's prices are in INR"),
        ({"tax_included": False}, "Vendure keeps prices with their tax, this one is without"),
    ],
)
def test_a_price_that_means_something_else_there_is_refused(
    shop: Vendure, changed: dict[str, str | bool], said: str
) -> None:
    before = _products(shop)
    with pytest.raises(Rejected, match=said):
        channel(shop).push_product(replace(LISTING, sku="NEW-1", **changed))  # type: ignore[arg-type]
    assert _products(shop) == before


def test_a_channel_without_tax_takes_net_prices_and_no_sku_of_another_channel(shop: Vendure) -> None:
    trade = channel(shop, "trade")
    made = trade.push_product(replace(LISTING, sku="NET-1", tax_included=False))
    assert (made.price_micros, _listed(trade)["NET-1"]) == (649_500_000, made)
    channel(shop).push_product(replace(LISTING, sku="RETAIL-1"))
    before = _products(shop)
    with pytest.raises(Rejected, match="in another of its channels"):
        trade.push_product(replace(LISTING, sku="RETAIL-1", tax_included=False))
    assert _products(shop) == before


def test_a_parcel_without_named_units_holds_all_that_is_left(shop: Vendure) -> None:
    to = channel(shop)
    order = shop.buy({"LAMP-1": 3, "BOWL-2": 1})["id"]
    mine = lines(to, order)
    to.fulfil(fulfilment(order, {mine["LAMP-1"]: 2}))
    rest = fulfilment(order, {}, key="parcel-2", tracking="DL101")
    assert to.fulfil(rest) == to.fulfil(rest)
    parcels = shop.admin(
        "query ($id: ID!) { order(id: $id) { fulfillments { trackingCode lines { orderLineId quantity } } } }", id=order
    )["order"]["fulfillments"]
    held = {each["trackingCode"]: {line["orderLineId"]: line["quantity"] for line in each["lines"]} for each in parcels}
    assert held == {"DL100": {mine["LAMP-1"]: 2}, "DL101": {mine["LAMP-1"]: 1, mine["BOWL-2"]: 1}}
    with pytest.raises(Rejected, match="nothing left to ship"):
        to.fulfil(fulfilment(order, {}, key="parcel-3", tracking="DL102"))


def _products(shop: Vendure) -> int:
    return int(shop.admin("{ products(options: { take: 1 }) { totalItems } }")["products"]["totalItems"])


def _listed(to: Channel) -> dict[str, Article]:
    return {each.sku: each for each in to.articles()[0]}
