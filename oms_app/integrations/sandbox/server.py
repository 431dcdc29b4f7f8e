"""Puts a sandbox on a loopback port: it answers, sends its webhooks, and takes new orders at a rate."""

import heapq
import itertools
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oms_app.domain.errors import OmsError
from oms_app.integrations.http import Http
from oms_app.integrations.sandbox import page
from oms_app.integrations.sandbox.shop import Order
from oms_app.integrations.sandbox.vendor import Asked, Message, Sandbox, Sent

_SENDERS = 4
_TRIES = 8
_LONGEST_PAUSE_S = 60.0


class Server:
    """A running sandbox. `address` is where it is; `sent` and `given_up` count webhooks."""

    def __init__(self, sandbox: Sandbox, port: int = 0):
        self.sandbox = sandbox
        self.sent = self.given_up = 0
        self._http = _Listener(("127.0.0.1", port), _handler(sandbox))
        self.address = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._waiting: list[tuple[float, int, int, Message]] = []
        self._turn = itertools.count()
        self._wake = threading.Condition()
        self._stopped = threading.Event()
        self._out = Http()
        self._threads = [threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)]
        self._threads += [threading.Thread(target=self._send, daemon=True) for _ in range(_SENDERS)]
        sandbox.shop.listeners.append(self._changed)

    def start(self) -> None:
        """Answer from now on."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the port go; webhooks that still wait are lost."""
        self._stopped.set()
        with self._wake:
            self._wake.notify_all()
        self.sandbox.shop.listeners.remove(self._changed)
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join(5)
        self._out.close()

    def arrive(self, per_minute: float, seed: int = 1) -> None:
        """Take new orders by chance, at that rate (none: only those that are placed), until the sandbox stops."""
        rng = Random(seed)  # noqa: S311 - chance, not secrets
        if not per_minute:
            return
        while not self._stopped.wait(rng.expovariate(per_minute / 60)):
            self.sandbox.shop.arrive(rng)

    def settle(self, timeout_s: float = 10) -> bool:
        """Wait until no webhook is on its way; whether that came true in time."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._waiting and not self._busy, timeout_s)

    _busy = 0

    def _changed(self, topic: str, order: Order) -> None:
        messages = self.sandbox.messages(topic, order)
        now = time.monotonic()
        with self._wake:
            for late, message in self.sandbox.faults.of_messages(messages):
                heapq.heappush(self._waiting, (now + late, next(self._turn), 1, message))
            self._wake.notify_all()

    def _send(self) -> None:
        while not self._stopped.is_set():
            with self._wake:
                due = self._waiting[0][0] - time.monotonic() if self._waiting else 1.0
                if due > 0:
                    self._wake.wait(due)
                    continue
                _, _, tries, message = heapq.heappop(self._waiting)
                self._busy += 1
            try:
                self._out.call("POST", message.address, headers=message.headers, content=message.body)
            except OmsError as error:
                self._tell(message, error.message)
                self._again(tries, message)
            else:
                self._tell(message, "taken")
                self.sent += 1
            with self._wake:
                self._busy -= 1
                self._wake.notify_all()

    def _tell(self, message: Message, outcome: str) -> None:
        topic = message.topic or "webhook"
        self.sandbox.sent.appendleft(Sent(self.sandbox.shop.clock(), topic, message.address, outcome))

    def _again(self, tries: int, message: Message) -> None:
        if tries >= _TRIES:
            self.given_up += 1
            self.sandbox.abandon(message)
            return
        pause = min(0.2 * 3**tries, _LONGEST_PAUSE_S)
        with self._wake:
            heapq.heappush(self._waiting, (time.monotonic() + pause, next(self._turn), tries + 1, message))


@contextmanager
def serving(sandbox: Sandbox, port: int = 0) -> Iterator[Server]:
    """A sandbox that answers for as long as the block runs."""
    server = Server(sandbox, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked was gone before the answer: that is no error of the sandbox's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(sandbox: Sandbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one(self) -> None:
            split = urlsplit(self.path)
            asked = Asked(
                self.command,
                split.path,
                dict(parse_qsl(split.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(int(self.headers.get("content-length") or 0)),
            )
            answer = page.respond(sandbox, asked) or sandbox.answer(asked)
            if answer is None:  # the line goes dead
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

        def log_message(self, format: str, *args: object) -> None:
            """The page shows what matters."""

    return Handler
