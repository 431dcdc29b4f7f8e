"""Unknown SKUs: kept with what the channel says of them, guessed at, confirmed one by one or many at once, undone."""

import json

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import channel_articles as articles
from oms_app.db.queries import channels as links
from oms_app.domain.channels import Article
from oms_app.domain.errors import Forbidden, Malformed, NotFound
from oms_app.domain.holds import HoldKind
from oms_app.domain.permissions import Role
from oms_app.domain.runs import RowState, Run, Selection, Subject
from oms_app.domain.sku_queue import Search, Show
from oms_app.services import (
    channel_stock,
    holds,
    orders,
    run_work,
    runs,
    sku_confirming,
    sku_map,
    sku_queue,
    sku_suggestions,
)
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_channel_stock import listed, tell
from tests.services.test_intake import corner  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def _anew(shop: str) -> None:
    channel_stock.forget()
    sku_suggestions.forget()


def held(*skus: str, channel: str = "manual") -> str:
    """The number of an order on hold for SKUs that nobody knows."""
    lines = (make.line(sku, 2, name=f"Article {sku}", unit_price_micros=100_000_000) for sku in skus)
    order = make.order(*lines, channel=channel)
    holds.place(make.ADMIN, order.number, kind=HoldKind.SKU, reason="unknown")
    return order.number


def queue(show: Show = Show.OPEN, words: str = "") -> list[str]:
    """The SKUs in the queue."""
    return [each.channel_sku for each in sku_queue.page(make.ADMIN, Search(words, "", show))]


def problems(skus: set[str]) -> dict[str, str]:
    """What is wrong with the articles of the corner shop, by external id."""
    with transaction() as tx:
        return {row.external_id: row.problem for row in tx.execute(articles.article.select()) if row.sku in skus}


def act(action: str, *numbers: str, q: str | None = None, **given: object) -> Run:
    """Start a run over unknown SKUs and let it end."""
    chosen = Selection(tuple((number, None) for number in numbers), q, subject=Subject.SKU)
    run = runs.start(make.ADMIN, action, given, chosen)
    while run_work.work():
        pass
    return runs.get(make.ADMIN, run.id)


def test_articles_that_no_product_is_are_kept_with_the_reason(corner: CornerShop) -> None:  # noqa: F811
    ours = make.product("KUR", on_hand=4)
    corner.others = [
        Article("1", "", "Nameless"),
        Article("2", "NK-1", "Dupatta", barcode="8901"),
        Article("3", ours, "Kurta, again"),
    ]
    listed(corner, ours)
    assert problems({"", "NK-1", ours}) == {"1": "no_sku", "2": "unknown", "3": "twice", ours: "twice"}
    corner.others = [Article("2", "NK-1", "Dupatta")]
    listed(corner, ours)
    assert problems({"", "NK-1", ours}) == {"2": "unknown", ours: ""}
    assert queue() == ["NK-1"]


def test_an_article_that_becomes_known_is_told_its_stock_and_is_not_any_more_when_it_is_forgotten(
    corner: CornerShop,  # noqa: F811
) -> None:
    ours = make.product("KUR", on_hand=9)
    corner.others = [Article("2", "NK-1", "Kurta"), Article("4", "NK-4", "Stole")]
    listed(corner)
    corner.stock_by_sku |= {"NK-1": 0, "NK-4": 0}
    sku_map.put(make.ADMIN, channel="corner", channel_sku="NK-1", sku=ours, quantity=2)
    make.product("NK-4", on_hand=3)
    tell()
    assert (corner.stock_by_sku, queue()) == ({"NK-1": 4, "NK-4": 3}, [])
    sku_map.put(make.ADMIN, channel="corner", channel_sku="NK-1", sku="NK-4")
    tell()
    assert corner.stock_by_sku == {"NK-1": 3, "NK-4": 3}
    sku_map.remove(make.ADMIN, channel="corner", channel_sku="NK-1")
    make.order(make.line("NK-4"))
    tell()
    assert (corner.stock_by_sku, queue()) == ({"NK-1": 3, "NK-4": 2}, ["NK-1"])


def test_the_queue_is_what_orders_wait_for_and_what_channels_list(corner: CornerShop) -> None:  # noqa: F811
    number = held("NK-1", "NK-2", channel="corner")
    held("NK-1", channel="corner")
    corner.others = [Article("2", "NK-2", "Dupatta"), Article("3", "NK-3", "Stole")]
    listed(corner)
    rows = sku_queue.page(make.ADMIN)
    assert [(r.channel_sku, r.name, r.orders, r.units, r.articles, r.suggestions) for r in rows] == [
        ("NK-1", "Article NK-1", 2, 4, 0, None),
        ("NK-2", "Dupatta", 1, 2, 1, None),
        ("NK-3", "Stole", 0, 0, 1, None),
    ]
    assert rows[0].example == number
    assert sku_queue.page(make.ADMIN, limit=2) == rows[:2]
    assert sku_queue.page(make.ADMIN, after=("corner", "NK-2")) == rows[2:]
    assert (queue(Show.WAITING), queue(words="dup"), queue(words="corner:nk-3")) == (
        ["NK-1", "NK-2"],
        ["NK-2"],
        ["NK-3"],
    )
    assert sku_queue.count(make.ADMIN) == 3


