"""An order of a channel that came into another one: its channel hears of it what the other one comes to."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import reading
from oms_app.db.queries import channels as links
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView
from oms_app.domain.reconciliation import Difference
from oms_app.services import cancellation, channel_calls, channel_tasks, merging, reconciliation_look
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_channel_tasks import tell, walk
from tests.services.test_intake import corner, ours, pull  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(autouse=True)
def _anew(shop: str) -> None:
    channel_tasks.forget()


def merged(corner: CornerShop, *others: str) -> OrderView:  # noqa: F811
    """C1, with all the others in it: each came into the one before."""
    for each in ("C1", *others):
        corner.sells(each, (make.product(on_hand=9), 2))
    pull()
    tell()
    before = ["C1", *others]
    for into, gone in reversed(list(zip(before, others, strict=False))):
        merging.merge(make.ADMIN, ours(into).number, ours(gone).number, version=ours(into).version)
    return ours("C1")


def differences(corner: CornerShop, *names: str) -> list[Difference]:  # noqa: F811
    """What a reconciliation finds of these orders, nothing being under way."""
    with reading() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        read = channel_calls.adapter_of(link.kind).read
        theirs = [read(corner.order(name).body) for name in names]
        later = datetime.now(UTC) + timedelta(hours=1)
        return [each for look in reconciliation_look.orders(tx, link, theirs, later) for each in look.differences]


def test_they_are_sent_when_the_order_they_came_into_is(corner: CornerShop) -> None:  # noqa: F811
    order = merged(corner, "C2", "C3")
    tell()
    assert corner.fulfilments == {}
    assert corner.cancelled == {}
    assert differences(corner, "C1", "C2", "C3") == []
    walk(order, Stage.SHIPPED)
    assert len(differences(corner, "C1", "C2", "C3")) == 3, "each is to be told"
    tell()
    tell()
    said = sorted((each.external_id, each.tracking, each.units) for each in corner.fulfilments.values())
    assert said == [("C1", "AWB1", (("C1-0", 2),)), ("C2", "AWB1", ()), ("C3", "AWB1", ())]
    assert corner.cancelled == {}
    assert corner.refunds == {}
    for minute, name in enumerate(("C2", "C3"), 1):
        [parcel] = [f"parcel-{key}" for key, each in corner.fulfilments.items() if each.external_id == name]
        corner.changes(name, minute=minute, status="shipped", parcels=[parcel])
    pull()
    assert (ours("C2").notes, ours("C2").stage) == ((), Stage.CANCELLED)
    assert differences(corner, "C2", "C3") == []


def test_they_are_cancelled_with_it(corner: CornerShop) -> None:  # noqa: F811
    order = merged(corner, "C2")
    cancellation.cancel(make.ADMIN, order.number, version=order.version, reason="Damaged")
    tell()
    assert sorted((each.external_id, each.reason) for each in corner.cancelled.values()) == [
        ("C1", "Damaged"),
        ("C2", "Damaged"),
    ]


def test_what_the_buyer_changes_of_it_there_holds_the_order_it_came_into(corner: CornerShop) -> None:  # noqa: F811
    merged(corner, "C2")
    corner.changes("C2", minute=1, status="cancelled")
    pull()
    [hold] = ours("C1").holds
    assert hold.reason.startswith(f"Order {ours('C2').number}, which came into this one. It was cancelled there")
