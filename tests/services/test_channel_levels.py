"""What channels believe of our stock, article by article: wanted, taken, waiting and why not; told once more."""

import json

import pytest
from sqlmodel import SQLModel

from oms_app.db.engine import transaction
from oms_app.db.queries import channels as links
from oms_app.db.queries import demo_channels
from oms_app.domain.channel_levels import LevelSearch, LevelView
from oms_app.domain.channels import Article
from oms_app.domain.errors import Forbidden, Refused, Unavailable
from oms_app.domain.permissions import Role, system
from oms_app.domain.runs import Selection, Subject
from oms_app.services import catalogue, channel_levels, channel_stock, channels, demo, runs, sku_map, stock
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_channel_stock import listed, tell
from tests.services.test_intake import corner  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def _anew(shop: str) -> None:
    channel_stock.forget()


def seen(**search: object) -> dict[str, LevelView]:
    """The list by the channel's SKU."""
    return {each.channel_sku: each for each in channel_levels.page(make.ADMIN, LevelSearch(**search))}  # type: ignore[arg-type]


def test_every_article_says_what_is_wanted_what_was_taken_and_why_not(corner: CornerShop) -> None:  # noqa: F811
    cup, box = make.product("CUP", name="Clay cup", on_hand=9), make.product("BOX", on_hand=2)
    sku_map.put(make.ADMIN, channel="corner", channel_sku="CUP-X3", sku=cup, quantity=3)
    corner.others = [Article("7", "", "Nameless"), Article("8", "NK-1", "Dupatta"), Article("9", box, "Box, again")]
    listed(corner, cup, box, "CUP-X3")
    del corner.stock_by_sku[box]
    stock.adjust(make.ADMIN, box, "MAIN", 1, reason="Found")
    tell()
    rows = seen()
    assert [(r.sku, r.quantity, r.wanted, r.sent, r.why) for r in rows.values()] == [
        ("", 1, None, None, "It has no SKU on the channel: give it one there."),
        ("BOX", 1, 3, 2, "No such article."),
        ("CUP", 1, 9, 9, ""),
        ("CUP", 3, 3, 3, ""),
        ("", 1, None, None, "No product of ours has this SKU."),
    ]
    assert rows["CUP"].waits_since is None
    assert rows["CUP"].sent_at is not None
    assert rows["BOX"].waits_since is not None
    assert list(seen(problems=True)) == ["", "BOX", "NK-1"]
    assert (list(seen(sku=cup)), list(seen(words="dup"))) == (["CUP", "CUP-X3"], ["NK-1"])
    assert (list(seen(words="clay")), list(seen(channel="manual"))) == (["CUP", "CUP-X3"], [])
    whole = channel_levels.page(make.ADMIN)
    for at, each in enumerate(whole):
        assert channel_levels.page(make.ADMIN, after=each.place, limit=2) == whole[at + 1 : at + 3]
    written = json.loads(b"".join(channel_levels.export(make.ADMIN, "json", search=LevelSearch(problems=True))))
    assert [row["why"] for row in written][1] == "No such article."
    assert channel_levels.titles(make.ADMIN) == (("corner", "Corner"),)
    runs.start(make.ADMIN, "ignore", {}, Selection((("corner:NK-1", None),), subject=Subject.SKU))
    assert (seen()["NK-1"].why, list(seen(problems=True))) == ("It is ignored: not sold from here.", ["", "BOX"])


def test_the_reason_is_the_connection_s_where_nothing_is_wrong_with_the_article(
    corner: CornerShop,  # noqa: F811
) -> None:
    sku = make.product(on_hand=5)
    listed(corner, sku)
    stock.adjust(make.ADMIN, sku, "MAIN", 1, reason="Found")
    channel_stock.note()
    assert seen()[sku].why == "It is told within seconds."
    corner.fails = Unavailable("Nobody is there.")
    channel_stock.push("corner")
    assert seen()[sku].why == "The channel does not answer: Nobody is there."
    channels.pause(make.ADMIN, "corner", paused=True)
    assert seen()[sku].why == "The channel is paused."
    channels.pause(make.ADMIN, "corner", paused=False)
    tell()
    corner.stock_by_sku = {}
    with transaction() as tx:
        link = links.link_named(tx, "corner")
    channel_stock.take_list(link)
    assert seen(problems=True)[sku].why == "The channel did not list it the last time it was asked."


def test_some_or_all_that_are_found_are_told_once_more(corner: CornerShop) -> None:  # noqa: F811
    skus = [make.product(f"KUR-{units}", on_hand=units) for units in (3, 4, 5)]
    listed(corner, *skus)
    corner.stock_by_sku = dict.fromkeys(skus, 99)
    assert channel_levels.tell_again(make.ADMIN, [("corner", "KUR-3"), ("corner", "gone"), ("nowhere", "KUR-4")]) == 1
    tell()
    assert list(corner.stock_by_sku.values()) == [3, 99, 99]
    assert channel_levels.tell_found(make.ADMIN, LevelSearch(words="kur-5")) == 1
    tell()
    assert list(corner.stock_by_sku.values()) == [3, 99, 5]
    for tells, given in (
        (channel_levels.tell_again, [("corner", "KUR-4")]),
        (channel_levels.tell_found, LevelSearch()),
    ):
        with pytest.raises(Forbidden):
            tells(make.actor(Role.INVENTORY), given)  # type: ignore[operator]


def test_the_demo_shop_leaves_with_its_connections_and_what_channels_were_told_of_its_products(
    corner: CornerShop,  # noqa: F811
) -> None:
    guest, mine = make.product("GUEST", demo=True), make.product("MINE", on_hand=2)
    catalogue.add_channel(make.ADMIN, name="guest", title="Guest", kind="corner", currency="INR", demo=True)
    settings = {"address": "http://guest.example", "token": "guest-token"}
    with pytest.raises(Refused, match="another name"):
        channels.connect(make.ADMIN, kind="corner", name="guest", currency="INR", settings=settings)
    channels.connect(system("demo", "demo"), kind="corner", name="guest", currency="INR", settings=settings)
    with transaction() as tx:
        link = links.link_named(tx, "guest")
    listed(corner, guest, mine)
    channel_stock.take_list(link)
    demo.remove(make.ADMIN)
    assert [each.name for each in channels.linked(make.ADMIN)] == ["corner"]
    assert {name: (each.wanted, each.why) for name, each in seen().items()} == {
        "GUEST": (None, "No product of ours has this SKU."),
        "MINE": (2, ""),
    }
    of_a_channel = {
        table.name
        for table in SQLModel.metadata.tables.values()
        if any(key.column.table.name == "channel" for key in table.foreign_keys)
    }
    elsewhere = {"orders", "customer", "channel_buffer", "reconciliation_run", "settlement", "settlement_difference"}
    assert of_a_channel - elsewhere == set(demo_channels.OF_A_CHANNEL)
