"""The Today page counts what waits for a role, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import reading
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.permissions import Role
from oms_app.services import holds, identity, order_page, orders, search, sign_in, today, users
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def counts(role: Role = Role.ADMIN) -> dict[str, int]:
    return {queue.name: count for queue, count in today.read(make.actor(role)).queues}


def test_every_queue_counts_its_orders() -> None:
    now = datetime.now(UTC)
    make.order(placed_at=now - timedelta(hours=50))
    make.order(placed_at=now - timedelta(hours=45), stage=Stage.READY)
    held = make.order()
    holds.place(make.ADMIN, held.number, kind="address", reason="no such PIN")
    make.order(make.line(make.product(on_hand=1), 3))
    make.order(stage=Stage.SHIPPED)
    make.order(stage=Stage.PACKED)
    assert counts() == {
        "late": 1,
        "due": 1,
        "will_miss": 0,
        "held": 1,
        "shortfall": 1,
        "placed": 3,
        "processing": 0,
        "ready": 1,
        "picking": 0,
        "packed": 1,
    }
    assert today.read(make.ADMIN).open_orders == 5


def test_every_count_is_that_of_the_list_it_opens() -> None:
    now = datetime.now(UTC)
    for hours in (60, 47, 3):
        for stage in FLOW:
            make.order(placed_at=now - timedelta(hours=hours), stage=stage)
    short = make.order(make.line(make.product(on_hand=1), 3))
    holds.place(make.ADMIN, short.number, kind="stock", reason="ordered more")
    make.move(make.order(make.line(make.product(on_hand=1), 3)), Stage.CANCELLED)
    for actor in (make.ADMIN, make.actor("warehouse", location_id=1)):
        found = today.read(actor)
        counted = {queue.name: count for queue, count in found.queues}
        listed = {q.name: search.count(actor, q.q, exact=True, until=found.at).number for q, _ in found.queues}
        assert counted == listed


def test_a_role_sees_its_own_queues() -> None:
    assert list(counts(Role.WAREHOUSE)) == ["late", "due", "will_miss", "ready", "picking", "packed"]
    assert list(counts(Role.INVENTORY)) == ["shortfall", "held", "late", "due"]


def test_a_warehouse_worker_sees_their_own_location_only() -> None:
    order = make.order(stage=Stage.READY)
    own = today.read(make.actor("warehouse", location_id=1))
    other = today.read(make.actor("warehouse", location_id=999))
    assert order.location == "MAIN"
    assert {queue.name: count for queue, count in own.queues}["ready"] == 1
    assert sum(count for _, count in other.queues) == 0


def test_orders_one_changed_last_come_first_and_names_are_masked_for_analysts() -> None:
    first, second = make.order(), make.order()
    make.move(first, Stage.PROCESSING)
    seen = today.read(make.ADMIN).touched
    assert [each.number for each in seen] == [first.number, second.number]
    assert seen[0].customer == "Asha Rao"
    assert today.read(make.actor("analyst")).touched == ()


def test_first_steps_are_for_admins_until_they_are_put_away() -> None:
    password = "a horse that is correct"
    users.add(make.ADMIN, "owner@shop.example", role="admin", password=password)
    owner = identity.person(sign_in.sign_in("owner@shop.example", password, address="", agent="")).actor
    assert [step.done for step in today.read(owner).steps] == [False] * 5
    make.order(stage=Stage.SHIPPED)
    assert {step.name for step in today.read(owner).steps if step.done} == {"product", "shipped"}
    users.set_preferences(owner, checklist=False)
    assert today.read(owner).steps == ()
    assert today.read(make.actor("manager")).steps == ()


def test_the_file_of_an_order_holds_everything_of_one_moment() -> None:
    older, order, newer = make.order(), make.order(), make.order()
    found = order_page.read(make.ADMIN, order.number)
    assert found.order.number == order.number
    assert [event.kind for event in found.events] == ["placed"]
    assert {found.older, found.newer} == {older.number, newer.number}


def test_the_neighbours_of_an_order_are_those_of_the_list_it_was_found_in_and_of_what_one_may_see() -> None:
    first, _shipped, order, last = make.order(), make.order(stage=Stage.SHIPPED), make.order(), make.order()
    found = order_page.read(make.ADMIN, order.number, "status:placed")
    assert (found.older, found.newer) == (first.number, last.number)
    assert order_page.read(make.ADMIN, first.number, "status:shipped").older is None


def test_a_neighbour_at_another_location_is_not_named() -> None:
    unallocated = make.order(make.line(make.product(on_hand=0)))
    order = make.order(make.line(make.product(on_hand=1)))
    with reading() as tx:
        main = orders.visible(tx, make.ADMIN, order.number).location_id
    packer = make.actor("warehouse", location_id=main)
    assert unallocated.location == ""
    assert order_page.read(packer, order.number).older is None
