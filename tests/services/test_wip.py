"""Limits of the board's columns: who sets them, what is kept, and that they stop nobody."""

import pytest

from oms_app.db.engine import reading
from oms_app.db.queries import events as spine
from oms_app.domain.errors import Forbidden, Malformed
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.services import events, wip
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def changes():
    """(actor, before, after) of every change of the limits."""
    with reading() as tx:
        found = [events.view(row) for row in spine.after(tx, 0)]
    return [(each.actor, each.before, each.after) for each in found if each.kind == "wip_limits_changed"]


def test_limits_are_kept_and_their_change_is_recorded_once():
    assert wip.limits(make.ADMIN) == {}
    wip.set_limits(make.ADMIN, {Stage.PICKING: 10, Stage.PACKED: 0})
    wip.set_limits(make.ADMIN, {Stage.PICKING: 10})
    assert wip.limits(make.actor(Role.ANALYST)) == {Stage.PICKING: 10}
    wip.set_limits(make.ADMIN, {})
    assert wip.limits(make.ADMIN) == {}
    assert changes() == [("tests", {}, {"picking": 10}), ("tests", {"picking": 10}, {})]


def test_only_who_manages_settings_sets_limits():
    with pytest.raises(Forbidden):
        wip.set_limits(make.actor(Role.MANAGER), {Stage.PICKING: 10})
    assert (wip.limits(make.ADMIN), changes()) == ({}, [])


@pytest.mark.parametrize("wanted", [{Stage.PICKING: -1}, {Stage.PICKING: 100_000}, {Stage.DELIVERED: 5}])
def test_a_limit_is_a_small_positive_number_of_a_stage_in_work(wanted):
    with pytest.raises(Malformed):
        wip.set_limits(make.ADMIN, wanted)
    assert (wip.limits(make.ADMIN), changes()) == ({}, [])


def test_a_full_column_refuses_nothing():
    wip.set_limits(make.ADMIN, {Stage.PLACED: 1, Stage.PROCESSING: 1})
    orders = [make.move(make.order(), Stage.PROCESSING) for _ in range(3)]
    assert {order.stage for order in orders} == {Stage.PROCESSING}
