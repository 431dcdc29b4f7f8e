"""Products of ours on a Wix site: what either catalogue makes of them, and what is found again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from oms_app.domain.channels import Level, Listing, Told
from oms_app.domain.errors import Rejected, Unavailable
from oms_app.integrations.channels.wix.listing import slug_of
from oms_app.integrations.sandbox.wix import WixSandbox
from oms_app.integrations.sandbox.wix.shelves import LOCATION
from tests.contract.rig import Rig, connected
from tests.contract.test_wix_site import reroute
from tests.contract.wix_acts import LISTING

BOTH = pytest.mark.parametrize("catalogue", ["V3_CATALOG", "V1_CATALOG"])


@contextmanager
def selling(catalogue: str = "V3_CATALOG") -> Iterator[tuple[Rig, Any, WixSandbox]]:
    """A rig, its channel and its site, which has that catalogue."""
    with connected("wix") as rig:
        assert isinstance(rig.sandbox, WixSandbox)
        rig.sandbox.catalogue = catalogue
        yield rig, rig.channel, rig.sandbox


@BOTH
@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer-lost"])
def test_a_product_begins_hidden_and_counted_once(catalogue: str, lost: bool) -> None:
    with selling(catalogue) as (rig, channel, site):
        if lost:
            rig.lose_answer_of_write = True
            with pytest.raises(Unavailable):
                channel.push_product(LISTING)
        made = channel.push_product(LISTING)
        assert [each for each in channel.articles()[0] if each.sku == "DUP-RED"] == [made]
        assert channel.push_product(LISTING) == made
        sold = rig.shop.articles["DUP-RED"]
        assert (len(rig.shop.articles), sold.price, sold.stock, sold.tracked) == (4, 649_50, 0, True)
        assert site.shelves.hidden == {"DUP-RED"}
        assert channel.stock([Level("DUP-RED", 3)], "stock-1") == (Told("DUP-RED", 3),)


def test_what_the_search_does_not_know_of_yet_is_found_by_its_place() -> None:
    with selling() as (rig, channel, _site):
        made = channel.push_product(LISTING)
        reroute(rig, "/stores/v3/products/search-variants", lambda _said: {"variants": [], "pagingMetadata": {}})
        assert channel.push_product(LISTING) == made
        assert len(rig.shop.articles) == 4


def test_what_was_given_another_sku_there_is_not_made_again() -> None:
    with selling() as (rig, channel, site):
        channel.push_product(LISTING)
        renamed = rig.shop.articles["DUP-RED-2"] = rig.shop.articles.pop("DUP-RED")
        renamed.sku = site.shelves.slugs[slug_of("DUP-RED")] = "DUP-RED-2"
        with pytest.raises(Rejected, match="give it DUP-RED there"):
            channel.push_product(LISTING)
        assert len(rig.shop.articles) == 4


def test_at_a_named_location_its_stock_begins_with_its_first_level() -> None:
    with selling() as (rig, _channel, _site):
        rig.connection.settings["location"] = LOCATION
        channel: Any = rig.adapter.connect(rig.connection, rig.http)
        assert channel.push_product(LISTING).available is None
        assert channel.stock([Level("DUP-RED", 7)], "stock-1") == (Told("DUP-RED", 7),)
        assert rig.shop.articles["DUP-RED"].stock == 7


def test_what_the_seller_does_not_count_stays_uncounted() -> None:
    with selling("V1_CATALOG") as (rig, channel, _site):
        rig.shop.articles["SAR-BAN"].tracked = False
        assert channel.push_product(replace(LISTING, sku="SAR-BAN", title="Banarasi Saree")).title == "Banarasi Saree"
        assert rig.shop.articles["SAR-BAN"].tracked is False


@BOTH
@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (replace(LISTING, currency="USD"), "prices in INR, this one is in USD"),
        (replace(LISTING, title="Dupatta " * 11), "name or SKU is too long"),
    ],
)
def test_what_wix_does_not_take_is_refused_and_nothing_is_made(catalogue: str, wanted: Listing, said: str) -> None:
    with selling(catalogue) as (rig, channel, _site):
        with pytest.raises(Rejected, match=said):
            channel.push_product(wanted)
        assert len(rig.shop.articles) == 3


def test_skus_that_read_alike_have_places_of_their_own() -> None:
    assert [slug_of(sku).rpartition("-")[0] for sku in ("A/1", "A-1", "लाल")] == ["a-1", "a-1", ""]
    assert len({slug_of(sku) for sku in ("A/1", "A-1", "लाल", "a-1")}) == 4
