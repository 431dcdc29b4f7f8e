"""A list opened from a figure holds what the figure counted, whatever happened in the shop since."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_app.domain.lifecycle import MoveDetails, Stage
from oms_app.services import metrics, moves, placement, search
from tests import make

pytestmark = pytest.mark.usefixtures("shop")

HOUR = timedelta(hours=1)


def test_orders_count_in_the_stage_in_which_they_stood():
    waiting, packed = make.order(), make.order(stage=Stage.PACKED)
    until = datetime.now(UTC)
    later = until + timedelta(seconds=5)
    moves.move(make.ADMIN, waiting.number, Stage.PROCESSING, version=waiting.version, at=later)
    details = MoveDetails(courier="Delhivery", awb="1")
    moves.move(make.ADMIN, packed.number, Stage.SHIPPED, version=packed.version, details=details, at=later)
    assert numbers("status:placed", until) == {waiting.number}
    assert numbers("status:packed", until) == {packed.number}
    assert numbers("status:open", until) == {waiting.number, packed.number}
    assert numbers("-status:placed", until) == {packed.number}
    assert numbers("left:placed", until) == {packed.number}
    assert numbers("left:packed", until) == set()
    assert numbers("status:shipped", until) == set()
    assert numbers("status:shipped", later) == {packed.number}


def test_an_order_that_reached_us_later_was_not_counted():
    known = make.order()
    until = datetime.now(UTC) - timedelta(seconds=5)
    assert numbers("", until) == set()
    placement.place(make.ADMIN, make.draft(placed_at=until - HOUR))
    assert numbers("", until) == set()
    assert len(numbers("", datetime.now(UTC))) == 2
    assert known.number in numbers("", datetime.now(UTC))


def test_a_late_order_stays_late_in_the_list_after_it_shipped():
    late = make.order(stage=Stage.PACKED, placed_at=datetime.now(UTC) - 72 * HOUR)
    until = datetime.now(UTC)
    details = MoveDetails(courier="Delhivery", awb="1")
    moves.move(make.ADMIN, late.number, Stage.SHIPPED, version=late.version, details=details, at=until + HOUR)
    assert numbers("is:late", until) == {late.number}
    assert numbers("is:shipped_late", until) == set()
    assert numbers("is:shipped_late", until + 2 * HOUR) == {late.number}


def test_the_backlog_opens_as_it_was():
    orders = [make.order() for _ in range(3)]
    shown = metrics.series(make.ADMIN, "backlog", by="age")
    moves.move(
        make.ADMIN,
        orders[0].number,
        Stage.CANCELLED,
        version=orders[0].version,
        details=MoveDetails(reason="by the buyer"),
        at=shown.until + timedelta(seconds=2),
    )
    assert shown.total.orders == 3
    assert search.count(make.ADMIN, shown.total.search, exact=True, until=shown.until).number == 3


def numbers(q: str, until: datetime) -> set[str]:
    """Numbers of the orders that a list of that moment holds; the exact count agrees."""
    found = {row.number for row in search.orders(make.ADMIN, q, until=until).rows}
    assert search.count(make.ADMIN, q, exact=True, until=until).number == len(found)
    return found
