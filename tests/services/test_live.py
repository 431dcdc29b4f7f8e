"""The live hub: every event once, whoever commits first."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from oms_app.db.engine import reading, transaction
from oms_app.db.queries.tail import Tail
from oms_app.db.wake import Waker
from oms_app.domain.orders import EventView
from oms_app.services import events, live, notes
from tests import make
from tests.conftest import use_settings


@pytest.mark.usefixtures("shop")
def test_a_tail_hands_out_every_new_event_once() -> None:
    _record("before")
    tail = _tail()
    assert _read(tail) == []
    _record("one")
    _record("two")
    assert _read(tail) == ["one", "two"]
    assert _read(tail) == []


@pytest.mark.usefixtures("shop")
def test_a_tail_hands_out_a_flood_page_by_page() -> None:
    tail = _tail()
    with transaction() as tx:
        for number in range(25):
            events.record(tx, make.ADMIN, f"kind {number}", subject="test", subject_id=1)
    pages = [_read(tail, limit=10) for _ in range(4)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert sum(pages, []) == [f"kind {number}" for number in range(25)]


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres")
class TestOnPostgresql:
    """Two transactions are open; the one that took the lower id commits last."""

    def test_an_event_that_commits_after_a_later_one_is_not_stepped_over(self) -> None:
        tail = _tail()
        with _open("six") as commit_six:
            _record("seven")
            assert _read(tail) == ["seven"]
            assert _read(tail) == []
            commit_six()
        assert _read(tail) == ["six"]
        assert _read(tail) == []

    def test_it_is_waited_for_while_others_come_and_go(self) -> None:
        """Transactions that begin later, run side by side and end first must not make the tail give up."""
        tail = _tail()
        with _open("six") as commit_six, _open("seven") as commit_seven:
            _record("eight")
            assert _read(tail) == ["eight"]
            with _open("ten") as commit_ten:
                _record("nine")
                commit_seven()
                assert sorted(_read(tail)) == ["nine", "seven"]
                _age(tail)
                assert _read(tail) == []
                commit_ten()
            assert _read(tail) == ["ten"]
            _age(tail)
            assert _read(tail) == []
            commit_six()
        assert _read(tail) == ["six"]

    def test_an_event_of_a_transaction_that_ran_before_the_tail_began_is_not_missed(self) -> None:
        with _open("six") as commit_six:
            _record("seven")
            tail = _tail()
            commit_six()
        assert _read(tail) == ["six"]

    def test_an_id_that_was_rolled_back_is_given_up(self) -> None:
        tail = _tail()
        with _open("six"):
            _record("seven")
            assert _read(tail) == ["seven"]
        _age(tail)
        assert _read(tail) == []
        assert tail._gaps == []

    def test_a_wide_gap_takes_no_room(self) -> None:
        """A bulk load that was rolled back leaves a million ids unused."""
        tail = _tail()
        with transaction() as tx:
            tx.exec_driver_sql("SELECT setval(pg_get_serial_sequence('event', 'id'), 1000000)")
        _record("far")
        assert _read(tail) == ["far"]
        assert len(tail._gaps) == 1

    def test_what_fails_half_way_loses_nothing(self) -> None:
        tail = _tail()
        with _open("six") as commit_six:
            _record("seven")
            _read(tail)
            commit_six()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("oms_app.db.queries.events.after", _unreachable)
            with pytest.raises(ConnectionError):
                _read(tail)
        assert _read(tail) == ["six"]

    def test_a_storm_of_overlapping_writers_is_heard_whole(self) -> None:
        tail, heard, ended = _tail(), [], threading.Event()

        def write(worker: int) -> None:
            for number in range(25):
                with transaction() as tx:
                    events.record(tx, make.ADMIN, f"{worker}.{number}", subject="test", subject_id=1)
                    time.sleep(0.002 * (worker % 3))

        def follow() -> None:
            while not ended.is_set():
                heard.extend(_read(tail))

        follower = threading.Thread(target=follow)
        follower.start()
        writers = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
        for each in writers:
            each.start()
        for each in writers:
            each.join()
        ended.set()
        follower.join()
        heard.extend(_read(tail))
        assert sorted(heard) == sorted(f"{worker}.{number}" for worker in range(8) for number in range(25))


@pytest.mark.usefixtures("shop")
def test_a_hub_tells_its_subscribers_soon_after_the_commit() -> None:
    order = make.order()
    with _listening() as (heard, wait):
        started = time.monotonic()
        notes.add(make.ADMIN, order.number, "call first")
        wait(lambda: heard)
        assert time.monotonic() - started < 0.2
    assert [(event.kind, event.order_id) for event in heard] == [("note_added", order.id)]


@pytest.mark.usefixtures("shop")
def test_a_subscriber_that_fails_does_not_silence_the_others() -> None:
    order = make.order()
    with ExitStack() as stack:
        stack.callback(live.subscribe(_break))
        heard, wait = stack.enter_context(_listening())
        notes.add(make.ADMIN, order.number, "call first")
        wait(lambda: heard)
    assert [event.kind for event in heard] == ["note_added"]


@pytest.mark.usefixtures("shop")
def test_a_hub_knows_how_far_it_is_behind() -> None:
    assert live.lag() is None
    hub = live.Hub().start()
    try:
        assert live.lag() == 0
    finally:
        hub.stop()
    assert live.lag() is None


def test_another_process_is_woken_through_redis(sqlite: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use_settings(monkeypatch, OMS_DATA_DIR=os.environ["OMS_DATA_DIR"], OMS_REDIS_URL=redis_url)
    monkeypatch.setattr("oms_app.db.wake.POLL_SECONDS", 30)
    here, there = Waker(), Waker()
    try:
        there._remove()  # as in another process, which does not see this one's commits
        there._remove = lambda: None
        time.sleep(0.3)  # both listen
        started = time.monotonic()
        _record("moved")
        there.wait()
        assert time.monotonic() - started < 0.2
    finally:
        here.close()
        there.close()


@pytest.mark.usefixtures("sqlite")
def test_a_redis_that_is_away_neither_stops_a_commit_nor_the_news(monkeypatch: pytest.MonkeyPatch) -> None:
    use_settings(monkeypatch, OMS_DATA_DIR=os.environ["OMS_DATA_DIR"], OMS_REDIS_URL="redis://127.0.0.1:1/0")
    waker = Waker()
    try:
        started = time.monotonic()
        _record("moved")
        waker.wait()
        assert time.monotonic() - started < 0.2
    finally:
        waker.close()


def _record(kind: str) -> None:
    with transaction() as tx:
        events.record(tx, make.ADMIN, kind, subject="test", subject_id=1)


@contextmanager
def _open(kind: str) -> Iterator[Callable[[], None]]:
    """A transaction in another thread that has recorded an event; it commits when told, else it is rolled back."""
    recorded, go, result = threading.Event(), threading.Event(), {"commit": False}

    def run() -> None:
        try:
            with transaction() as tx:
                events.record(tx, make.ADMIN, kind, subject="test", subject_id=1)
                recorded.set()
                go.wait(20)
                if not result["commit"]:
                    raise InterruptedError
        except InterruptedError:
            result["rolled back"] = True

    thread = threading.Thread(target=run)
    thread.start()
    assert recorded.wait(20)

    def commit() -> None:
        result["commit"] = True
        go.set()
        thread.join()

    try:
        yield commit
    finally:
        go.set()
        thread.join()


def _tail() -> Tail:
    with reading() as tx:
        return Tail(tx)


def _read(tail: Tail, limit: int = 1_000) -> list[str]:
    with reading() as tx:
        return [row.kind for row in tail.read(tx, limit)]


def _age(tail: Tail) -> None:
    """Let the time pass that a gap is kept in any case."""
    from dataclasses import replace

    tail._gaps = [replace(gap, since=gap.since - 60) for gap in tail._gaps]


def _break(_events: Sequence[EventView]) -> None:
    raise RuntimeError("this subscriber is broken")


def _unreachable(*_arguments: Any) -> list[Any]:
    raise ConnectionError("the database is away")


@contextmanager
def _listening() -> Iterator[tuple[list[EventView], Callable[[Callable[[], object]], None]]]:
    """A running hub, what it told so far, and a wait for a condition."""
    heard: list[EventView] = []
    hub = live.Hub().start()
    stop = live.subscribe(heard.extend)

    def wait(condition: Callable[[], object]) -> None:
        end = time.monotonic() + 5
        while not condition() and time.monotonic() < end:
            time.sleep(0.002)

    try:
        yield heard, wait
    finally:
        stop()
        hub.stop()
