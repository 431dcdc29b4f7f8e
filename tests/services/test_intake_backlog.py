"""Much that waits, and a database that fails: pages are read instead of single orders, and no channel is blamed."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from oms_app.db.engine import transaction
from oms_app.db.queries import channels as links
from oms_app.db.queries import intake as rows
from oms_app.domain.intake import MessageState
from oms_app.services import intake, search
from tests import make
from tests.contract.corner_shop import START, CornerShop
from tests.services.test_intake import corner, ours, post, pull, states  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


def test_many_that_webhooks_only_named_long_ago_are_read_by_pages(corner: CornerShop) -> None:  # noqa: F811
    sku, corner.page_size = make.product(on_hand=200), 50
    for number in range(120):
        corner.sells(f"C{number}", (sku, 1))
        post(f"named-{number}", changed=[f"C{number}"])
    corner.orders_by_id.pop("C7")
    _received_earlier()
    corner.calls = 0
    pull()
    assert corner.calls < 20
    assert len(search.orders(make.ADMIN, limit=200).rows) == 119
    assert states().count(MessageState.FETCH) == 1, "what no page showed is asked for by itself, and again"
    corner.changes("C9", minute=1, city="Mumbai")
    post("named-again", changed=["C9"])
    pull()
    address = ours("C9").ship_to
    assert address is not None
    assert address.city == "Mumbai"


def test_what_a_page_shows_with_the_time_it_had_before_is_still_asked_for(corner: CornerShop) -> None:  # noqa: F811
    corner.sells("C0", (make.product(on_hand=9), 1))
    pull()
    corner.orders_by_id["C0"]["city"] = "Mumbai"  # within the second that its last change bears
    for number in range(60):
        post(f"named-{number}", changed=[f"C{number}"])
    _received_earlier()
    pull()
    address = ours("C0").ship_to
    assert address is not None
    assert address.city == "Mumbai"


def _received_earlier() -> None:
    with transaction() as tx:
        tx.execute(rows.message.update().values(received_at=datetime.now(UTC) - intake.OVERLAP - timedelta(minutes=1)))


def test_all_that_is_older_than_what_was_taken_is_over_at_once(corner: CornerShop) -> None:  # noqa: F811
    sold = corner.sells("C1", (make.product(on_hand=9), 1))
    for minute in range(60):
        post(f"C1-{minute}", order={**sold, "updated": (START + timedelta(minutes=minute)).isoformat()})
    assert intake.take()  # of the 50 that it looked at one is done, and all the others are older
    assert sorted(Counter(states()).items()) == [(MessageState.DONE, 1), (MessageState.OLDER, 59)]


def test_what_breaks_in_our_own_database_is_not_held_against_the_channel(
    corner: CornerShop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("deadlock detected"))

    monkeypatch.setattr(rows, "add", broken)
    corner.sells("C1", (make.product(on_hand=9), 1))
    with pytest.raises(OperationalError):
        intake.fetch("corner")
    with transaction() as tx:
        link = links.link_named(tx, "corner")
    assert link is not None
    assert (link.failures, link.retry_at, link.problem) == (0, None, "")
