"""The server process of `oms run`: one small supervisor, and the web processes it starts, watches and stops."""

import multiprocessing
import os
import signal
import sys
import threading
import time
import urllib.request
from typing import Any

import typer

from oms_app.settings import Settings, get_settings

# The app was compiled by `cli.frontend`: serve what was built, and never compile or download at start.
BUILT = {
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    "REFLEX_ENV_MODE": "prod",
    "REFLEX_TELEMETRY_ENABLED": "false",
}


def serve(settings: Settings, web: int) -> None:
    """Serve until SIGTERM or SIGINT; a web process that dies is started again."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    os.environ.update(BUILT)
    multiprocessing.set_start_method("spawn")  # a fork would copy our announcing thread's locks
    server = Server(
        "oms_app.oms_app:app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=web,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
        log_level=LogLevels.debug if settings.log == "debug" else LogLevels.warning,
    )
    threading.Thread(target=_announce, args=(settings,), daemon=True).start()
    server.serve(target_loader=load)
    typer.echo("Stopped.")


def load(target: str) -> Any:
    """Load the app in a web process, which leaves when its supervisor is gone."""
    from granian._internal import load_target

    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    return load_target(target, factory=True)


def address(settings: Settings) -> str:
    """Where a person on this machine opens the shop."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{host}:{settings.port}"


def _announce(settings: Settings) -> None:
    local = address(settings)
    while True:
        try:
            urllib.request.urlopen(f"{local}/ping", timeout=2).close()  # noqa: S310 - our own address
            break
        except OSError:
            time.sleep(0.1)
    typer.echo(f"The shop is open: {settings.public_url or local}   (Ctrl-C closes it)")


def _leave_with(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    serve(get_settings(), web=int(sys.argv[1]))
