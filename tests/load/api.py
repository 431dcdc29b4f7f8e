"""How many requests a second the API answers, beside the bare database and the service without HTTP, in one run.

    python -m tests.load.api [--seconds 8] [--clients 8] [--postgresql]

Starts its own shop on a free port of this machine and a data directory of its own, and stops by itself.
"""

import argparse
import http.client
import itertools
import json
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests import servers

SKUS = 200
_serial = itertools.count(1)


@dataclass(frozen=True)
class Result:
    """What was done in one measurement; times in milliseconds."""

    name: str
    per_second: float
    p50: float
    p99: float
    failed: int

    def __str__(self) -> str:
        return f"{self.name:<44}{self.per_second:>9,.0f}/s{self.p50:>9.1f}{self.p99:>9.1f}{self.failed:>8}"


def main() -> None:
    """Measure and print."""
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--seconds", type=float, default=8)
    reading.add_argument("--clients", type=int, default=8)
    reading.add_argument("--postgresql", action="store_true")
    given = reading.parse_args()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oms-load-")))
        settings = {"OMS_SECRET_KEY": "only-for-tests", "OMS_LOG": "warning"}
        if given.postgresql:
            cluster = stack.enter_context(servers.postgresql())
            settings["OMS_DATABASE_URL"] = cluster.url(cluster.create())
        shop = stack.enter_context(servers.shop(directory, **settings))
        os.environ.update(shop.environment | settings)
        tokens = _fill(given.clients)
        print(f"{'':<44}{'':>11}{'p50 ms':>9}{'p99 ms':>9}{'failed':>8}")
        if not given.postgresql:
            print(measure("bare SQLite: 14 statements and a commit", [_bare(directory)], given.seconds / 2))
        print(measure("placement.place, one thread, no HTTP", [_place()], given.seconds / 2))
        for name, count, act in (
            ("POST /orders, one client", 1, post_order),
            (f"POST /orders, {given.clients} clients", given.clients, post_order),
            (f"POST /orders with a key, {given.clients} clients", given.clients, post_order_once),
            (f"GET /orders?limit=50, {given.clients} clients", given.clients, get_orders),
            (f"GET /orders?q=…&limit=10, {given.clients} clients", given.clients, find_orders),
            (f"GET /orders/{{number}}, {given.clients} clients", given.clients, get_order),
        ):
            print(measure(name, [client(shop.url, token, act) for token in tokens[:count]], given.seconds))


def measure(name: str, acts: list[Callable[[], bool]], seconds: float) -> Result:
    """Repeat each act in a thread of its own until time is up."""
    end = time.perf_counter() + seconds
    times: list[float] = []
    failed = 0
    lock = threading.Lock()

    def run(act: Callable[[], bool]) -> None:
        nonlocal failed
        mine, bad = [], 0
        while (began := time.perf_counter()) < end:
            bad += not act()
            mine.append((time.perf_counter() - began) * 1000)
        with lock:
            times.extend(mine)
            failed += bad

    began = time.perf_counter()
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return Result(name, len(times) / took, cuts[49], cuts[98], failed)


def client(url: str, token: str, act: Callable[["Connection"], bool]) -> Callable[[], bool]:
    """An act over a connection of its own."""
    connection = Connection(url, token)
    return lambda: act(connection)


class Connection:
    """One kept connection that sends JSON with a token."""

    def __init__(self, url: str, token: str):
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        """Status and body."""
        data = None if body is None else json.dumps(body).encode()
        self._http.request(method, f"/api/v1{path}", data, self._headers | headers)
        answer = self._http.getresponse()
        return answer.status, answer.read()


def post_order(connection: Connection) -> bool:
    """Place an order of two lines for a new customer."""
    return connection.ask("POST", "/orders", _order(next(_serial)))[0] == 201


def post_order_once(connection: Connection) -> bool:
    """The same with an idempotency key."""
    serial = next(_serial)
    return connection.ask("POST", "/orders", _order(serial), **{"Idempotency-Key": f"load-{serial}"})[0] == 201


def get_orders(connection: Connection) -> bool:
    """A page of the newest orders, whole."""
    return connection.ask("GET", "/orders?limit=50")[0] == 200


def find_orders(connection: Connection) -> bool:
    """A search."""
    return connection.ask("GET", f"/orders?q=status:placed%20buyer{next(_serial) % 97}&limit=10")[0] == 200


def get_order(connection: Connection) -> bool:
    """One order."""
    return connection.ask("GET", f"/orders/{10_001 + next(_serial) % 100}")[0] == 200


