"""Every list page of a shop with 1,000,000 orders and 50,000 SKUs: the service call beside its statements alone.

Promised: 100 ms a page, the first and one deep in the list. It fills the shop that the settings name (OMS_DATA_DIR or
OMS_DATABASE_URL, a copy that may be written to) with 50,000 articles at three locations, 20,000 holds, 20,000 lines
that wait and as many rows in every other list, once. Run it with

    OMS_DATA_DIR=… .venv/bin/python -m tests.load.lists
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from oms_app.db import engine
from oms_app.db.checkpoint import checkpointing
from oms_app.db.engine import is_sqlite, reading
from oms_app.domain.board import Side
from oms_app.domain.drafts import DraftState
from oms_app.domain.holds import HoldKind
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.permissions import Actor, Role
from oms_app.domain.purchasing import OPEN
from oms_app.domain.stock_cover import View
from oms_app.services import (
    bins,
    board,
    catalogue,
    counts,
    drafts,
    holds,
    kits,
    notices,
    orders,
    products,
    purchasing,
    reorder,
    rules,
    runs,
    shortfalls,
    sku_map,
    stock,
    stock_cover,
    stock_sheet,
    stock_truth,
    suppliers,
    transfers,
)
from tests import make
from tests.load import lists_fill

BAR_MS = 100
A, Call = make.ADMIN, Callable[[], Any]


def _lists(at: lists_fill.Filled) -> dict[str, tuple[Call, Call | None]]:
    """(first page, a deep one) by the name of a list."""
    here = Actor(name="load@shop.example", role=Role.WAREHOUSE, location_id=at.location_id)
    reader = Actor(name="load@shop.example", role=Role.ADMIN, user_id=at.user_id)
    deep_queue = shortfalls.page(A, limit=1).next_cursor or ""
    deep_queue = f"{at.rank}.{deep_queue.split('.', 1)[1]}"
    found: dict[str, tuple[Call, Call | None]] = {
        "orders": (lambda: orders.page(A), lambda: orders.page(A, cursor=at.orders_cursor)),
        "board": (lambda: board.view(A), None),
        "board, sides": (lambda: board.sides(A, tuple(Side)), None),
        "board column, more": (lambda: board.columns(A, [Stage.PLACED], limits={Stage.PLACED: 500}), None),
        "hold counts": (lambda: holds.counts(A), None),
        "hold queue, a kind": (
            lambda: holds.page(A, HoldKind.ADDRESS),
            lambda: holds.page(A, HoldKind.ADDRESS, after=at.hold_id),
        ),
        "hold queue, a rare kind": (lambda: holds.page(A, HoldKind.FRAUD), None),
        "hold queue, all": (lambda: holds.queue(A), lambda: holds.page(A, after=at.hold_id)),
        "hold queue, one location": (lambda: holds.queue(here), None),
        "shortfalls": (lambda: shortfalls.page(A), lambda: shortfalls.page(A, cursor=deep_queue)),
        "shortfall counts": (lambda: shortfalls.counts(A), None),
        "shortfalls, rare state": (lambda: shortfalls.page(A, state="preorder"), None),
        "shortfalls of a SKU": (lambda: shortfalls.page(A, words=at.short_sku), None),
        "shortfalls of an order": (lambda: shortfalls.page(A, words=at.short_order), None),
        "shortfalls of nothing": (lambda: shortfalls.page(A, words="NOTHING"), None),
        "shortfalls, a channel": (lambda: shortfalls.page(A, channel=at.channel), None),
        "shortfalls, one location": (lambda: shortfalls.page(here), None),
        "inventory": (lambda: stock.page(A), lambda: stock.page(A, after_sku="SKU-040000")),
        "inventory, nothing left": (lambda: stock.page(A, only_out=True), None),
        "inventory, words": (
            lambda: stock.page(A, words="no such thing"),
            lambda: stock.page(A, words="article 4", after_sku="SKU-040000"),
        ),
        "inventory, prefix": (lambda: stock.page(A, prefix="SKU-04"), None),
        "movements": (lambda: stock.movements(A, at.moved_sku), None),
        "stock truth": (
            lambda: stock_truth.overview(A),
            lambda: stock_truth.overview(A, after=("SKU-040000", "MAIN")),
        ),
        "stock cover": (
            lambda: stock_cover.page(A, View.LOW, 14),
            lambda: stock_cover.page(A, View.LOW, 14, after=(9, at.product_id)),
        ),
        "stock cover, idle": (lambda: stock_cover.page(A, View.IDLE, 14), None),
        "sheet": (
            lambda: stock_sheet.page(A, "MAIN"),
            lambda: stock_sheet.page(A, "MAIN", after=("SKU-040000", 0)),
        ),
        "sheet, small location": (lambda: stock_sheet.page(A, at.small), None),
        "bins": (lambda: bins.page(A, "MAIN"), lambda: bins.page(A, "MAIN", after="B-04000")),
        "transfers": (lambda: transfers.page(A), lambda: transfers.page(A, before=at.transfer_id)),
        "transfers, open": (lambda: transfers.page(A, only_open=True), None),
        "counts": (lambda: counts.page(A), lambda: counts.page(A, before=at.count_id)),
        "counts, open": (lambda: counts.page(A, only_open=True), None),
        "counts, one location": (lambda: counts.page(here), None),
        "purchase orders": (lambda: purchasing.page(A), lambda: purchasing.page(A, before=at.purchase_id)),
        "purchase orders, open": (lambda: purchasing.page(A, states=OPEN), None),
        "purchase orders, late": (lambda: purchasing.page(A, late=True), None),
        "purchase counts": (lambda: purchasing.counts(A), None),
        "reorder": (lambda: reorder.page(A), lambda: reorder.page(A, after=(15, at.product_id))),
        "suppliers": (lambda: suppliers.page(A), lambda: suppliers.page(A, after="Supplier 0400")),
        "suppliers, words": (lambda: suppliers.page(A, words="no such"), None),
        "a price list": (lambda: suppliers.price_list(A, at.supplier_id), None),
        "drafts": (lambda: drafts.page(A), lambda: drafts.page(A, state=DraftState.PLACED, before=at.draft_id)),
        "runs": (lambda: runs.page(A), lambda: runs.page(A, before=at.run_id)),
        "rules": (lambda: rules.every(A), None),
        "rules log": (lambda: rules.firings(A), lambda: rules.firings(A, before=at.firing_id)),
        "rules log, a rule": (lambda: rules.firings(A, rule_id=at.rule_id), None),
        "rules log, an order": (lambda: rules.firings(A, number=at.short_order), None),
        "notices": (lambda: notices.page(reader), lambda: notices.page(reader, before=at.notice_id)),
        "notices unread": (lambda: notices.unread(reader), None),
        "SKU map": (lambda: sku_map.page(A), lambda: sku_map.page(A, after=(at.channel, "THEIRS-15000"))),
        "products": (lambda: products.page(A), lambda: products.page(A, after_sku="SKU-040000")),
        "products, words": (lambda: products.page(A, words="no such thing"), None),
        "products, API": (lambda: catalogue.products(A), lambda: catalogue.products(A, after_sku="SKU-040000")),
        "kits": (lambda: kits.page(A), None),
        "locations": (lambda: catalogue.locations(A), None),
        "channels": (lambda: catalogue.channels(A), None),
    }
    for stage in OPEN_STAGES:
        found[f"board column, {stage}"] = (lambda stage=stage: board.columns(A, [stage]), None)  # type: ignore[misc]
    return found


def timed(act: Call, times: int) -> tuple[float, float]:
    """(p50, p95) in milliseconds of several calls after one that warms the caches."""
    act()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1_000)
    return sorted(took)[times // 2], sorted(took)[int(times * 0.95)]


def cpu(act: Call, times: int) -> float:
    """Milliseconds that processors work on a call, the database's share included: what a busy machine does not add."""
    servers = _servers()
    began, there = time.thread_time(), _worked_ns(servers)
    for _ in range(times):
        act()
    return ((time.thread_time() - began) * 1_000 + (_worked_ns(servers) - there) / 1e6) / times


