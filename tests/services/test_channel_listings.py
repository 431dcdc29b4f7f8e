"""Products of ours are put on sale on channels: once, told their stock from then on, and again where they went."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import channel_tasks as rows
from oms_app.db.queries import channels as links
from oms_app.domain.channel_tasks import TRIES
from oms_app.domain.channels import Article, Listing
from oms_app.domain.errors import Forbidden, NotFound, Refused, Rejected, Unavailable
from oms_app.domain.permissions import Role
from oms_app.domain.runs import Selection, Subject
from oms_app.services import (
    catalogue,
    channel_listings,
    channel_overview,
    channel_stock,
    channel_tasks,
    kits,
    products,
    runs,
    sku_map,
)
from oms_app.services.channel_listings import Presence
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_channel_stock import listed
from tests.services.test_channel_stock import tell as tell_levels
from tests.services.test_intake import corner, ours, pull  # noqa: F401
from tests.services.test_runs_goods import products_of, result

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def _anew(shop: str) -> None:
    channel_stock.forget()


def tell() -> None:
    """All that waits is told, however long it was to rest."""
    with transaction() as tx:
        for link in links.linked(tx):
            links.change_link(tx, link.channel_id, retry_at=None)
        tx.execute(rows.task.update().values(due=datetime.now(UTC) - timedelta(seconds=1)))
    while any(channel_tasks.work(name) for name in channel_tasks.due()):
        pass


def sell(sku: str) -> Presence:
    """Ask for it; how it stands there then."""
    [there] = channel_listings.sell(make.ADMIN, "corner", sku)
    return there


def there(sku: str) -> Presence:
    """How a product stands on the channel."""
    [found] = channel_listings.of_product(make.ADMIN, sku)
    return found


def refuse(corner: CornerShop) -> None:  # noqa: F811
    """The channel says no for the last time."""
    with transaction() as tx:
        tx.execute(rows.task.update().values(tries=TRIES - 1))
    corner.fails = Rejected("The title is too long.")
    tell()


def test_a_product_is_made_there_as_it_is_by_then_and_told_its_stock(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product("DUP-RED", on_hand=7, name="Dupatta")
    assert sell(sku).waits
    products.change(
        make.ADMIN, sku, name="Dupatta, red", price_micros=649_500_000, attributes={"description": "Cotton."}
    )
    tell()
    assert corner.taken_up == {sku: Listing(sku, "Dupatta, red", 649_500_000, "INR", True, description="Cotton.")}
    while channel_stock.push("corner"):
        pass
    assert corner.stock_by_sku == {sku: 7}
    [article] = there(sku).articles
    assert (article.title, article.wanted, article.sent, article.why) == ("Dupatta, red", 7, 7, "")
    kinds = [(each.kind, each.actor) for each in products.history(make.ADMIN, sku)]
    assert kinds[0] == ("listed", "Corner")
    assert "listing_asked" in dict(kinds)


def test_asked_twice_and_with_a_lost_answer_it_is_there_once(
    corner: CornerShop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sku = make.product(on_hand=3)
    sell(sku)
    with pytest.raises(Refused, match="It waits to be sold there already"):
        sell(sku)
    made, push = list[Article](), corner.push_product

    def lose(listing: Listing) -> Article:
        made.append(push(listing))
        if len(made) == 1:
            raise Unavailable("It did not answer in time.")
        return made[-1]

    monkeypatch.setattr(corner, "push_product", lose)
    tell()
    assert (there(sku).articles, there(sku).waits) == ((), True)
    tell()
    assert [each.external_id for each in made] == [sku, sku]
    assert list(corner.taken_up) == [sku]
    assert [each.channel_sku for each in there(sku).articles] == [sku]
    calls = corner.calls
    tell()
    assert corner.calls == calls
    with pytest.raises(Refused, match="It is sold there already"):
        sell(sku)


def test_what_is_refused_waits_for_somebody_and_can_be_done_again(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=3)
    sell(sku)
    refuse(corner)
    now = there(sku)
    assert (now.waits, now.can, now.why) == (False, True, "The title is too long.")
    [trouble] = channel_overview.troubles(make.ADMIN, "corner")
    assert (trouble.about, trouble.problem, trouble.tries) == (f"sale of {sku}", "The title is too long.", TRIES)
    assert channel_overview.one(make.ADMIN, "corner").refused == 1
    assert channel_overview.replay(make.ADMIN, [(trouble.part, trouble.id)]) == 1
    tell()
    assert list(corner.taken_up) == [sku]
    assert channel_overview.troubles(make.ADMIN, "corner") == ()


def test_asking_again_after_a_refusal_is_doing_it_again(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=3)
    sell(sku)
    refuse(corner)
    assert sell(sku).waits
    tell()
    assert list(corner.taken_up) == [sku]


def test_what_was_deleted_there_is_put_there_again_and_told_its_stock(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=4)
    sell(sku)
    tell()
    tell_levels()
    assert corner.stock_by_sku == {sku: 4}
    corner.stock_by_sku.clear()
    corner.taken_up.clear()
    listed(corner)
    assert there(sku).can
    sell(sku)
    tell()
    tell_levels()
    assert corner.stock_by_sku == {sku: 4}


def test_orders_are_told_before_products(corner: CornerShop) -> None:  # noqa: F811
    skus = [make.product(on_hand=3) for _ in range(7)]
    for sku in skus:
        sell(sku)
    corner.sells("C1", (skus[0], 1))
    pull()
    channel_tasks.forget()
    while channel_tasks.note():
        pass
    assert channel_tasks.work("corner")
    assert (corner.orders_by_id["C1"]["ours"], corner.taken_up) == (ours("C1").number, {})
    assert channel_tasks.work("corner")
    assert len(corner.taken_up) == 5


def test_a_preview_says_which_products_cannot_be_sold_there_and_why(corner: CornerShop) -> None:  # noqa: F811
    fit, off, free, there_already = (make.product(on_hand=5) for _ in range(4))
    kit = make.product()
    kits.set_parts(make.ADMIN, kit, {fit: 2})
    products.change(make.ADMIN, off, active=False)
    products.change(make.ADMIN, free, price_micros=0)
    catalogue.add_product(make.ADMIN, sku="WRAP", name="Wrapping", price_micros=1, currency="INR", kind="charge")
    catalogue.add_product(make.ADMIN, sku="EURO", name="Cup", price_micros=1_000_000, currency="EUR")
    waits, other, pack, single = (make.product(on_hand=1) for _ in range(4))
    sell(waits)
    sku_map.put(make.ADMIN, channel="corner", channel_sku=other, sku=fit, quantity=1)
    sku_map.put(make.ADMIN, channel="corner", channel_sku="PACK-3", sku=pack, quantity=3)
    sku_map.put(make.ADMIN, channel="corner", channel_sku="THEIRS", sku=single, quantity=1)
    listed(corner, there_already, "PACK-3", "THEIRS")
    chosen = products_of(fit, kit, off, free, there_already, "WRAP", "EURO", waits, other, pack, single, "NONE")
    seen = runs.preview(make.ADMIN, "list", {"channel": "corner"}, chosen)
    assert (seen.total, seen.can) == (12, 3)
    assert {each.sentence: each.numbers for each in seen.reasons} == {
        "It is not offered.": (off,),
        "It has no price.": (free,),
        "It is sold there already.": (there_already,),
        "It is a charge: it has no stock.": ("WRAP",),
        "Its price is in EUR, and Corner sells in INR.": ("EURO",),
        "It waits to be sold there already.": (waits,),
        "Its SKU is another article there: see the SKU map.": (other,),
        "It is sold there already, as THEIRS.": (single,),
        "There is no such product.": ("NONE",),
    }
    run = runs.start(make.ADMIN, "list", {"channel": "corner"}, chosen)
    assert (run.title, run.done, run.refused) == ("Sell on corner", 3, 9)
    tell()
    assert set(corner.taken_up) == {fit, kit, pack, waits}


def test_a_channel_that_is_not_connected_or_not_there_takes_up_nothing(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=1)
    [reason] = runs.preview(make.ADMIN, "list", {"channel": "manual"}, products_of(sku)).reasons
    [manual] = [each for each in catalogue.channels(make.ADMIN) if each.name == "manual"]
    assert reason.sentence == f"{manual.title} is not connected."
    with pytest.raises(NotFound, match="There is no channel “etsy”"):
        runs.start(make.ADMIN, "list", {"channel": "etsy"}, products_of(sku))


def test_a_channel_without_the_capability_says_so(corner: CornerShop, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    sku = make.product(on_hand=1)
    monkeypatch.setattr(channel_listings, "_takes", lambda kind: False)
    [reason] = runs.preview(make.ADMIN, "list", {"channel": "corner"}, products_of(sku)).reasons
    assert reason.sentence == "Corner takes up no products."
    assert channel_listings.outlets(make.ADMIN) == ()
    assert channel_listings.of_product(make.ADMIN, sku) == ()


def test_a_run_is_taken_back_while_the_channel_was_not_told(corner: CornerShop) -> None:  # noqa: F811
    first, second = make.product(on_hand=1), make.product(on_hand=1)
    run = runs.start(make.ADMIN, "list", {"channel": "corner"}, products_of(first))
    assert runs.undo(make.ADMIN, run.id).done == 1
    tell()
    assert (corner.taken_up, there(first).can, there(first).waits) == ({}, True, False)
    run = runs.start(make.ADMIN, "list", {"channel": "corner"}, products_of(first, second))
    tell()
    back = runs.undo(make.ADMIN, run.id)
    told = "Corner was told of it: take it off there."
    assert (back.done, result(back)) == (0, {first: told, second: told})
    assert set(corner.taken_up) == {first, second}


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.SERVICE, Role.ANALYST])
def test_who_may_not_edit_products_puts_none_on_a_channel(corner: CornerShop, role: Role) -> None:  # noqa: F811
    sku, actor = make.product(on_hand=1), make.actor(role)
    with pytest.raises(Forbidden):
        channel_listings.sell(actor, "corner", sku)
    with pytest.raises(Forbidden):
        runs.start(actor, "list", {"channel": "corner"}, Selection(((sku, None),), subject=Subject.PRODUCT))
    assert (there(sku).waits, there(sku).can) == (False, True)
    assert channel_overview.one(make.ADMIN, "corner").owed == 0
