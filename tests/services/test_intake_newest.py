"""Several messages of one order wait: what is wrong is said of the newest, by which they are judged."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import intake as rows
from oms_app.domain.intake import MessageState
from oms_app.services import channel_orders, intake
from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_intake import broken, corner, ours, post, states  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


def test_a_newest_message_that_cannot_be_taken_is_itself_what_somebody_looks_at(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=9)
    post("creation", order=corner.sells("C1", (sku, 1)))
    corner.changes("C1", minute=5, lines=[])  # it cannot be taken
    post("update", order=corner.orders_by_id["C1"])
    while intake.take():
        pass
    assert states() == [MessageState.WAITING, MessageState.DEAD]
    intake.take()
    assert ours("C1").units == 1
    assert states() == [MessageState.DONE, MessageState.DEAD]


def test_what_waits_before_a_message_that_is_tried_again_waits_with_it(
    corner: CornerShop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = corner.sells("C1", (make.product(on_hand=9), 1))
    post("creation", order=order)
    corner.changes("C1", minute=5)
    post("update", order=order)
    with monkeypatch.context() as patch:
        patch.setattr(channel_orders, "take_over", broken)
        for _ in range(3):
            intake.take()
    with transaction() as tx:
        waiting = rows.waiting(tx, MessageState.WAITING, datetime.now(UTC) + timedelta(hours=2), 9)
    assert sorted((each.tries, bool(each.problem)) for each in waiting) == [(0, False), (1, True)]
