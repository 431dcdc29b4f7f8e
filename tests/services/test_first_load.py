"""What was sold before a channel was connected comes in page by page; what is over there is history here."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import channels as links
from oms_app.domain.errors import Malformed, Refused, Rejected, Unavailable
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView
from oms_app.integrations import registry
from oms_app.services import channel_tasks, channels, checks, first_load, intake, orders, search, stock
from oms_app.services.first_load import Load
from tests import make
from tests.contract.corner_shop import START, CornerShop

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def corner(shop: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CornerShop]:
    """A channel connected just now; what it sold before is not read by itself."""
    make.trust()
    sold = CornerShop()
    monkeypatch.setitem(registry.ADAPTERS, "corner", sold.adapter())  # type: ignore[misc]
    settings = {"address": "http://corner.example", "token": "corner-token"}
    channels.connect(make.ADMIN, kind="corner", name="corner", title="Corner", currency="INR", settings=settings)
    yield sold
    channel_tasks.forget()


def load() -> Load:
    """Load to the end, and take over what came; how it stands then."""
    first_load.begin(make.ADMIN, "corner", START - timedelta(days=1))
    while first_load.due():
        first_load.step("corner")
        while intake.take():
            pass
    return standing()


def standing() -> Load:
    """How the load stands."""
    with reading() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        found = first_load.standing(tx, link.channel_id)
    assert found is not None
    return found


def ours(number: str) -> OrderView:
    """Our order of theirs."""
    [row] = search.orders(make.ADMIN, f"external:{number}").rows
    return orders.get(make.ADMIN, row.number)


def test_orders_of_before_come_by_a_first_load_with_its_progress(corner: CornerShop) -> None:
    sku = make.product(on_hand=20)
    for number in range(5):
        corner.sells(f"C{number}", (sku, 1), minute=number)
    intake.fetch("corner")
    assert intake.take() is False
    assert search.orders(make.ADMIN).rows == ()
    done = load()
    assert (done.read, done.total, done.problem) == (5, 5, "")
    assert done.ended_at is not None
    assert stock.get(make.ADMIN, sku).reserved == 5


def test_a_load_that_was_cut_short_goes_on_where_it_was(corner: CornerShop) -> None:
    for number in range(4):
        corner.sells(f"C{number}", (make.product(on_hand=9), 1), minute=number)
    first_load.begin(make.ADMIN, "corner", START - timedelta(days=1))
    first_load.step("corner")
    corner.fails = Unavailable("Down.")
    first_load.step("corner")
    assert standing().read == 2
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        links.change_link(tx, link.channel_id, retry_at=None)
    while first_load.due():
        first_load.step("corner")
    assert standing().read == 4
    with pytest.raises(Malformed, match="past"):
        first_load.begin(make.ADMIN, "corner", datetime.now(UTC) + timedelta(days=1))


def test_one_load_at_a_time_and_it_can_be_stopped(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1))
    first_load.begin(make.ADMIN, "corner", START)
    with pytest.raises(Refused, match="is being loaded"):
        first_load.begin(make.ADMIN, "corner", START)
    first_load.stop(make.ADMIN, "corner")
    assert first_load.due() == []
    assert standing().problem == "It was stopped."
    corner.fails = Rejected("No permission to see orders older than 60 days.")
    first_load.begin(make.ADMIN, "corner", START)
    first_load.step("corner")
    assert "60 days" in standing().problem


def test_what_was_sent_before_is_history_here_and_nothing_is_told_of_it(corner: CornerShop) -> None:
    sku = make.product(on_hand=9)
    corner.sells("C1", (sku, 2), status="shipped", parcels=["p1"], refunds=[("r1", 5_000)])
    corner.sells("C2", (sku, 1), ("UNKNOWN", 1), status="delivered", parcels=["p2"], minute=1)
    corner.sells("C3", (sku, 1), status="cancelled", minute=2)
    load()
    first, second = ours("C1"), ours("C2")
    assert (first.stage, first.total, first.captured, first.refunded) == (Stage.SHIPPED, 20_000, 20_000, 5_000)
    assert [parcel.awb for parcel in first.parcels] == ["AWB-p1"]
    assert second.stage == Stage.DELIVERED
    assert not first.holds
    assert stock.get(make.ADMIN, sku).available == 9
    while channel_tasks.note():
        pass
    while any(channel_tasks.work(name) for name in channel_tasks.due()):
        pass
    assert not corner.fulfilments
    assert not corner.refunds
    corner.changes("C1", minute=9, refunds=[("r1", 5_000), ("r2", 1_000)])
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        links.move_position(tx, link.channel_id, intake.STREAM, channels.position(START), START)
    intake.fetch("corner")
    while intake.take():
        pass
    assert ours("C1").refunded == 6_000
    assert [check(make.ADMIN) for check in checks.CHECKS.values()] == [()] * len(checks.CHECKS)
