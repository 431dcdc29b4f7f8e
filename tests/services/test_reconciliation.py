"""A channel is held against the shop order by order; what differs is found, named, and mended once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import channel_tasks as owed
from oms_app.db.queries import channels as links
from oms_app.db.queries import orders as order_rows
from oms_app.domain.changes import Edit, LineEdit, RefundDraft
from oms_app.domain.channels import (
    Cancellation,
    ChannelOrder,
    ChannelParcel,
    Done,
    Fulfilment,
    Refund,
)
from oms_app.domain.errors import Forbidden, Malformed, Refused, Unavailable
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.domain.reconciliation import DifferenceKind as K
from oms_app.domain.reconciliation import RunState
from oms_app.integrations import registry
from oms_app.integrations.ports import Adapter
from oms_app.services import (
    background,
    cancellation,
    changes,
    channel_stock,
    channel_tasks,
    channels,
    orders,
    reconciliation,
    reconciliation_fixes,
    refunds,
    search,
    sku_map,
)
from oms_app.services import reconciliation_look as look
from tests import make
from tests.contract import corner_shop
from tests.contract.corner_shop import START, CornerShop
from tests.services.test_channel_tasks import walk
from tests.services.test_intake import TOKEN, pull

pytestmark = pytest.mark.usefixtures("shop")
SINCE = START - timedelta(days=2)
EARLIER = -60
"""Minutes: so long before the channel was connected that nothing is read of it any more."""


class Ledger(CornerShop):
    """A corner shop that keeps what it is told: the next look at an order shows it."""

    def adapter(self) -> Adapter:
        return replace(super().adapter(), read=read)

    def fulfil(self, fulfilment: Fulfilment) -> Done:
        done = super().fulfil(fulfilment)
        parcel = {"id": done.external_id, "tracking": fulfilment.tracking, "units": fulfilment.units}
        sent = self.orders_by_id[fulfilment.external_id].setdefault("sent", {})
        sent.setdefault(fulfilment.key, parcel)
        return done

    def cancel(self, cancellation: Cancellation) -> None:
        super().cancel(cancellation)
        self.orders_by_id[cancellation.external_id]["status"] = "cancelled"

    def refund(self, refund: Refund) -> Done:
        done = super().refund(refund)
        refunds = self.orders_by_id[refund.external_id]["refunds"]
        if all(name != done.external_id for name, _ in refunds):
            refunds.append((done.external_id, refund.amount))
        return done


def read(body: str) -> ChannelOrder:
    order = json.loads(body)
    if order["status"] == "puzzled":
        raise Malformed("There is no status “puzzled”.")
    sent = tuple(
        ChannelParcel(each["id"], "Delhivery", each["tracking"], START, tuple((a, b) for a, b in each["units"]))
        for each in order.get("sent", {}).values()
    )
    found = corner_shop.read(body)
    values: dict[str, Any] = {name: order[name] for name in ("total", "currency", "discount") if name in order}
    return replace(found, parcels=found.parcels + sent, **values)


@pytest.fixture
def corner(shop: str, monkeypatch: pytest.MonkeyPatch) -> CornerShop:
    """A connected channel whose orders have been read from START on; nothing counts as being under way."""
    make.trust()
    sold = Ledger()
    monkeypatch.setitem(registry.ADAPTERS, "corner", sold.adapter())  # type: ignore[misc]
    monkeypatch.setattr(look, "RECENT", timedelta(0))
    settings = {"address": "http://corner.example", "token": TOKEN}
    channels.connect(make.ADMIN, kind="corner", name="corner", title="Corner", currency="INR", settings=settings)
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        links.change_link(tx, link.channel_id, changed_at=START)
        links.move_position(
            tx, link.channel_id, "orders", {"since": START.isoformat(), "page": "", "seen": []}, datetime.now(UTC)
        )
        owed.move_cursor(tx, 0)
    channel_tasks.forget()
    channel_stock.forget()
    return sold


def tell() -> None:
    """The channel hears all that it is owed."""
    while channel_tasks.note():
        pass
    while channel_tasks.work("corner"):
        pass
    while channel_stock.note():
        pass
    while channel_stock.push("corner"):
        pass


def reconcile() -> reconciliation.Standing:
    """A run to its end."""
    run = reconciliation.start(make.ADMIN, "corner", SINCE, background=False)
    while reconciliation.work_on(run.id):
        pass
    return reconciliation.get(make.ADMIN, "corner")


def found() -> dict[str, str]:
    """What a run finds: kinds by the channel's id of the order, or its SKU."""
    reconcile()
    return {each.external_id: each.kind for each in reconciliation.differences(make.ADMIN, "corner")}


