"""The board as it travels: snapshot and patches on the server, columns and wishes in the browser's own code."""

import asyncio
import json
import random
import subprocess
from typing import Any

import pytest

from oms_app.cli import frontend
from oms_app.domain.board import Side
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.domain.orders import PaymentMethod
from oms_app.domain.permissions import Role
from oms_app.domain.runs import Selection
from oms_app.services import board as service
from oms_app.services import events, holds, runs, wip
from oms_app.settings import ROOT
from oms_app.state import board_live
from oms_app.state.board_live import PLACES, LiveBoard, room_of
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
OPEN = (Stage.PLACED, Stage.PROCESSING, Stage.READY, Stage.PICKING)


def live(q: str = "", **limits: int) -> LiveBoard:
    """A board that was read once."""
    seen = LiveBoard("board:test", make.ADMIN, q, {Stage(stage): limit for stage, limit in limits.items()})
    seen.load()
    return seen


def in_browser(script: str, **values: Any) -> Any:
    """What `script` returns in Node, with `columns.js` as `c` and the values by name."""
    source = (ROOT / "assets/board/columns.js").as_uri()
    program = f"const {{{', '.join(values)}}} = {json.dumps(values)};\nconst c = await import({source!r});\n"
    program += f"console.log(JSON.stringify((() => {{ {script} }})()));"
    command = [frontend.node() / "node", "--no-warnings", "--input-type=module", "--eval", program]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def numbers(columns: dict[str, Any]) -> dict[str, list[str]]:
    """Order numbers by stage, as drawn."""
    return {stage: [card["number"] for card in column["cards"]] for stage, column in columns.items()}


def test_patches_bring_a_browser_to_what_a_new_snapshot_would_show():
    orders = [make.order(stage=random.choice(OPEN)) for _ in range(12)]
    board = live(placed=3, ready=2)
    first, patches = board.snapshot(), []
    for step in range(15):
        place = random.randrange(len(orders))
        order = orders[place]
        if step % 5 == 4:
            orders[place] = holds.place(make.ADMIN, order.number, kind="manual", reason="call")
        else:
            to = random.choice([to for to in order.next_moves if to.to in OPEN and not to.blocked]).to
            orders[place] = make.move(order, to)
        touched = {Stage(order.stage), Stage(orders[place].stage), Side.HELD}
        if board.patch(board.read(touched)):
            patches.append(board.recent[-1])
    script = """
      let board = c.fromSnapshot(first);
      for (const patch of patches) board = c.withPatch(board, patch);
      const read = c.fromSnapshot(last);
      return [[board.columns, board.sides], [read.columns, read.sides]];"""
    patched, read = in_browser(script, first=first, patches=patches, last=board.snapshot())
    assert patched == read


def test_a_move_weighs_less_than_two_kilobytes():
    order = make.order()
    board = live()
    make.move(order, Stage.PROCESSING)
    board.patch(board.read((Stage.PLACED, Stage.PROCESSING)))
    assert len(json.dumps(board.recent[-1], ensure_ascii=False).encode()) < 2_000


def test_nothing_is_sent_where_nothing_changed():
    make.order()
    board = live()
    assert not board.patch(board.read((Stage.PLACED,)))
    assert not board.recent


def test_a_new_limit_stands_in_the_head_of_its_column():
    make.order()
    board = live()
    wip.set_limits(make.ADMIN, {Stage.PLACED: 3})
    assert board.patch(board.survey(PLACES))
    [(stage, news)] = board.recent[-1]["columns"].items()
    assert (stage, news["head"]["count"], news["head"]["limit"], news["put"]) == ("placed", 1, 3, [])


def test_a_column_that_cannot_be_read_keeps_its_cards_says_so_and_takes_no_other_along(monkeypatch: pytest.MonkeyPatch):
    order, other = make.order(), make.order(stage=Stage.PACKED)
    board, usual = live(), service.columns

    def broken(actor: Any, stages: Any, **options: Any) -> Any:
        if Stage.PLACED in set(stages):
            raise ConnectionError("lost")
        return usual(actor, stages, **options)

    monkeypatch.setattr(service, "columns", broken)
    make.move(other, Stage.SHIPPED)
    assert board.patch(board.survey((Stage.PLACED, Stage.PACKED, Stage.SHIPPED)))
    told = board.recent[-1]["columns"]
    assert {stage for stage, news in told.items() if news["head"].get("failed")} == {"placed"}
    assert (told["placed"]["cut"], told["packed"]["cut"]) == ([], [other.number])
    assert board.stage_of(order.number) is Stage.PLACED
    assert not board.patch(board.survey(()))
    monkeypatch.setattr(service, "columns", usual)
    assert board.patch(board.survey(()))
    assert list(board.recent[-1]["columns"]) == ["placed"]
    assert "failed" not in board.recent[-1]["columns"]["placed"]["head"]
    assert board.failed == frozenset()


