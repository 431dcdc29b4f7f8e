"""Wakes the readers of the spine: at once in this process, through Redis in the others, else by polling."""

import threading
from types import TracebackType

import redis
import structlog

from oms_app.db.engine import on_commit
from oms_app.settings import get_settings

CHANNEL = "oms:events"
POLL_SECONDS = 0.25

_log = structlog.get_logger(__name__)


class Waker:
    """Says when the spine may have grown. `wait()` returns at a commit here, a message from Redis, or after a poll."""

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._closed = threading.Event()
        self._url = get_settings().redis_url
        self._redis: redis.Redis | None = None
        self._thread: threading.Thread | None = None
        self._remove = on_commit(self._committed)
        if self._url:
            self._redis = redis.Redis.from_url(self._url, socket_timeout=5, socket_connect_timeout=5)
            self._thread = threading.Thread(target=self._listen, name="oms-wake", daemon=True)
            self._thread.start()

    def __enter__(self) -> "Waker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wait(self) -> None:
        """Block until something may be new. Redis can lose a message, so the poll goes on, four times slower."""
        self._woken.wait(POLL_SECONDS * (4 if self._url else 1))
        self._woken.clear()

    def wake(self) -> None:
        """Let `wait()` return now."""
        self._woken.set()

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._remove()
        self.wake()
        if self._thread:
            self._thread.join(timeout=6)
        if self._redis:
            self._redis.close()

    def _committed(self, _events: list[int]) -> None:
        self.wake()
        if self._redis:
            try:
                self._redis.publish(CHANNEL, b"")
            except redis.RedisError as error:
                # The change is committed; the other processes find it by their poll.
                _log.warning("redis_publish_failed", error=str(error))

    def _listen(self) -> None:
        assert self._redis is not None  # noqa: S101 - started only with Redis
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
