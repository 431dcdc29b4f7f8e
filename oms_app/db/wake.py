"""Wakes the readers of the spine: at once in this process, through Redis in the others, else by polling."""

import threading

import redis
import structlog

from oms_app.db.engine import on_commit
from oms_app.settings import get_settings

CHANNEL = "oms:events"
POLL_SECONDS = 0.25

_log = structlog.get_logger(__name__)


class Waker:
    """Says when the spine may have grown. `wait()` returns at a commit here, a message from Redis, or after a poll.

    The poll goes on beside Redis: a message can be lost, and a command line that writes tells nobody.
    """

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._changed = threading.Event()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._remove = on_commit(self._committed)
        if url := get_settings().redis_url:
            self._redis = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
            for name, run in (("oms-wake-listen", self._listen), ("oms-wake-tell", self._tell)):
                self._threads.append(threading.Thread(target=run, name=name, daemon=True))
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Block until something may be new."""
        self._woken.wait(POLL_SECONDS)
        self._woken.clear()

    def wake(self) -> None:
        """Let `wait()` return now."""
        self._woken.set()

    def close(self) -> None:
        """Stop listening."""
        self._remove()
        self._closed.set()
        self._changed.set()
        self.wake()
        for thread in self._threads:
            thread.join(timeout=10)
        if self._threads:
            self._redis.close()

    def _committed(self, _events: list[int]) -> None:
        self.wake()
        self._changed.set()

    def _tell(self) -> None:
        """Tell the other processes; not in the committing thread, which must not wait for a Redis that is away."""
        while not self._closed.is_set():
            self._changed.wait()
            self._changed.clear()
            try:
                self._redis.publish(CHANNEL, b"")
            except redis.RedisError as error:
                _log.warning("redis_publish_failed", error=str(error))  # they find the change by their poll

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with self._redis.pubsub(ignore_subscribe_messages=True) as messages:
                    messages.subscribe(CHANNEL)
                    while not self._closed.is_set():
                        if messages.get_message(timeout=1):
                            self.wake()
            except redis.RedisError as error:
                _log.warning("redis_listen_failed", error=str(error))
                self._closed.wait(1)
