"""The server process of `oms run`: one small supervisor, and the web processes it starts, watches and stops.

It imports granian and little else, so that it weighs next to nothing beside the web processes.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

# The app was compiled by `cli.frontend`: serve what was built, and never compile or download at start.
BUILT = {
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    "REFLEX_ENV_MODE": "prod",
    "REFLEX_TELEMETRY_ENABLED": "false",
}


class Supervisor(MPServer):
    """Granian's supervisor, which says when the shop is open and where."""

    shown = ""

    def startup(self, *arguments: Any) -> None:
        """Start the web processes, and only then a thread: a fork does not copy it half way through something."""
        super().startup(*arguments)
        threading.Thread(target=self._announce, daemon=True).start()

    def _announce(self) -> None:
        while not answers(self.bind_addr, self.bind_port):
            time.sleep(0.05)
        sys.stdout.write(f"The shop is open: {self.shown}   (Ctrl-C closes it)\n")
        sys.stdout.flush()


def serve(host: str, port: int, *, web: int, shown: str, verbose: bool) -> None:
    """Serve until SIGTERM or SIGINT; a web process that dies is started again.

    web    number of web processes
    shown  the address people are told
    """
    os.environ.update(BUILT)
    if sys.platform == "linux":  # shares the supervisor's memory; not the default everywhere
        multiprocessing.set_start_method("fork")
    supervisor = Supervisor(
        "oms_app.oms_app:app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=web,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
        log_level=LogLevels.debug if verbose else LogLevels.warning,
    )
    supervisor.shown = shown
    supervisor.serve(target_loader=load)
    sys.stdout.write("Stopped.\n")


def load(target: str) -> Any:
    """Load the app in a web process, which leaves when its supervisor is gone."""
    from granian._internal import load_target

    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    return load_target(target, factory=True)


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


def _leave_with(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _host, _port, _web, _shown, _log = sys.argv[1:]
    serve(_host, int(_port), web=int(_web), shown=_shown, verbose=_log == "debug")
