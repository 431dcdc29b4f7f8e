"""`oms run`, `oms migrate`, `oms build`: make everything ready, then hand the process over to the server."""

import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from oms_app.domain.errors import Refused

if TYPE_CHECKING:
    from oms_app.settings import Settings


def run(
    web: Annotated[int, typer.Option(min=1, help="Web processes. More than one needs OMS_REDIS_URL.")] = 1,
) -> None:
    """Start the shop: pages, API, webhooks and the job worker on one port.

    The first start makes the data directory and the database, loads the demo shop (`OMS_DEMO=0` leaves it empty) and
    builds the front end. Later starts do only what changed.

    Example: `OMS_PORT=9000 oms run`
    """
    from oms_app.settings import ROOT, get_settings

    settings = get_settings()
    if web > 1 and not settings.redis_url:
        raise Refused("Several web processes find each other through Redis: set OMS_REDIS_URL, or leave --web out.")
    require_free_port(settings)
    make_ready(settings)
    os.environ["OMS_DATA_DIR"] = str(settings.data_dir.resolve())
    if settings.database_url:
        os.environ["OMS_DATABASE_URL"] = settings.url
    os.chdir(ROOT)
    # A fresh process: what migrations and demo data needed in memory is not carried along, and the pid stays.
    arguments = [settings.host, str(settings.port), str(web), settings.address, settings.log]
    os.execv(sys.executable, [sys.executable, "-m", "oms_app.api.server", *arguments])  # noqa: S606


def migrate() -> None:
    """Bring the database to the newest schema; `oms run` does so by itself.

    Example: `OMS_DATABASE_URL=postgresql://oms@db/oms oms migrate`
    """
    from oms_app.db import engine
    from oms_app.services import setup

    setup.prepare()
    typer.echo(f"The database is at {engine.revision()[0]}.")


def build() -> None:
    """Build the front end if anything it is made of changed; `oms run` does so by itself.

    Example: `oms build && oms run`
    """
    building = _Building()
    building.start()
    building.finish()


def make_ready(settings: "Settings") -> None:
    """Key, schema, Redis, demo shop, front end; whatever can fail at once is tried before the long build."""
    from oms_app.cli import demo
    from oms_app.db import engine
    from oms_app.services import demo as demo_shop
    from oms_app.services import setup

    settings.key()
    setup.prepare()
    if settings.redis_url:
        from redis import Redis

        with Redis.from_url(settings.redis_url, socket_connect_timeout=5) as client:
            client.ping()
    building = _Building()
    building.start()
    if demo_shop.is_wanted():
        demo.load_shop()
    if welcome := demo.sign_ins():
        typer.echo(welcome)
    engine.dispose()
    building.finish()


def require_free_port(settings: "Settings") -> None:
    """Refuse with a sentence when somebody listens there already, or when the address is not of this machine."""
    address = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen()
    except PermissionError:
        raise Refused(f"{address}: ports below 1024 need root. Choose another with OMS_PORT.") from None
    except socket.gaierror:
        raise Refused(f"OMS_HOST={settings.host} is not the name or address of a machine.") from None
    except OSError as error:
        if error.errno == 99:
            raise Refused(f"OMS_HOST={settings.host} is not an address of this machine.") from None
        raise Refused(
            f"Something listens on {address} already: stop it, or choose another, e.g. OMS_PORT={settings.port + 1}.",
            code="port_taken",
        ) from None


class _Building(threading.Thread):
    """Builds the front end while the database is made ready, and keeps the error for the main thread."""

    error: Exception | None = None

    def run(self) -> None:
        from oms_app.cli import frontend

        try:
            if not frontend.is_current():
                started = time.monotonic()
                typer.echo("Building the front end (only after a change, about half a minute) …")
                frontend.build(typer.echo)
                typer.echo(f"Front end built in {time.monotonic() - started:.0f} s.")
        except Exception as error:
            self.error = error

    def finish(self) -> None:
        self.join()
        if self.error:
            raise self.error