def test_an_order_that_moves_on_while_its_columns_are_read_is_not_lost(monkeypatch: pytest.MonkeyPatch):
    order, usual = make.order(), service.touched
    board, moved = live(), make.move(order, Stage.PROCESSING)
    monkeypatch.setitem(board_live._boards, board.key, board)
    monkeypatch.setattr(board_live.live, "is_empty", lambda _room: False)

    def touched(happened: Any) -> Any:
        found = usual(happened)
        if Stage.READY not in found:
            make.move(moved, Stage.READY)
        return found

    monkeypatch.setattr(service, "touched", touched)
    asyncio.run(board_live.news(events.timeline(make.ADMIN, order.number)[-1:]))
    assert board.stage_of(order.number) is Stage.READY
    [patch] = board.recent
    assert [stage for stage, news in patch["columns"].items() if news["put"]] == ["ready"]


def test_a_move_reads_no_side_column_and_no_limits(monkeypatch: pytest.MonkeyPatch):
    make.order()
    board, asked = live(), []
    monkeypatch.setattr(service, "sides", lambda *_args, **_options: asked.append("sides"))
    monkeypatch.setattr(wip, "limits", lambda *_args: asked.append("limits"))
    board.survey(FLOW)
    assert asked == []


def test_a_wish_shows_the_card_in_its_new_column_until_the_server_has_spoken():
    order = make.order()
    board = live()
    first = board.snapshot()
    make.move(order, Stage.PROCESSING)
    board.patch(board.read((Stage.PLACED, Stage.PROCESSING)))
    script = """
      const wishes = { [number]: { to: "processing", version, at: 0 } };
      const before = c.fromSnapshot(first), after = c.withPatch(before, patch);
      const open = c.waiting(before, wishes), settled = c.waiting(after, wishes);
      return [c.granted(before, open), Object.keys(open), c.granted(after, settled), Object.keys(settled)];"""
    values = {"first": first, "patch": board.recent[-1], "number": order.number, "version": order.version}
    wished, waiting, shown, left = in_browser(script, **values)
    assert numbers(wished)["processing"] == numbers(shown)["processing"] == [order.number]
    assert numbers(wished)["placed"] == numbers(shown)["placed"] == []
    assert (waiting, left) == ([order.number], [])


def test_lanes_hold_every_card_once_and_are_the_same_in_each_column():
    for stage, method in ((Stage.PLACED, "cod"), (Stage.PLACED, "prepaid"), (Stage.PACKED, "prepaid")):
        make.order(stage=stage, payment_method=PaymentMethod(method))
    script = """
      const { columns } = c.fromSnapshot(first), lanes = c.inLanes(columns, "payment");
      const named = (stage) => lanes[stage].lanes.map(({ name, cards }) => [name, cards.length]);
      return [named("placed"), named("packed"), named("shipped"), c.inLanes(columns, "payment").placed === lanes.placed,
        c.inLanes(columns, "").placed.lanes.map(({ name, cards }) => [name, cards.length])];"""
    placed, packed, shipped, same, whole = in_browser(script, first=live().snapshot())
    assert placed == [["Cash on delivery", 1], ["Unpaid", 1]]
    assert packed == [["Cash on delivery", 0], ["Unpaid", 1]]
    assert shipped == [["Cash on delivery", 0], ["Unpaid", 0]]
    assert (same, whole) == (True, [["", 2]])


def test_the_browser_and_the_server_give_the_same_reasons():
    order = make.order(stage=Stage.PROCESSING)
    holds.place(make.ADMIN, order.number, kind="manual", reason="call first")
    board = live()
    script = """
      const board = c.fromSnapshot(first), [stage, card] = c.find(board.columns, number);
      return Object.fromEntries(Object.keys(board.moves[stage]).map((to) => [to, c.whyNot(board, stage, card, to)]));"""
    reasons = in_browser(script, first=board.snapshot(), number=order.number)
    mine = Selection(((order.number, None),))
    refused = {to for to in reasons if runs.preview(make.ADMIN, "move", {"to": to}, mine).cannot}
    assert {to for to, why in reasons.items() if why} == refused
    assert reasons["ready"].startswith("On hold")
    assert reasons["placed"] == reasons["cancelled"] == ""
    assert "goes to Ready to pick" in reasons["packed"]


def test_people_share_a_board_only_where_they_may_see_and_do_the_same():
    manager, service = make.actor(Role.MANAGER), make.actor(Role.SERVICE)
    assert room_of(manager, "", {}) == room_of(make.actor(Role.MANAGER), "", {})
    others = [
        room_of(service, "", {}),
        room_of(manager, "is:late", {}),
        room_of(manager, "", {Stage.PLACED: 100}),
        room_of(make.actor(Role.MANAGER, location_id=1), "", {}),
        room_of(make.actor(Role.MANAGER, granted=("export",)), "", {}),
    ]
    assert room_of(manager, "", {}) not in others
    assert len(set(others)) == len(others)