def test_suggestions_follow_products_and_the_rules_of_the_channel() -> None:
    held("AMZ-KUR-M")
    make.product("KUR-M", name="Blue kurta, M")
    make.product("SAR", name="Silk sari")
    assert sku_suggestions.work_out() == 1
    assert queue(Show.SURE) == []
    sku_suggestions.set_rules(make.ADMIN, "manual", ["AMZ-", " "], ["-FBA"])
    assert sku_suggestions.rules(make.ADMIN)["manual"].prefixes == ("AMZ-",)
    assert (sku_suggestions.work_out(), sku_suggestions.work_out()) == (1, 0)
    [row] = sku_queue.page(make.ADMIN, Search(show=Show.SURE))
    assert row.best is not None
    assert (row.best.sku, row.best.reason) == ("KUR-M", "Our SKU without “AMZ-”, by the channel's rule.")
    with pytest.raises(NotFound):
        sku_suggestions.set_rules(make.ADMIN, "nowhere", ["A"], [])
    with pytest.raises(Malformed):
        sku_suggestions.set_rules(make.ADMIN, "manual", ["x" * 41], [])
    with pytest.raises(Forbidden):
        sku_suggestions.set_rules(make.actor(Role.ANALYST), "manual", ["A"], [])


def test_a_channel_may_have_what_is_sure_mapped_by_itself_but_not_what_was_taken_out() -> None:
    make.product("KUR-M", on_hand=9)
    number, other = held("AMZ-KUR-M"), held("AMZ-KUR-L")
    sku_suggestions.set_rules(make.ADMIN, "manual", ["AMZ-"], [], by_itself=True)
    sku_suggestions.work_out()
    assert (orders.get(make.ADMIN, number).holds, queue()) == ((), ["AMZ-KUR-L"])
    assert [hold.kind for hold in orders.get(make.ADMIN, other).holds] == ["sku"]
    [run] = runs.page(make.ADMIN)
    runs.undo(make.ADMIN, run.id)
    held("AMZ-KUR-M")
    sku_suggestions.forget()
    sku_suggestions.work_out()
    assert queue() == ["AMZ-KUR-L", "AMZ-KUR-M"]


def test_one_is_confirmed_its_orders_go_on_and_it_is_taken_back() -> None:
    make.product("KUR-M", on_hand=9)
    number = held("kur_m")
    sku_suggestions.work_out()
    run, went = sku_confirming.confirm(make.ADMIN, "manual:kur_m")
    assert (run.done, went, run.undoable) == (1, 1, True)
    order = orders.get(make.ADMIN, number)
    assert (order.holds, [line.sku for line in order.lines], queue()) == ((), ["KUR-M"], [])
    runs.undo(make.ADMIN, run.id)
    assert sku_map.page(make.ADMIN) == ()
    assert orders.get(make.ADMIN, number).holds == ()  # what went on stays as it is
    again, went = sku_confirming.confirm(make.ADMIN, "manual:kur_m", "KUR-M")
    assert (again.refused, went) == (1, 0)
    held("NK-X3")
    run, went = sku_confirming.confirm(make.ADMIN, "manual:NK-X3", "KUR-M", 3)
    assert [(name.channel_sku, name.quantity) for name in sku_map.page(make.ADMIN)] == [("NK-X3", 3)]
    with pytest.raises(NotFound):
        sku_confirming.confirm(make.ADMIN, "manual:NK-9", "NOTHING")
    with pytest.raises(Forbidden):
        sku_confirming.confirm(make.actor(Role.ANALYST), "manual:NK-9")


def test_all_that_are_sure_are_confirmed_at_once_with_a_row_for_each() -> None:
    for place in range(3):
        make.product(f"KUR-{place}", on_hand=9)
    numbers = [held(f"kur.{place}") for place in range(3)]
    held("UTTERLY-OTHER")
    sku_suggestions.work_out()
    chosen = Selection(q="is:sure", subject=Subject.SKU)
    seen = runs.preview(make.ADMIN, "confirm", {}, chosen)
    assert (seen.total, seen.can) == (3, 3)
    run = act("confirm", q="is:sure")
    assert (run.done, run.refused, queue()) == (3, 0, ["UTTERLY-OTHER"])
    assert [row.number for row in runs.results(make.ADMIN, run.id)] == [f"manual:kur.{place}" for place in range(3)]
    assert [orders.get(make.ADMIN, number).holds for number in numbers] == [(), (), ()]
    sku_map.put(make.ADMIN, channel="manual", channel_sku="kur.1", sku="KUR-2")
    back = runs.undo(make.ADMIN, run.id)
    assert [row.state for row in runs.results(make.ADMIN, back.id)] == [RowState.DONE, RowState.REFUSED, RowState.DONE]
    refused = act("confirm", "manual:UTTERLY-OTHER", "manual:gone")
    assert [row.message for row in runs.results(make.ADMIN, refused.id)] == [
        "What is suggested is too uncertain: say what it is.",
        "It is known by now, or nobody asks for it any more.",
    ]


def test_what_is_ignored_leaves_the_queue_unless_orders_wait_for_it(corner: CornerShop) -> None:  # noqa: F811
    held("NK-1", channel="corner")
    corner.others = [Article("2", "NK-2", "Gift card")]
    listed(corner)
    run = act("ignore", "corner:NK-1", "corner:NK-2")
    assert (run.done, run.refused, queue(), queue(Show.IGNORED)) == (1, 1, ["NK-1"], ["NK-2"])
    assert act("restore", "corner:NK-2").done == 1
    assert queue() == ["NK-1", "NK-2"]
    act("ignore", q="is:open gift")
    held("NK-2", channel="corner")
    assert queue() == ["NK-1", "NK-2"]  # an order came: it is asked for again
    with transaction() as tx:
        assert links.link_named(tx, "corner") is not None


def test_the_queue_is_saved_as_a_file() -> None:
    make.product("KUR-M", name="Kurta")
    held("kur_m")
    sku_suggestions.work_out()
    [row] = json.loads(b"".join(sku_queue.export(make.ADMIN, "json")))
    assert (row["channel_sku"], row["orders"], row["suggestion"], row["sure"]) == ("kur_m", 1, "KUR-M", "yes")