def _order(serial: int) -> dict[str, object]:
    return {
        "channel": "manual",
        "external_id": f"L-{serial}",
        "customer": {
            "name": f"Buyer{serial % 97} Rao",
            "email": f"b{serial}@customer.example",
            "phone": f"9{serial:09d}",
        },
        "shipping_address": {
            "line1": f"{serial} MG Road",
            "city": "Pune",
            "state": "Maharashtra",
            "postal_code": "411001",
            "country": "IN",
        },
        "payment": {"method": "cod", "status": "pending"},
        "lines": [{"sku": f"SKU-{(serial + each) % SKUS}", "quantity": 1} for each in (0, 7)],
    }


def _fill(clients: int) -> list[str]:
    """Articles to order, and a token for each client: one alone may send 500 requests a second."""
    from tests import make

    make.shop()
    for number in range(SKUS):
        make.product(f"SKU-{number}", on_hand=1_000_000)
    return [make.token().secret for _ in range(clients)]


def _place() -> Callable[[], bool]:
    from oms_app.api.order_bodies import NewOrder, draft
    from oms_app.services import placement
    from tests import make

    def act() -> bool:
        body = NewOrder.model_validate(_order(next(_serial)))
        return bool(placement.place(make.ADMIN, draft(body, "INR")))

    return act


def _bare(directory: Path) -> Callable[[], bool]:
    """What one order writes and reads, straight into a copy of the database file, as one committed transaction."""
    with (
        closing(sqlite3.connect(directory / "oms.db")) as source,
        closing(sqlite3.connect(directory / "bare.db")) as to,
    ):
        source.backup(to)
    connection = sqlite3.connect(directory / "bare.db", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    serials = itertools.count(1)

    def act() -> bool:
        for statement, values in _statements(next(serials)):
            connection.execute(statement, values)
        return True

    return act


def _statements(serial: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    order_id, now = 1_700_000_000 * 2**20 + serial, 1_700_000_000_000
    yield "BEGIN IMMEDIATE", ()
    yield "SELECT * FROM channel WHERE name = ?", ("manual",)
    yield "SELECT * FROM product WHERE sku IN (?, ?)", (f"SKU-{serial % SKUS}", f"SKU-{(serial + 7) % SKUS}")
    yield (
        "INSERT INTO customer (name, email, phone, gstin, demo, created_at) VALUES (?, ?, ?, '', 0, ?)",
        (f"Buyer{serial % 97} Rao", f"bare{serial}@customer.example", f"+918{serial:09d}", now),
    )
    yield (
        "INSERT INTO address (name, phone, line1, line2, city, state, postal_code, country)"
        " VALUES (?, '', ?, '', 'Pune', 'Maharashtra', '411001', 'IN')",
        (f"Buyer{serial % 97} Rao", f"{serial} MG Road"),
    )
    yield (
        "INSERT INTO orders (id, number, channel_id, stage, stage_at, version, placed_at, updated_at, ship_by,"
        " priority, customer_name, city, state, postal_code, country, gstin, currency, subtotal, total, payment_method,"
        " payment_status, units, shortfall, holds, cancel_reason)"
        " VALUES (?, ?, 1, 'placed', ?, 1, ?, ?, ?, 0, ?, 'Pune', 'Maharashtra', '411001', 'IN', '', 'INR', 99900,"
        " 99900, 'prepaid', 'unpaid', 2, 0, 0, '')",
        (order_id, f"B{serial}", now, now, now, now, f"Buyer{serial % 97} Rao"),
    )
    for position in (0, 1):
        yield (
            "INSERT INTO order_line (order_id, position, product_id, sku, name, quantity, allocated, picked, packed,"
            " shipped, returned, cancelled, unit_price_micros, tax_included, discount, total)"
            " VALUES (?, ?, ?, ?, 'Article', 1, 1, 0, 0, 0, 0, 0, 499500000, 1, 0, 49950)",
            (order_id, position, 1 + (serial + 7 * position) % SKUS, f"SKU-{(serial + 7 * position) % SKUS}"),
        )
        yield (
            "UPDATE stock_level SET reserved = reserved + 1 WHERE product_id = ? AND on_hand - reserved - safety >= 1",
            (1 + (serial + 7 * position) % SKUS,),
        )
        yield (
            "INSERT INTO reservation (order_id, order_line_id, product_id, location_id, quantity, state, at)"
            " SELECT order_id, id, product_id, 1, 1, 'open', ? FROM order_line WHERE order_id = ? AND position = ?",
            (now, order_id, position),
        )
    yield (
        'INSERT INTO event (subject, subject_id, order_id, kind, actor, source, "before", "after", reason, at)'
        " VALUES ('order', ?, ?, 'placed', 'load', 'api', '{}', ?, '', ?)",
        (order_id, order_id, '{"stage": "placed", "total": "999.00"}', now),
    )
    yield "COMMIT", ()


if __name__ == "__main__":
    main()
