"""Moving many orders at once."""

import pytest

from oms_app.domain.errors import Forbidden
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.services import bulk, events, holds, orders
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_each_order_moves_on_its_own_and_a_refused_one_says_why():
    free, held = make.order(stage=Stage.READY), make.order(stage=Stage.READY)
    held = holds.place(make.ADMIN, held.number, kind="manual", reason="call first")
    before = len(events.timeline(make.ADMIN, held.number))

    report = bulk.move(make.ADMIN, [(free.number, free.version), (held.number, held.version)], Stage.PICKING)

    assert [(order.number, order.stage) for order in report.moved] == [(free.number, Stage.PICKING)]
    assert report.refused == ((held.number, "On hold: manual. Release the hold first."),)
    assert orders.get(make.ADMIN, held.number).stage is Stage.READY
    assert len(events.timeline(make.ADMIN, held.number)) == before


def test_nothing_moves_for_a_role_that_may_not():
    order = make.order()
    with pytest.raises(Forbidden):
        bulk.move(make.actor(Role.ANALYST), [(order.number, order.version)], Stage.PROCESSING)
    assert orders.get(make.ADMIN, order.number).stage is Stage.PLACED
