"""The rows that `tests/load/lists.py` looks at, written in bulk beside the orders of a big shop."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from oms_app.db.engine import reading, transaction
from oms_app.db.queries.bins import bin_, placed
from oms_app.db.queries.catalogue import channel, location, product
from oms_app.db.queries.counts import count
from oms_app.db.queries.counts import line as count_line
from oms_app.db.queries.drafts import draft
from oms_app.db.queries.notices import notice
from oms_app.db.queries.orders import hold, line, order
from oms_app.db.queries.purchasing import line as purchase_line
from oms_app.db.queries.purchasing import order as purchase
from oms_app.db.queries.reorder import suggestion
from oms_app.db.queries.rules import firing, rule
from oms_app.db.queries.runs import run
from oms_app.db.queries.shortfalls import shortfall
from oms_app.db.queries.sku_map import sku_map
from oms_app.db.queries.stock import level, movement
from oms_app.db.queries.stock_cover import cover
from oms_app.db.queries.suppliers import supplier, terms
from oms_app.db.queries.transfers import line as transfer_line
from oms_app.db.queries.transfers import transfer
from oms_app.db.tables.accounts import User
from oms_app.domain.counts import CountState
from oms_app.domain.holds import HoldKind
from oms_app.domain.lifecycle import OPEN_STAGES
from oms_app.domain.purchasing import PurchaseState
from oms_app.domain.transfers import TransferState
from oms_app.services import stock_truth
from tests import make

SKUS, MANY, FIRST = 50_000, 20_000, 10_000_001
"""Articles, rows of most lists, and the first id of what is written here."""

AT_ONCE = 5_000
_user = User.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Filled:
    """Where the lists begin and where they are deep."""

    location_id: int
    small: str
    user_id: int
    channel: str
    orders_cursor: str
    product_id: int
    moved_sku: str
    hold_id: int
    rank: int
    short_sku: str
    short_order: str
    transfer_id: int
    count_id: int
    purchase_id: int
    supplier_id: int
    draft_id: int
    run_id: int
    firing_id: int
    rule_id: int
    notice_id: int


def fill() -> Filled:
    """Write it once, and say where to look."""
    with reading() as tx:
        there = tx.scalar(select(func.count()).where(product.c.id >= FIRST)) or 0
    if not there:
        began = time.perf_counter()
        with transaction() as tx:
            _articles(tx)
        with transaction() as tx:
            _warehouse(tx)
        with transaction() as tx:
            _waiting(tx)
        with transaction() as tx:
            _other(tx)
        stock_truth.check(make.ADMIN)
        with transaction() as tx:
            tx.execute(text("ANALYZE"))
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    with reading() as tx:
        return _known(tx)


def _articles(tx: Connection) -> None:
    now = datetime.now(UTC)
    places = list(tx.scalars(select(location.c.id).order_by(location.c.id)))[:3]
    shared = {"kind": "goods", "price_micros": 1, "currency": "INR", "tax_included": True, "hsn": "", "barcode": ""}
    shared |= {"weight_g": 0, "active": True, "demo": False, "created_at": now}
    _many(tx, product, ({"id": i, "sku": f"SKU-{n:06d}", "name": f"Article {n}"} | shared for n, i in _ids(SKUS)))
    there = {"reserved": 0, "safety": 0, "blocked": 0}  # every fiftieth level is wrong
    for place in places:
        _many(
            tx,
            level,
            ({"product_id": i, "location_id": place, "on_hand": n % 60 + (not n % 50)} | there for n, i in _ids(SKUS)),
        )
        came = {"location_id": place, "kind": "received", "cause": "load", "reason": "", "actor": "load", "at": now}
        _many(tx, movement, ({"product_id": i, "quantity": n % 60} | came for n, i in _ids(SKUS)))
    _many(
        tx,
        cover,
        ({"product_id": i, "issued": 9, "available": n % 60, "days": n % 30 or None} for n, i in _ids(SKUS)),
    )
    words = dict.fromkeys(("contact", "email", "phone", "gstin", "address", "payment_terms"), "")
    words |= {"currency": "INR", "lead_time_days": 7, "active": True, "demo": False, "created_at": now}
    _many(tx, supplier, ({"id": i, "name": f"Supplier {n:04d}"} | words for n, i in _ids(500)))
    deal = {"supplier_sku": "", "cost_micros": 1_000_000, "pack_size": 12, "moq": 24, "preferred": False}
    sold = ({"supplier_id": FIRST + n % 500, "product_id": i, "lead_time_days": None} | deal for n, i in _ids(SKUS))
    _many(tx, terms, sold)
    asked = ({"supplier_id": FIRST + n % 500, "product_id": i, "days_left": n % 30} for n, i in _ids(MANY))
    _many(tx, suggestion, (row | {"quantity": 24} for row in asked))


def _warehouse(tx: Connection) -> None:
    now = datetime.now(UTC)
    places = list(tx.scalars(select(location.c.id).order_by(location.c.id)))[:3]
    tx.execute(insert(location), {"code": "TINY", "name": "Tiny", "active": True})
    tiny = tx.scalar(select(location.c.id).where(location.c.code == "TINY"))
    there = {"location_id": tiny, "on_hand": 1, "reserved": 0, "safety": 0, "blocked": 0}
    _many(tx, level, ({"product_id": FIRST + n * 500} | there for n in range(100)))
    _many(tx, bin_, ({"id": i, "location_id": places[0], "code": f"B-{n:05d}"} for n, i in _ids(5_000)))
    _many(tx, placed, ({"product_id": i, "bin_id": FIRST + n % 5_000} for n, i in _ids(SKUS)))
    moved = {"origin_id": places[0], "destination_id": places[1], "taxed": False, "created_by": "load"}
    moved |= {"created_at": now, "version": 1, "note": "", "origin_gstin": "", "destination_gstin": ""}
    state = {True: TransferState.SENT, False: TransferState.RECEIVED}
    _many(tx, transfer, ({"id": i, "state": state[n <= 500]} | moved for n, i in _ids(MANY)))
    piece = {"quantity": 5, "received": 5, "missing": 0}
    for more in (1, 2, 3):
        _many(
            tx,
            transfer_line,
            ({"transfer_id": i, "product_id": FIRST + (n * 37 + more) % SKUS} | piece for n, i in _ids(MANY)),
        )
    counted = {"bin": "", "sku_prefix": "", "version": 1, "created_by": "load", "created_at": now}
    how = {True: CountState.REQUESTED, False: CountState.POSTED}
    _many(
        tx,
        count,
        ({"id": i, "location_id": places[n % 3], "state": how[n <= 500]} | counted for n, i in _ids(MANY)),
    )
    seen = {"book": 3, "counted": 3, "recount_book": None, "recounted": None, "posted": True}
    for more in (1, 2, 3):
        _many(
            tx,
            count_line,
            ({"count_id": i, "product_id": FIRST + (n * 41 + more) % SKUS} | seen for n, i in _ids(MANY)),
        )
    bought = {"location_id": places[0], "currency": "INR", "note": "", "supplier_reference": "", "version": 1}
    bought |= {"created_by": "load", "created_at": now, "total": 1, "tax": 0}
    states = {True: PurchaseState.SENT, False: PurchaseState.CLOSED}
    made = ({"id": i, "supplier_id": FIRST + n % 500, "state": states[n <= 500]} | bought for n, i in _ids(MANY))
    _many(tx, purchase, made)
    ordered = {"supplier_sku": "", "quantity": 12, "received": 0, "pack_size": 12, "cost_micros": 1_000_000}
    for more in (1, 2, 3):
        _many(
            tx,
            purchase_line,
            ({"purchase_order_id": i, "product_id": FIRST + (n * 43 + more) % SKUS} | ordered for n, i in _ids(MANY)),
        )


def _waiting(tx: Connection) -> None:
    """A hold on each of 20,000 orders in the building, and a line of each that waits."""
    now = datetime.now(UTC)
    first = select(func.min(line.c.id)).where(line.c.order_id == order.c.id).correlate(order).scalar_subquery()
    query = select(order.c.id, order.c.priority, order.c.ship_by, order.c.placed_at, first.label("line_id"))
    found = list(tx.execute(query.where(order.c.stage.in_(OPEN_STAGES)).order_by(order.c.id).limit(MANY)))
    kinds = list(HoldKind)
    opened = {"code": "", "reason": "tried", "fix": "", "opened_by": "load", "opened_at": now}
    _many(
        tx,
        hold,
        (
            {"id": FIRST + n, "order_id": row.id, "kind": HoldKind.ADDRESS if n % 500 else kinds[n // 500 % 9]} | opened
            for n, row in enumerate(found)
        ),
    )
    tx.execute(update(order).where(order.c.id == bindparam("of")).values(holds=1), [{"of": row.id} for row in found])
    known: dict[int, int | None] = {}
    ids = [row.line_id for row in found]
    for begin in range(0, len(ids), 500):
        some = select(line.c.id, line.c.product_id).where(line.c.id.in_(ids[begin : begin + 500]))
        known |= {row.id: row.product_id for row in tx.execute(some)}
    tx.execute(text("DELETE FROM shortfall"))
    _many(
        tx,
        shortfall,
        (
            {
                "order_line_id": row.line_id,
                "order_id": row.id,
                "product_id": known[row.line_id],
                "units": 1,
                "state": "open" if n % 500 else "preorder",
                "rank": -row.priority,
                "due": row.ship_by or row.placed_at,
                "at": now,
            }
            for n, row in enumerate(found)
        ),
    )


def _other(tx: Connection) -> None:
    now = datetime.now(UTC)
    found = list(tx.execute(select(order.c.id, order.c.number).order_by(order.c.id.desc()).limit(MANY)))
    drawn = {"kind": "phone", "content": {}, "currency": "INR", "version": 1, "created_by": "load"}
    drawn |= {"created_at": now, "updated_at": now, "customer_name": "Asha Rao", "units": 1, "total": 1, "number": ""}
    state = {True: "open", False: "placed"}
    _many(tx, draft, ({"id": i, "state": state[n <= 500]} | drawn for n, i in _ids(MANY)))
    done = {
        "action": "tag",
        "given": {"tags": ["vip"]},
        "actor": "load",
        "role": "admin",
        "source": "web",
        "state": "done",
    }
    done |= {"background": False, "total": 1, "done": 1, "refused": 0, "why": "", "started_at": now, "worked_at": now}
    _many(tx, run, ({"id": i} | done for _, i in _ids(MANY)))
    ruled = {"kind": "placed", "q": "", "then": [], "active": False, "deleted": False, "since": 0, "actor": "load"}
    ruled |= {"changed_at": now}
    _many(tx, rule, ({"id": i, "name": f"Rule {n}", "position": n} | ruled for n, i in _ids(50)))
    fired = {"outcome": "done", "steps": [], "at": now}
    for turn in range(5):
        _many(
            tx,
            firing,
            (
                {"rule_id": FIRST + n % 50, "event_id": -(turn * MANY + n), "order_id": found[n - 1].id} | fired
                for n, _ in _ids(len(found))
            ),
        )
    who = {"name": "Load", "role": "admin", "password_hash": "", "active": True, "created_at": now}
    tx.execute(insert(_user), {"id": FIRST, "email": "lists@shop.example"} | who)
    told = {"user_id": FIRST, "number": "", "body": "tried", "sender": "load", "at": now - timedelta(days=1)}
    _many(tx, notice, ({"id": i} | told for _, i in _ids(MANY)))
    channel_id = tx.scalar(select(channel.c.id).order_by(channel.c.id).limit(1))
    called = {"channel_id": channel_id, "quantity": 1, "created_by": "load", "created_at": now}
    _many(tx, sku_map, ({"channel_sku": f"THEIRS-{n:05d}", "product_id": i} | called for n, i in _ids(MANY)))


def _known(tx: Connection) -> Filled:
    place = tx.scalar(select(location.c.id).order_by(location.c.id).limit(1))
    middle = select(order.c.id).order_by(order.c.id).offset(500_000).limit(1)
    queued = select(shortfall.c.order_id, shortfall.c.rank, line.c.sku).join(
        line, line.c.id == shortfall.c.order_line_id
    )
    last = tx.execute(queued.order_by(shortfall.c.rank.desc()).limit(1)).one()
    return Filled(
        location_id=place or 0,
        small="TINY",
        user_id=FIRST,
        channel=str(tx.scalar(select(channel.c.name).order_by(channel.c.id).limit(1))),
        orders_cursor=str(tx.scalar(middle) or ""),
        product_id=FIRST + SKUS // 2,
        moved_sku=str(tx.scalar(select(product.c.sku).where(product.c.id < FIRST).order_by(product.c.id).limit(1))),
        hold_id=FIRST + MANY - 1_000,
        rank=last.rank,
        short_sku=last.sku,
        short_order=str(tx.scalar(select(order.c.number).where(order.c.id == last.order_id))),
        transfer_id=FIRST + 1_000,
        count_id=FIRST + 1_000,
        purchase_id=FIRST + 1_000,
        supplier_id=FIRST + 7,
        draft_id=FIRST + 1_000,
        run_id=FIRST + 1_000,
        firing_id=(tx.scalar(select(func.max(firing.c.id))) or 0) - 90_000,
        rule_id=FIRST + 7,
        notice_id=FIRST + 1_000,
    )


def _ids(many: int) -> Iterable[tuple[int, int]]:
    """(number from 1, id) of rows to write."""
    return ((n + 1, FIRST + n) for n in range(many))


def _many(tx: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    given = list(rows)
    for begin in range(0, len(given), AT_ONCE):
        tx.execute(insert(table), given[begin : begin + AT_ONCE])