def ours(number: str) -> Any:
    [row] = search.orders(make.ADMIN, f"external:{number}").rows
    return orders.get(make.ADMIN, row.number)


def test_a_channel_that_agrees_shows_a_line_of_zero_differences(corner: CornerShop) -> None:
    sku = make.product(on_hand=50)
    corner.stock_by_sku = {sku: 0}
    for number in range(5):
        corner.sells(f"C{number}", (sku, 2), minute=number)
    pull()
    walk(ours("C0"), Stage.SHIPPED)
    with transaction() as tx:
        link = links.link_named(tx, "corner")
    channel_stock.take_list(link)
    tell()
    standing = reconcile()
    assert standing.last is not None
    assert (standing.last.orders, standing.last.levels, standing.differences) == (5, 1, 0)
    assert standing.last.state == RunState.DONE
    assert standing.running is None
    [job] = [each for each in background.jobs(make.ADMIN) if each.kind == "reconciliation"]
    assert (job.subject, job.state, job.done) == ("corner", "done", 5)


def injected(corner: CornerShop) -> dict[str, str]:
    """An order for each kind of difference that a button mends, and one that agrees; what is expected to be found."""
    sku = make.product("CUP", on_hand=90)
    names = ("FEWER", "MORE", "TOTAL", "PAID", "REFUND", "REFUND-LOST", "SENT-LOST", "GONE", "CANCEL-LOST", "FINE")
    for name in names:
        corner.sells(name, (sku, 3), minute=1)
    pull()
    for name in ("SENT-LOST", "FINE"):
        walk(ours(name), Stage.SHIPPED)
    back, cancelled = ours("REFUND-LOST"), ours("CANCEL-LOST")
    refund = RefundDraft("upi", 2_500, reference="")
    refunds.record(make.ADMIN, back.number, refund, version=back.version, reason="Goodwill")
    cancellation.cancel(make.ADMIN, cancelled.number, version=cancelled.version, reason="Broken")
    corner.stock_by_sku = {sku: 0}
    with transaction() as tx:
        link = links.link_named(tx, "corner")
    channel_stock.take_list(link)
    tell()
    assert found() == {}
    # From here on neither side hears of what happens to the other.
    shop = corner.orders_by_id
    corner.sells("MISSING", (sku, 1), minute=EARLIER)
    shop["FEWER"]["lines"][0]["units"] = 2
    more = ours("MORE")
    edit = Edit((LineEdit(more.lines[0].id, quantity=4),))
    changes.apply(make.ADMIN, more.number, edit, version=more.version, reason="By phone")
    shop["TOTAL"] |= {"total": 29_000, "discount": 1_000}
    with transaction() as tx:
        order_rows.change(tx, order_rows.find(tx, ours("PAID").number), captured=10_000)
    shop["REFUND"]["refunds"] = [("r1", 5_000)]
    shop["REFUND-LOST"]["refunds"] = []
    shop["SENT-LOST"]["sent"] = {}
    shop["GONE"]["status"] = "cancelled"
    shop["CANCEL-LOST"]["status"] = "open"
    tell()
    corner.stock_by_sku[sku] -= 7
    return {
        "MISSING": K.MISSING,
        "FEWER": K.LINES,
        "MORE": K.LINES,
        "TOTAL": K.TOTAL,
        "PAID": K.PAID,
        "REFUND": K.REFUNDED,
        "REFUND-LOST": K.REFUNDED,
        "SENT-LOST": K.SHIPPED,
        "GONE": K.CANCELLED,
        "CANCEL-LOST": K.CANCELLED,
        sku: K.STOCK,
    }


def test_every_difference_is_found_and_each_fix_mends_it(corner: CornerShop) -> None:
    expected = injected(corner)
    assert found() == expected
    for each in reconciliation.differences(make.ADMIN, "corner"):
        assert reconciliation_fixes.fix(make.ADMIN, each.id).fixed_at is not None
        reconciliation_fixes.fix(make.ADMIN, each.id)  # twice is once
    assert reconciliation.get(make.ADMIN, "corner").differences == 0
    tell()
    assert found() == {}
    assert [ours(name).units for name in ("MISSING", "FEWER", "MORE")] == [1, 2, 3]
    assert (ours("TOTAL").total, ours("PAID").captured, ours("REFUND").refunded) == (29_000, 30_000, 5_000)
    assert ours("GONE").stage == Stage.CANCELLED
    assert len(corner.refunds) == len(corner.cancelled) == 1


def test_all_of_them_are_mended_at_once(corner: CornerShop) -> None:
    expected = injected(corner)
    reconcile()
    assert reconciliation_fixes.fix_all(make.ADMIN, "corner", K.LINES) == (2, 0)
    assert reconciliation_fixes.fix_all(make.ADMIN, "corner") == (len(expected) - 2, 0)
    tell()
    assert found() == {}