def _servers() -> list[int]:
    """The processes of PostgreSQL that serve this database; none on SQLite. It must run on this machine."""
    with reading() as tx:
        if is_sqlite(tx):
            return []
        return list(tx.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")))


def _worked_ns(processes: list[int]) -> int:
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in processes)


def bare(act: Call, times: int) -> float:
    """Median milliseconds of the statements of a call, sent to the driver as they are."""
    said: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, many: bool) -> None:
        if not many and statement.lstrip()[:6].upper() in ("SELECT", "WITH  ", "WITH R"):
            said.append((statement, parameters))

    event.listen(engine.engine(), "before_cursor_execute", hear)
    try:
        act()
    finally:
        event.remove(engine.engine(), "before_cursor_execute", hear)
    raw = engine.engine().raw_connection()
    cursor = raw.cursor()

    def again() -> None:
        for statement, parameters in said:
            cursor.execute(statement, parameters)
            cursor.fetchall()

    try:
        return timed(again, times)[0]
    finally:
        raw.rollback()
        raw.close()


def main() -> None:
    """Fill where it must, measure each page, exit 1 where one is slower than promised."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=20)
    options.add_argument("--only", default="", help="lists whose name holds this")
    given = options.parse_args()
    os.environ.setdefault("OMS_SECRET_KEY", "only-for-tests")
    slow = []
    with checkpointing():
        filled = lists_fill.fill()
        print(f"{'':28}{'first p50':>10}{'p95':>8}{'deep p50':>10}{'p95':>8}{'CPU':>8}{'× SQL':>8}   ms", flush=True)
        for name, (first, deep) in _lists(filled).items():
            if given.only not in name:
                continue
            p50, p95 = timed(first, given.times)
            beyond = timed(deep, given.times) if deep else None
            rest = f"{beyond[0]:>10.1f}{beyond[1]:>8.1f}" if beyond else f"{'':18}"
            worked = max(cpu(each, given.times) for each in (first, deep) if each)
            ratio = p50 / max(bare(first, given.times), 0.01)
            print(f"{name:28}{p50:>10.1f}{p95:>8.1f}{rest}{worked:>8.1f}{ratio:>8.1f}", flush=True)
            if max(p95, beyond[1] if beyond else 0) > BAR_MS:
                slow.append(name)
    print("promise kept" if not slow else f"PROMISE BROKEN: over {BAR_MS} ms: {', '.join(slow)}")
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
