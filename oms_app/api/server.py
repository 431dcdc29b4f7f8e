"""The server process of `oms run`: one small supervisor, and the web processes it starts, watches and stops.

It imports uvicorn and little else, so that it weighs next to nothing beside the web processes.
"""

import gc
import os
import signal
import socket
import sys
import threading
import time
from importlib import import_module
from types import FrameType
from typing import Any

import uvicorn

# The app was compiled by `cli.frontend`: serve what was built, and never compile or download at start.
BUILT = {
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    "REFLEX_ENV_MODE": "prod",
    "REFLEX_TELEMETRY_ENABLED": "false",
}


CRASH_LOOP = 5.0
"""A web process that ends sooner than this, in seconds, would end again: the shop stops instead."""

LONGEST_GOODBYE = 8.0
"""Seconds a web process has to end by itself; service managers kill everything after ten."""


class Web(uvicorn.Server):
    """A web process, which says when the shop is open and where."""

    shown = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell people once."""
        await super().startup(sockets)
        if self.started and self.shown:
            sys.stdout.write(f"The shop is open: {self.shown}   (Ctrl-C closes it)\n")
            sys.stdout.flush()


class Supervisor:
    """Starts the web processes, starts a dead one again, and passes on the signal to stop."""

    def __init__(self, config: uvicorn.Config, shown: str) -> None:
        self.config, self.shown = config, shown
        self._sockets = [config.bind_socket()]
        for each in self._sockets:  # inherited: else an answer's second packet waits 40 ms for the first one's receipt
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._started: dict[int, tuple[int, float]] = {}
        self._stopping = False

    def run(self) -> int:
        """Supervise until a signal; returns the exit code: 1 when web processes end as soon as they start."""
        code = 0
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._stop)
        for place in range(self.config.workers):
            self._start(place, self.shown if place == 0 else "")
        while not self._stopping:
            time.sleep(0.1)
            for place, lived in self._reap():
                if lived < CRASH_LOOP:
                    code, self._stopping = 1, True
                elif not self._stopping:
                    self._start(place, "")
        self._end()
        return code

    def _end(self) -> None:
        patience = time.monotonic() + LONGEST_GOODBYE
        self._tell(signal.SIGTERM)
        while self._started:
            time.sleep(0.02)
            self._reap()
            if time.monotonic() > patience:
                self._tell(signal.SIGKILL)

    def _tell(self, what: signal.Signals) -> None:
        for pid in self._started:
            os.kill(pid, what)

    def _start(self, place: int, shown: str) -> None:
        pid = os.fork()
        if pid:
            self._started[pid] = place, time.monotonic()
            return
        _stay_on_one_core(os.getppid() + place)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
        server = Web(self.config)
        server.shown = shown
        server.run(self._sockets)
        sys.stdout.flush()
        os._exit(0 if server.started else 1)

    def _reap(self) -> list[tuple[int, float]]:
        """(place, seconds it lived) of each web process that has ended since the last call."""
        ended = [pid for pid in self._started if os.waitpid(pid, os.WNOHANG)[0]]
        found = [self._started.pop(pid) for pid in ended]
        return [(place, time.monotonic() - began) for place, began in found]

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True


def serve(host: str, port: int, *, web: int, shown: str, verbose: bool) -> int:
    """Serve until SIGTERM or SIGINT; a web process that dies is started again. Returns the exit code.

    web    number of web processes
    shown  the address people are told
    """
    os.environ.update(BUILT)
    config = uvicorn.Config(
        "oms_app.api.server:load",
        factory=True,
        host=host,
        port=port,
        workers=web,
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # every board gets the same few hundred bytes: packing them 1,000 times is waste
        proxy_headers=False,  # api/edge.py decides whom to believe
        server_header=False,
        access_log=False,
        log_level="debug" if verbose else "warning",
        timeout_graceful_shutdown=2,
    )
    code = Supervisor(config, shown).run()
    sys.stdout.write("Stopped.\n")
    return code


def load() -> Any:
    """The app of a web process."""
    served = import_module("oms_app.oms_app").app()  # by name: this floor does not know the composition root
    # A collection stops everybody: a full one with 1,000 boards for 0.3 s, a first one 2 ms for each 1,000 objects in
    # cycles, of which an act of somebody leaves some 50. So: small ones often, full ones seldom, and what the program
    # itself is made of stays out of them.
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 50, 100)
    return served


def local(host: str) -> str:
    """Where this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def answers(host: str, port: int) -> bool:
    """Whether a shop, and nothing else, answers there."""
    try:
        with socket.create_connection((local(host), port), timeout=3) as connection:
            connection.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            with connection.makefile("rb") as answer:
                return answer.read(4096).endswith(b'"pong"')
    except OSError:
        return False


def _stay_on_one_core(place: int) -> None:
    """Only one thread of a process runs Python at a time. Threads that pass that right on from core to core wait for
    the other core to wake, at every row they read: busy people then wait ten times as long.
    """
    if sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[place % len(cores)]})


def _leave_with(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _host, _port, _web, _shown, _log = sys.argv[1:]
    sys.exit(serve(_host, int(_port), web=int(_web), shown=_shown, verbose=_log == "debug"))
