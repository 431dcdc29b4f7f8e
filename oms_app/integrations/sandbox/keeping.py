"""What sandboxes know, kept in a file from one start to the next: an order at each change, the rest now and then."""

import pickle
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

import structlog

from oms_app.integrations.sandbox.shop import Order
from oms_app.integrations.sandbox.vendor import Sandbox

_KEYS = 500
"""Answers that are kept for a call that comes again."""

_NEWEST = 300
"""Orders that may change without a word of it."""

_log = structlog.get_logger(__name__)


class Keeper:
    """The file. What it holds was written by this program only."""

    def __init__(self, file: Path):
        self._lock, self._asked = threading.Lock(), dict[str, int]()
        self._written: dict[tuple[str, str], int] = {}
        try:
            self._rows = _opened(file)
        except sqlite3.DatabaseError:
            _log.warning("sandboxes_begin_anew", file=str(file))
            for each in file.parent.glob(f"{file.name}*"):
                each.unlink()
            self._rows = _opened(file)

    def restore(self, sandbox: Sandbox) -> bool:
        """Let a sandbox know what it knew, and follow it from now on; whether there was anything."""
        known = False
        try:
            found = dict(self._rows.execute("SELECT part, body FROM kept WHERE sandbox = ?", (sandbox.name,)))
            parts = {part: pickle.loads(body) for part, body in found.items()}  # noqa: S301 - our own file
            if parts:
                _restore(sandbox, parts)
            known = bool(parts)
        except Exception:  # of another version, whose orders had another shape
            _log.exception("sandbox_begins_anew", sandbox=sandbox.name)
            self._rows.execute("DELETE FROM kept WHERE sandbox = ?", (sandbox.name,))
        sandbox.shop.listeners.append(lambda _topic, order: self._put(sandbox.name, str(order.number), order))
        return known

    def keep(self, sandbox: Sandbox) -> None:
        """Keep the rest, if it was called since the last time."""
        with sandbox.shop.lock:
            if self._asked.get(sandbox.name) != sandbox.asked:
                self._asked[sandbox.name] = sandbox.asked
                self._put(sandbox.name, "rest", _rest(sandbox))
                for number in islice(reversed(sandbox.shop.orders), _NEWEST):  # what it does not tell of: our number
                    self._put(sandbox.name, str(number), sandbox.shop.orders[number])

    def port(self, name: str) -> int:
        """Where a sandbox was; 0 where it was nowhere yet."""
        found = self._rows.execute("SELECT port FROM place WHERE sandbox = ?", (name,)).fetchone()
        return int(found[0]) if found else 0

    def keep_port(self, name: str, port: int) -> None:
        """Keep where it is."""
        self._rows.execute("INSERT OR REPLACE INTO place VALUES (?, ?)", (name, port))

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._rows.close()

    def _put(self, name: str, part: str, what: Any) -> None:
        body = pickle.dumps(what)
        with self._lock:
            if self._written.get((name, part)) != (mark := hash(body)):
                self._rows.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (name, part, body))
                self._written[name, part] = mark


def _opened(file: Path) -> sqlite3.Connection:
    """The file, each statement whole by itself; it survives the end of the program, however that comes."""
    rows = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    rows.execute("PRAGMA journal_mode = WAL")
    rows.execute("PRAGMA synchronous = NORMAL")
    rows.execute("CREATE TABLE IF NOT EXISTS kept (sandbox, part, body, PRIMARY KEY (sandbox, part)) WITHOUT ROWID")
    rows.execute("CREATE TABLE IF NOT EXISTS place (sandbox PRIMARY KEY, port) WITHOUT ROWID")
    return rows


def _rest(sandbox: Sandbox) -> dict[str, Any]:
    """All but the orders: articles with their stock, answers by key, and what only this vendor has."""
    shop = sandbox.shop
    return {
        "articles": shop.articles,
        "extra": shop.extra,
        "last": shop.last,
        "keys": dict(_kept_keys(shop.keys)),
        "own": {path: attrgetter(path)(sandbox) for path in sandbox.keeps},
    }


def _restore(sandbox: Sandbox, parts: dict[str, Any]) -> None:
    shop, rest = sandbox.shop, parts.pop("rest", None)
    orders: list[Order] = sorted(parts.values(), key=lambda order: order.number)
    for order in orders:
        for each in fields(order):
            getattr(order, each.name)
    for name in rest["own"] if rest else ():
        attrgetter(name)(sandbox)
    shop.orders.update((order.number, order) for order in orders)
    if rest is None:
        return
    shop.articles.update(rest["articles"])
    shop.extra.update(rest["extra"])
    shop.last = max(shop.last, rest["last"])
    shop.keys.update((key, pickle.loads(answer)) for key, answer in rest["keys"].items())  # noqa: S301 - our own
    for path, kept in rest["own"].items():
        _put_back(sandbox, path, kept)


def _put_back(sandbox: Sandbox, path: str, kept: Any) -> None:
    """Into what is there where it can be filled: others hold the same."""
    there = attrgetter(path)(sandbox)
    match there:
        case dict() | set():
            there.clear()
            there.update(kept)
        case list():
            there[:] = kept
        case _:
            owner, _, name = path.rpartition(".")
            setattr(attrgetter(owner)(sandbox) if owner else sandbox, name, kept)


def _kept_keys(keys: dict[str, tuple[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """The newest answers; those that cannot be kept are worked out as they are asked for."""
    for key in list(keys)[-_KEYS:]:
        try:
            yield key, pickle.dumps(keys[key])
        except (pickle.PicklingError, AttributeError, TypeError):
            continue
