"""Backups: a restore drill on both databases, and refusals that leave the shop as it was."""

import sqlite3
import threading
from pathlib import Path

import pytest

from oms_app.db import backup, engine
from oms_app.db.checkpoint import database_file, sole_user
from oms_app.domain.errors import Malformed, Refused
from oms_app.services import events, orders, stock
from tests import make


def snapshot(number: str, sku: str) -> tuple:
    actor = make.actor()
    return orders.get(actor, number), stock.get(actor, sku), events.timeline(actor, number)


def test_a_restored_shop_is_the_shop_that_was_backed_up(database: str, tmp_path: Path) -> None:
    order = make.order(lines=2)
    sku = order.lines[0].sku
    before = snapshot(order.number, sku)
    file = tmp_path / "shop.tar.zst"
    backup.write(file)
    late = make.order()
    engine.dispose()

    manifest = backup.read(file)

    assert manifest.orders == 1
    assert snapshot(order.number, sku) == before
    with pytest.raises(Exception, match="There is no order"):
        orders.get(make.actor(), late.number)
    again = make.order()
    assert again.id != order.id


def test_a_backup_is_whole_while_others_write(database: str, tmp_path: Path) -> None:
    stop = threading.Event()
    placed: list[str] = []

    def keep_writing() -> None:
        while not stop.is_set():
            placed.append(make.order().number)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        while len(placed) < 5:
            stop.wait(0.01)
        manifest = backup.write(tmp_path / "shop.tar.zst")
    finally:
        stop.set()
        writer.join()
    engine.dispose()
    restored = backup.read(tmp_path / "shop.tar.zst")
    assert 5 <= restored.orders == manifest.orders <= len(placed)


def test_a_running_shop_is_not_replaced(sqlite: str, tmp_path: Path) -> None:
    order = make.order()
    backup.write(tmp_path / "shop.tar.zst")
    file = database_file()
    assert file is not None
    with sole_user(file), pytest.raises(Refused, match="Stop it first"):  # the lock that a running shop holds
        backup.read(tmp_path / "shop.tar.zst")
    assert orders.get(make.actor(), order.number).version == order.version


@pytest.mark.parametrize("damage", ["short", "flipped", "other"])
def test_a_damaged_backup_is_refused_and_nothing_is_replaced(database: str, tmp_path: Path, damage: str) -> None:
    number = make.order().number
    before = orders.get(make.actor(), number)
    file = tmp_path / "shop.tar.zst"
    backup.write(file)
    content = bytearray(file.read_bytes())
    if damage == "short":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[len(content) // 2] ^= 0xFF
    else:
        content = bytearray(b"order,total\n1,2\n")
    file.write_bytes(content)
    engine.dispose()
    with pytest.raises(Malformed, match="not a whole backup"):
        backup.read(file)
    assert orders.get(make.actor(), number) == before


def test_a_damaged_database_is_not_backed_up(sqlite: str, tmp_path: Path) -> None:
    for _ in range(30):
        make.order()
    engine.dispose()
    file = database_file()
    assert file is not None
    with sqlite3.connect(file) as connection:
        page = connection.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as raw:
        raw.seek(page * 8)
        raw.write(b"\xff" * page * 4)
    with pytest.raises((Refused, sqlite3.DatabaseError)):
        backup.write(tmp_path / "shop.tar.zst")
    assert not (tmp_path / "shop.tar.zst").exists()
