"""Holds: why an order waits, who may say so, and that its stock waits with it."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_app.domain.errors import Forbidden, Malformed, NotFound, Refused
from oms_app.domain.lifecycle import Stage
from oms_app.domain.permissions import Role
from oms_app.services import events, holds, notes, orders, stock
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_a_hold_is_opened_and_released_with_who_and_why() -> None:
    sku = make.product(on_hand=5)
    order = make.order(make.line(sku, 2), stage=Stage.PROCESSING)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    held = holds.place(make.ADMIN, order.number, kind="address", reason=" no such street ", until=until)
    [hold] = held.holds
    assert (hold.kind, hold.reason, hold.until, hold.opened_by) == ("address", "no such street", until, "tests")
    assert stock.get(make.ADMIN, sku).reserved == 2
    blocked = {move.to: move.blocked for move in held.next_moves}
    assert blocked == {
        Stage.PLACED: "",
        Stage.READY: "On hold: address. Release the hold first.",
        Stage.CANCELLED: "",
    }
    released = holds.release(make.ADMIN, order.number, hold.id)
    assert released.holds == ()
    assert [event.kind for event in events.timeline(make.ADMIN, order.number)][-2:] == ["held", "released"]


def test_several_holds_are_released_one_by_one() -> None:
    order = make.order(stage=Stage.PROCESSING)
    for kind in ("fraud", "payment"):
        order = holds.place(make.ADMIN, order.number, kind=kind, reason="look")
    order = holds.release(make.ADMIN, order.number, order.holds[0].id)
    assert [hold.kind for hold in order.holds] == ["payment"]
    with pytest.raises(NotFound):
        holds.release(make.ADMIN, order.number, 999)


@pytest.mark.parametrize(
    ("role", "kind", "may"),
    [
        (Role.MANAGER, "fraud", True),
        (Role.INVENTORY, "stock", True),
        (Role.INVENTORY, "fraud", False),
        (Role.SERVICE, "customer", True),
        (Role.SERVICE, "stock", False),
        (Role.WAREHOUSE, "manual", False),
        (Role.ANALYST, "manual", False),
    ],
)
def test_a_role_holds_only_what_is_its_work(role: Role, kind: str, may: bool) -> None:
    order = make.order()
    if may:
        assert [hold.kind for hold in holds.place(make.actor(role), order.number, kind=kind, reason="x").holds] == [
            kind
        ]
        return
    with pytest.raises(Forbidden):
        holds.place(make.actor(role), order.number, kind=kind, reason="x")
    assert orders.get(make.ADMIN, order.number).holds == ()


def test_nobody_releases_a_hold_that_is_not_their_work() -> None:
    order = holds.place(make.ADMIN, make.order().number, kind="fraud", reason="look")
    with pytest.raises(Forbidden):
        holds.release(make.actor(Role.SERVICE), order.number, order.holds[0].id)
    assert len(orders.get(make.ADMIN, order.number).holds) == 1


@pytest.mark.parametrize("change", [{"kind": "mood"}, {"reason": " "}])
def test_a_hold_that_says_nothing_is_malformed(change: dict) -> None:
    order = make.order()
    with pytest.raises(Malformed):
        holds.place(make.ADMIN, order.number, **{"kind": "manual", "reason": "x"} | change)
    assert orders.get(make.ADMIN, order.number).version == 1


def test_what_has_left_the_building_is_not_held() -> None:
    order = make.order(stage=Stage.SHIPPED)
    with pytest.raises(Refused):
        holds.place(make.ADMIN, order.number, kind="manual", reason="x")
    assert orders.get(make.ADMIN, order.number).holds == ()


def test_notes_and_tags() -> None:
    number = make.order().number
    notes.add(make.actor(Role.WAREHOUSE), number, "  fragile  ")
    notes.change_tags(make.ADMIN, number, add=("VIP", "gift"))
    order = notes.change_tags(make.ADMIN, number, add=("vip",), remove=("gift", "never-there"))
    assert ([note.body for note in order.notes], order.tags) == (["fragile"], ("vip",))
    assert [event.kind for event in events.timeline(make.ADMIN, number)] == ["placed", "note_added", "tagged", "tagged"]


def test_a_tag_that_is_there_already_is_no_news() -> None:
    number = make.order(tags=("vip",)).number
    order = notes.change_tags(make.ADMIN, number, add=("vip",))
    assert (order.version, len(events.timeline(make.ADMIN, number))) == (1, 1)


@pytest.mark.parametrize("word", ["", "two words", "émile", "x" * 41, "-x"])
def test_a_word_that_cannot_be_a_tag_is_malformed(word: str) -> None:
    number = make.order().number
    with pytest.raises(Malformed):
        notes.change_tags(make.ADMIN, number, add=(word,))
    assert orders.get(make.ADMIN, number).tags == ()
