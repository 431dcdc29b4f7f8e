"""What channels send is stored first, taken over once, in the order of its changes, and never lost."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import channels as links
from oms_app.db.queries import intake as rows
from oms_app.domain.errors import Malformed, NotFound, Rejected, Unauthenticated, Unavailable
from oms_app.domain.intake import MessageState
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView
from oms_app.integrations import registry
from oms_app.services import channel_calls, channel_log, channel_orders, channels, intake, orders, search, stock
from tests import make
from tests.contract.corner_shop import START, CornerShop

pytestmark = pytest.mark.usefixtures("shop")
TOKEN = "corner-token"


@pytest.fixture
def corner(shop: str, monkeypatch: pytest.MonkeyPatch) -> CornerShop:
    """A connected channel; its orders have been read from START on."""
    make.trust()
    sold = CornerShop()
    monkeypatch.setitem(registry.ADAPTERS, "corner", sold.adapter())  # type: ignore[misc]
    settings = {"address": "http://corner.example", "token": TOKEN}
    channels.connect(make.ADMIN, kind="corner", name="corner", title="Corner", currency="INR", settings=settings)
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        links.change_link(tx, link.channel_id, changed_at=START)
    return sold


def pull() -> None:
    """Everything that waits: read on, and take over."""
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        links.forget_time(tx, link.channel_id, intake.STREAM)
        links.change_link(tx, link.channel_id, retry_at=None)
    while any(intake.fetch(name) for name in intake.due()):
        pass
    while intake.take():
        pass


def post(identity: str, **said: object) -> None:
    """A webhook arrives."""
    [link] = channels.linked(make.ADMIN)
    intake.receive(link.path, {"X-Token": TOKEN}, json.dumps({"id": identity, **said}).encode())


def ours(number: str) -> OrderView:
    """Our order of theirs."""
    [row] = search.orders(make.ADMIN, f"external:{number}").rows
    return orders.get(make.ADMIN, row.number)


def states() -> list[str]:
    """What became of the messages, oldest first."""
    with transaction() as tx:
        return list(tx.scalars(rows.message.select().with_only_columns(rows.message.c.state).order_by("id")))


def test_orders_are_read_page_by_page_and_placed_once(corner: CornerShop) -> None:
    sku = make.product(on_hand=20)
    for number in range(5):
        corner.sells(f"C{number}", (sku, 2))  # all of the same minute
    pull()
    pull()
    assert [ours(f"C{number}").units for number in range(5)] == [2] * 5
    assert ours("C0").payment_status == "paid"
    assert states() == [MessageState.DONE] * 5
    assert stock.get(make.ADMIN, sku).reserved == 10


def test_a_webhook_that_comes_twice_and_a_page_with_the_same_order_place_one(corner: CornerShop) -> None:
    sold = corner.sells("C1", (make.product(on_hand=5), 1))
    for _ in range(2):
        post("delivery-1", order=sold)
    pull()
    assert ours("C1").units == 1
    assert len(search.orders(make.ADMIN).rows) == 1


def test_an_update_that_overtakes_its_creation_wins(corner: CornerShop) -> None:
    sku = make.product(on_hand=9)
    first = dict(corner.sells("C1", (sku, 1)))
    corner.changes("C1", minute=5, city="Mumbai")
    post("update", order=corner.orders_by_id["C1"])
    pull()
    post("creation", order=first)
    while intake.take():
        pass
    address = ours("C1").ship_to
    assert address is not None
    assert address.city == "Mumbai"
    assert states()[-1] == MessageState.OLDER


def test_what_changes_there_changes_here_until_it_is_packed(corner: CornerShop) -> None:
    sku, more = make.product(on_hand=9), make.product(on_hand=9)
    sold = corner.sells("C1", (sku, 3), (more, 1))
    pull()
    sold["lines"][0]["units"] = 2
    sold["lines"].append({"id": "C1-9", "sku": more, "units": 4})
    corner.changes("C1", minute=1, lines=sold["lines"])
    pull()
    assert [line.quantity - line.cancelled for line in ours("C1").lines] == [2, 1, 4]
    corner.changes("C1", minute=2, status="cancelled")
    pull()
    assert ours("C1").stage == Stage.CANCELLED
    assert stock.get(make.ADMIN, sku).reserved == 0


def test_what_cannot_be_followed_any_more_is_somebodys_decision_once(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1))
    pull()
    order = ours("C1")
    for stage in (Stage.PROCESSING, Stage.READY, Stage.PICKING, Stage.PACKED):
        order = make.move(order, stage)
    corner.changes("C1", minute=1, city="Mumbai")
    pull()
    corner.changes("C1", minute=2)
    pull()
    [hold] = ours("C1").holds
    assert hold.kind == "customer"
    assert "address was changed there" in hold.reason


def test_money_given_back_there_is_given_back_here_once(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 3))
    pull()
    corner.changes("C1", minute=1, refunds=[("r1", 5_000)])
    pull()
    corner.changes("C1", minute=2, refunds=[("r1", 5_000), ("r2", 2_500)])
    pull()
    assert ours("C1").refunded == 7_500


def test_an_order_the_channel_does_not_release_yet_is_not_taken(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1), status="pending")
    corner.sells("C2", (make.product(on_hand=9), 1), status="cancelled")
    pull()
    assert search.orders(make.ADMIN).rows == ()
    corner.changes("C1", minute=1, status="open")
    pull()
    assert ours("C1").units == 1


def test_a_message_that_cannot_be_taken_holds_up_no_other_and_runs_again(
    corner: CornerShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sku = make.product(on_hand=9)
    corner.sells("C1", (sku, 1))
    corner.sells("C2", (sku, 0))  # no units: it cannot be taken
    corner.sells("C3", (sku, 1))
    pull()
    assert [ours(number).units for number in ("C1", "C3")] == [1, 1]
    assert states().count(MessageState.DEAD) == 1
    with transaction() as tx:
        [dead] = rows.dead(tx, _channel_id(), below=None, limit=10)
    assert "no lines" in dead.problem
    assert intake.replay(make.ADMIN, [dead.id]) == 1
    assert states().count(MessageState.WAITING) == 1


def test_a_channel_that_does_not_answer_rests_and_goes_on_where_it_was(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1))
    corner.fails = Unavailable("Down.", details={"retry_after": 120})
    intake.fetch("corner")
    [link] = channels.linked(make.ADMIN)
    assert link.problem == "Down."
    assert link.retry_at is not None
    assert link.retry_at > datetime.now(UTC) + timedelta(seconds=100)
    calls = corner.calls
    intake.fetch("corner")
    assert corner.calls == calls  # it rests
    pull()
    assert ours("C1").units == 1


def test_a_channel_that_wants_time_between_its_pages_is_given_it_and_tells_and_is_told_meanwhile(
    corner: CornerShop,
) -> None:
    make.product("A", on_hand=9)
    for number in ("1", "2", "3"):
        corner.sells(number, ("A", 1))
    corner.wait_s = 178
    assert not intake.fetch("corner")
    assert (corner.calls, intake.due()) == (1, [])
    assert channel_calls.ready("corner") is not None, "only its orders wait"
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        kept = links.position_of(tx, link.channel_id, intake.STREAM)
        assert kept is not None
        over = {"next_at": channels.stamp(datetime.now(UTC))}
        links.move_position(tx, link.channel_id, intake.STREAM, kept | over, datetime.now(UTC))
    assert intake.due() == ["corner"]
    intake.fetch("corner")
    while intake.take():
        pass
    assert [ours(number).total for number in ("1", "2", "3")] == [100_00] * 3


def test_a_walk_that_shows_the_newest_first_is_not_begun_at_its_oldest_again(corner: CornerShop) -> None:
    corner.newest_first = True
    for minute in (5, 60, 90):
        corner.sells(str(minute), ("A", 1), minute=minute)
    pull()
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        kept = links.position_of(tx, link.channel_id, intake.STREAM)
    assert kept is not None
    assert kept["since"] == channels.stamp(START + timedelta(minutes=90) - intake.OVERLAP)


def test_what_webhooks_only_name_is_read_back_once_however_often_it_is_named(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1))
    for number in range(4):
        post(f"delivery-{number}", changed=["C1", "C404"])
    while intake.fetch("corner"):
        pass
    assert corner.calls == 3  # C1, the one that is not there (yet), and a page
    while intake.take():
        pass
    assert ours("C1").units == 1
    assert states().count(MessageState.FETCH) == 4  # it is asked for again, and somebody is told in the end


def test_nothing_more_is_fetched_while_much_waits(corner: CornerShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_WAITING", 3)
    for number in range(4):
        post(f"delivery-{number}", order=corner.sells(f"C{number}", (make.product(on_hand=9), 1)))
    assert intake.due() == []
    while intake.take():
        pass
    assert intake.due() == ["corner"]


def test_what_was_sold_before_the_secret_was_mended_is_read_too(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1))
    channels.change(make.ADMIN, "corner", {"address": "http://corner.example", "token": "another"})
    pull()
    assert ours("C1").units == 1


def test_what_is_over_for_long_is_forgotten_and_what_waits_is_not(
    corner: CornerShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1))
    corner.sells("C2", (make.product(on_hand=9), 0))  # it cannot be taken
    pull()
    assert intake.forget_old() is False
    assert len(states()) == 2
    monkeypatch.setattr(intake, "KEPT", timedelta())
    intake.forget_old()
    assert states() == [MessageState.DEAD]


def test_a_message_that_breaks_the_reader_holds_up_no_other(
    corner: CornerShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(order: dict[str, object]) -> None:
        order["lines"] = [{"id": 1}]

    sku = make.product(on_hand=9)
    corner.sells("C1", (sku, 1))
    broken(corner.sells("C2", (sku, 1)))
    corner.sells("C3", (sku, 1))
    pull()
    assert [ours(number).units for number in ("C1", "C3")] == [1, 1]


def test_an_order_the_channel_breaks_on_keeps_no_other_from_being_read(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1))
    post("delivery-1", changed=["C1"])
    corner.fails = Unavailable("500.", details={"status": 500, "sent": True})
    intake.fetch("corner")
    while intake.take():
        pass
    assert ours("C1").units == 1  # by the page that was read after it


def test_a_walk_whose_page_token_ran_out_begins_again(corner: CornerShop) -> None:
    for number in range(5):
        corner.sells(f"C{number}", (make.product(on_hand=9), 1), minute=number)
    with transaction() as tx:
        link = links.link_named(tx, "corner")
    assert link is not None
    intake.read_on(link, corner, pages=1)
    corner.fails = Rejected("This token has expired.", details={"status": 400})
    with pytest.raises(Rejected):
        intake.read_on(link, corner, pages=1)
    pull()
    assert [ours(f"C{number}").units for number in range(5)] == [1] * 5


def test_an_answer_that_nobody_foresaw_is_not_asked_for_every_second(corner: CornerShop) -> None:
    corner.fails = KeyError("orders")  # type: ignore[assignment]
    with pytest.raises(KeyError):
        intake.fetch("corner")
    [link] = channels.linked(make.ADMIN)
    assert "could not be understood" in link.problem
    assert intake.due() == []


def test_a_paused_channel_is_not_asked_but_keeps_what_it_is_sent(corner: CornerShop) -> None:
    sold = corner.sells("C1", (make.product(on_hand=9), 1))
    channels.pause(make.ADMIN, "corner", paused=True)
    post("delivery-1", order=sold)
    intake.fetch("corner")
    assert corner.calls == 0
    assert states() == [MessageState.WAITING]


def test_a_webhook_of_nobody_or_with_a_false_signature_is_refused(corner: CornerShop) -> None:
    [link] = channels.linked(make.ADMIN)
    with pytest.raises(NotFound):
        intake.receive("nobody", {}, b"{}")
    with pytest.raises(Unauthenticated):
        intake.receive(link.path, {"x-token": "other"}, b"{}")
    assert states() == []
    [call] = channel_log.calls(make.ADMIN, "corner", failed=True)
    assert (call.incoming, call.status, call.problem) == (True, 401, "The token is another one.")
    assert link.path not in call.address


def test_a_webhook_that_only_names_an_order_has_it_read_back(corner: CornerShop) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1), minute=-60)  # before the channel was connected
    post("delivery-1", changed=["C1"])
    pull()
    assert ours("C1").units == 1


def test_when_taking_over_breaks_in_the_middle_nothing_is_half_done(
    corner: CornerShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    corner.sells("C1", (make.product(on_hand=9), 1))
    with monkeypatch.context() as patch:
        patch.setattr(channel_orders.rows, "put_order", broken)
        pull()
    assert search.orders(make.ADMIN).rows == ()
    with transaction() as tx:
        tx.execute(rows.message.update().values(due=datetime.now(UTC)))
    while intake.take():
        pass
    assert ours("C1").units == 1


def test_secrets_are_sealed_kept_when_left_empty_and_never_shown(corner: CornerShop) -> None:
    changed = channels.change(make.ADMIN, "corner", {"address": "http://other.example", "token": ""})
    assert (changed.settings, changed.secrets) == ({"address": "http://other.example"}, ("token",))
    with transaction() as tx:
        link = links.link_named(tx, "corner")
    assert link is not None
    assert TOKEN.encode() not in link.secrets
    opened = channel_calls.connection(link)
    assert opened.secrets == {"token": TOKEN}
    assert TOKEN not in repr(opened)
    with pytest.raises(Malformed, match="Address is missing"):
        channels.change(make.ADMIN, "corner", {"address": ""})


def broken(*_args: object, **_values: object) -> None:
    raise RuntimeError("broken in the middle")


def _channel_id() -> int:
    with transaction() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        return int(link.channel_id)