def test_what_only_a_person_can_decide_says_so(corner: CornerShop) -> None:
    sku = make.product(on_hand=50)
    for name in ("UNKNOWN", "UNREADABLE", "SENT-THERE", "CURRENCY", "CANCELLED"):
        corner.sells(name, (sku, 2), minute=1)
    pull()
    walk(ours("CANCELLED"), Stage.SHIPPED)
    tell()
    shop = corner.orders_by_id
    del shop["UNKNOWN"]
    shop["UNREADABLE"] |= {"status": "puzzled"}
    shop["SENT-THERE"]["parcels"] = ["theirs"]
    shop["CURRENCY"]["currency"] = "USD"
    shop["CANCELLED"]["status"] = "cancelled"
    assert found() == {
        "UNKNOWN": K.UNKNOWN,
        "UNREADABLE": K.UNREADABLE,
        "SENT-THERE": K.SHIPPED,
        "CURRENCY": K.CURRENCY,
        "CANCELLED": K.CANCELLED,
    }
    for each in reconciliation.differences(make.ADMIN, "corner"):
        with pytest.raises(Refused, match="Nobody but a person"):
            reconciliation_fixes.fix(make.ADMIN, each.id)
    assert reconciliation_fixes.fix_all(make.ADMIN, "corner") == (0, 0)


def test_why_a_fix_did_not_work_stands_on_the_difference(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 3))
    pull()
    corner.orders_by_id["C1"]["lines"][0]["units"] = 2
    reconcile()
    walk(ours("C1"), Stage.PACKED)
    [difference] = reconciliation.differences(make.ADMIN, "corner")
    with pytest.raises(Refused, match="still so: Of .* the channel has 2, here are 3"):
        reconciliation_fixes.fix(make.ADMIN, difference.id)
    [difference] = reconciliation.differences(make.ADMIN, "corner")
    assert "still so" in difference.problem
    assert ours("C1").units == 3


def test_a_run_goes_on_where_the_channel_broke_off_and_counts_nothing_twice(corner: CornerShop) -> None:
    sku = make.product(on_hand=50)
    for number in range(5):
        corner.sells(f"C{number}", (sku, 1), minute=EARLIER)
    run = reconciliation.start(make.ADMIN, "corner", SINCE)
    told: list[int] = []

    def breaks(done: int, _of: int | None) -> None:
        told.append(done)
        if done == 2:
            corner.fails = Unavailable("Away.")

    with pytest.raises(Unavailable):
        reconciliation.work_on(run.id, breaks)
    standing = reconciliation.get(make.ADMIN, "corner")
    assert standing.running is not None
    assert (standing.running.orders, standing.running.problem) == (2, "Away.")
    assert reconciliation.start(make.ADMIN, "corner").id == run.id  # it is under way: the same one
    while reconciliation.work_on(run.id, breaks):
        pass
    standing = reconciliation.get(make.ADMIN, "corner")
    assert standing.last is not None
    assert (standing.last.orders, standing.differences) == (5, 5)


def test_what_is_just_being_told_is_under_way_and_no_difference(
    corner: CornerShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "RECENT", timedelta(minutes=2))
    corner.sells("C1", (make.product(on_hand=9), 3))
    pull()
    walk(ours("C1"), Stage.SHIPPED)
    standing = reconcile()
    assert standing.last is not None
    assert (standing.last.under_way, standing.differences) == (1, 0)


def test_a_pack_of_the_channel_is_compared_in_its_own_units(corner: CornerShop) -> None:
    cup = make.product("CUP-ONE", on_hand=60)
    sku_map.put(make.ADMIN, channel="corner", channel_sku="CUP-X6", sku=cup, quantity=6)
    corner.sells("C1", ("CUP-X6", 2))
    corner.sells("C2", ("CUP-X6", 2))
    pull()
    assert ours("C1").units == 12
    assert found() == {}
    corner.orders_by_id["C2"]["lines"][0]["units"] = 3
    assert found() == {"C2": K.LINES}
    assert reconciliation_fixes.fix_all(make.ADMIN, "corner") == (1, 0)
    assert ours("C2").units == 18


def test_every_channel_is_looked_at_once_a_night_unless_it_rests(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1))
    pull()
    assert reconciliation.due() == ["corner"]
    while reconciliation.work("corner"):
        pass
    assert reconciliation.due() == []
    channels.pause(make.ADMIN, "corner", paused=True)
    with pytest.raises(Refused, match="paused"):
        reconciliation.start(make.ADMIN, "corner")
    with pytest.raises(Forbidden):
        reconciliation.start(make.actor(Role.MANAGER), "corner")
