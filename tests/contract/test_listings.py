"""Products of ours that a channel is to sell: made there once, whatever happens on the way."""

from typing import Any

import pytest

from oms_app.domain.channels import Article, Capability, Level, Listing, Told
from oms_app.domain.errors import Unavailable
from tests.contract.rig import channels, connected
from tests.contract.test_orders_in import walk_articles

LISTING = Listing("DUP-RED", "Dupatta, red", 649_500_000, "INR", True, "8901234567894", 180, "Cotton, hand-dyed.")


@channels(Capability.LISTING)
@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer-lost"])
def test_a_product_is_sold_there_once(kind: str, lost: bool) -> None:
    with connected(kind) as rig:
        channel: Any = rig.channel
        if lost:
            rig.lose_answer_of_write = True
            with pytest.raises(Unavailable):
                channel.push_product(LISTING)
        before = len(rig.shop.articles)
        made = channel.push_product(LISTING)
        assert channel.push_product(LISTING) == made
        assert len(rig.shop.articles) == (before if lost else before + 1)
        sold = rig.shop.articles["DUP-RED"]
        assert (sold.title, sold.price, sold.barcode) == ("Dupatta, red", 649_50, LISTING.barcode)
        assert (made.sku, made.title) == ("DUP-RED", "Dupatta, red")
        assert walk_articles(rig)["DUP-RED"] == ("Dupatta, red", 649_500_000, 0)


@channels(Capability.LISTING)
def test_its_stock_is_counted_from_then_on(kind: str) -> None:
    with connected(kind) as rig:
        channel: Any = rig.channel
        channel.push_product(LISTING)
        assert rig.channel.stock([Level("DUP-RED", 12)], "stock-1") == (Told("DUP-RED", 12),)
        assert rig.shop.articles["DUP-RED"].stock == 12


@channels(Capability.LISTING)
def test_what_is_sold_there_already_stays_as_the_seller_wrote_it(kind: str) -> None:
    with connected(kind) as rig:
        channel: Any = rig.channel
        found: Article = channel.push_product(Listing("SAR-BAN", "Another title", 1_000_000, "INR", True))
        assert (found.sku, found.title) == ("SAR-BAN", "Banarasi Saree")
        sold = rig.shop.articles["SAR-BAN"]
        assert (sold.title, sold.price, sold.stock) == ("Banarasi Saree", 8_499_50, 5)
