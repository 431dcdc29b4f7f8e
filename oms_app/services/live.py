"""The live fan-out inside one process: every event of the spine, from any process, once, soon after its commit."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from oms_app.db.engine import reading
from oms_app.db.queries.tail import Tail
from oms_app.db.wake import Waker
from oms_app.domain.orders import EventView
from oms_app.services import events

Subscriber = Callable[[Sequence[EventView]], None]

_log = structlog.get_logger(__name__)
_subscribers: list[Subscriber] = []
_hubs: list["Hub"] = []


def subscribe(subscriber: Subscriber) -> Callable[[], None]:
    """Call `subscriber` with each batch of new events, in the hub's thread; returns its removal.

    A subscriber must be quick: it hands over to an event loop (`loop.call_soon_threadsafe`) or a queue.
    """
    _subscribers.append(subscriber)
    return lambda: _subscribers.remove(subscriber)


def lag() -> int | None:
    """Events that are committed and not yet delivered in this process; None where no hub runs."""
    if not _hubs:
        return None
    with reading() as tx:
        return _hubs[-1].behind(tx)


@contextmanager
def telling() -> Iterator[None]:
    """Tell the other processes at once of what this one commits, without following them."""
    waker = Waker()
    try:
        yield
    finally:
        waker.close()


class Hub:
    """Reads the spine as it grows. One per process, started with the application and stopped with it."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._waker = Waker()
        with reading() as tx:
            self._tail = Tail(tx)
        self.behind = self._tail.behind
        self._thread = threading.Thread(target=self._run, name="oms-live", daemon=True)

    def start(self) -> "Hub":
        """Begin to follow."""
        self._thread.start()
        _hubs.append(self)
        return self

    def stop(self) -> None:
        """Stop following; returns when the thread has ended."""
        _hubs.remove(self)
        self._stopped.set()
        self._waker.close()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._waker.wait()
            try:
                self._deliver()
            except Exception:
                # The database is away for a moment: the tail keeps its place and reads on when it is back.
                _log.exception("live_read_failed")
                self._stopped.wait(1)

    def _deliver(self) -> None:
        while True:
            with reading() as tx:
                fresh = [events.view(row) for row in self._tail.read(tx)]
            if not fresh or self._stopped.is_set():
                return
            for subscriber in tuple(_subscribers):
                try:
                    subscriber(fresh)
                except Exception:
                    _log.exception("live_subscriber_failed", subscriber=getattr(subscriber, "__qualname__", "?"))
