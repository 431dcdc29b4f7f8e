"""200 people at work, one action a second each: 60 % search, 25 % open an order, 10 % list, 5 % moves; 50 boards watch.

Promised: p99 ≤ 100 ms from the action to its answer on the socket, and no error. Run it with

    .venv/bin/python -m tests.load.users --orders 100000 --seconds 30
"""

import argparse
import asyncio
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.load.sockets import Tab, percentile, sign_in

PASSWORD = "correct horse battery"
STATES = "oms_app___state___"
MIX = {"search": 60, "open": 25, "list": 10, "move": 5}
BOARDS, PEOPLE = 50, 200
STAGES = ("placed", "processing", "ready")
"""Moves that ask for nothing."""

ANSWERS = {
    "search": '"rows_rx_state_"',
    "list": '"rows_rx_state_"',
    "open": '"order_rx_state_"',
}
LISTS = ("is:late", "status:shipped", "payment:cod", "total:>2000", "placed:7d", "is:held", "status:placed")
SEED = f"""
from oms_app.domain.lifecycle import FLOW
from oms_app.services import users
from tests import make
make.shop()
sku = make.product(on_hand=100_000)
for number in range(294):
    make.order(make.line(sku), stage=FLOW[number % 7])
users.add(make.ADMIN, email="load@shop.example", name="Load", role="manager", password={PASSWORD!r})
"""


class Person:
    """One tab, one action at a time; keeps how long each took."""

    def __init__(self, office: "Office", url: str, cookie: str, page: str):
        self.office = office
        self.tab = Tab(url, cookie, page, self.hear)
        self.on_board = page == "/board"
        self.ready = asyncio.Event()
        self._waits = ""
        self._answered = asyncio.Event()
        self._at = 0.0

    def hear(self, text: str, at: float) -> None:
        """Note that the page is there, that an answer came, or that something went wrong."""
        if '"guarded"' in text or '"rows_rx_state_"' in text:
            self.ready.set()
            if '"guarded"' in text:
                self.office.learn(text)
        if "Something went wrong" in text:
            self.office.errors["server"] += 1
        if self._waits and self._waits in text:
            self._waits, self._at = "", at
            self._answered.set()

    async def work(self, seconds: int) -> None:
        """Act once a second, from a moment of one's own."""
        begin = time.perf_counter() + random.random()
        for turn in range(seconds):
            await asyncio.sleep(max(begin + turn - time.perf_counter(), 0))
            kind = random.choices(list(MIX), [*MIX.values()])[0]
            if (kind == "move") != self.on_board and (kind == "move" or random.random() < 0.2):
                kind = "move" if self.on_board else "search"  # only those who see cards move them
            await self.act(kind)

    async def act(self, kind: str) -> None:
        """Send one action and wait for its answer."""
        handler, payload, page, waits = self.office.action(kind)
        self._answered.clear()
        self._waits, self.tab.page = waits, page
        sent = await self.tab.send(handler, payload)
        try:
            await asyncio.wait_for(self._answered.wait(), 10)
        except TimeoutError:
            self.office.errors[f"{kind} unanswered"] += 1
            return
        self.office.took.setdefault(kind, []).append((self._at - sent) * 1000)


class Office:
    """What everybody knows: the cards, the words to search for, and how long things took."""

    def __init__(self, numbers: list[str], words: list[str]):
        self.numbers, self.words = numbers, words
        self.cards: dict[str, tuple[str, int]] = {}
        self.took: dict[str, list[float]] = {}
        self.errors: Counter[str] = Counter()

    def learn(self, text: str) -> None:
        """Read the movable cards out of a board's snapshot, once."""
        if self.cards:
            return
        [_, update] = json.loads(text[text.index("[") :])
        for state in update["delta"].values():
            board = state.get("board_rx_state_")
            for column in board["columns"] if board else ():
                if column["stage"] in STAGES:
                    self.cards |= {row[0]: (column["stage"], row[1]) for row in column["cards"]}

    def action(self, kind: str) -> tuple[str, dict, str, str]:
        """(handler, payload, page, what its answer contains)."""
        if kind == "move":
            number = random.choice(list(self.cards))
            stage, version = self.cards[number]
            to = random.choice([each for each in STAGES if abs(STAGES.index(each) - STAGES.index(stage)) == 1])
            self.cards[number] = (to, version + 1)
            payload = {"numbers": [number], "to": to, "versions": [version]}
            return f"{STATES}board____board_state.move", payload, "/board", f'["{number}",{version + 1},'
        if kind == "open":
            page = f"/orders/{random.choice(self.numbers)}"
            return f"{STATES}order____order_state.arrive", {}, page, ANSWERS[kind]
        if kind == "list":
            page = f"/orders?q={random.choice(LISTS)}"
            return f"{STATES}orders____orders_state.load", {}, page, ANSWERS[kind]
        word = random.choice(self.words)
        return (
            f"{STATES}orders____orders_state.typed",
            {"text": word[: random.randint(2, len(word))]},
            "/orders",
            ANSWERS[kind],
        )


async def measure(url: str, office: Office, seconds: int) -> bool:
    """Seat everybody, let them work, and print what was found; True if the promise is kept."""
    cookie = sign_in(url, "load@shop.example", PASSWORD)
    people = [Person(office, url, cookie, "/board" if seat < BOARDS else "/orders") for seat in range(PEOPLE)]
    for first in range(0, PEOPLE, 20):
        await asyncio.gather(*(person.tab.open() for person in people[first : first + 20]))
    await asyncio.wait_for(asyncio.gather(*(person.ready.wait() for person in people)), 60)
    await asyncio.gather(*(person.work(seconds) for person in people))
    print(f"{'action':<8}{'count':>7}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'worst':>9}")
    everything = [took for each in office.took.values() for took in each]
    for kind, took in [*office.took.items(), ("all", everything)]:
        shares = [percentile(took, share) for share in (0.5, 0.95, 0.99, 1)]
        print(f"{kind:<8}{len(took):>7}" + "".join(f"{share:>9.1f}" for share in shares))
    print(f"errors: {sum(office.errors.values())} {dict(office.errors) or ''}")
    for person in people:
        await person.tab.close()
    kept = percentile(everything, 0.99) <= 100 and not office.errors
    print("promise kept" if kept else "PROMISE BROKEN: p99 ≤ 100 ms, no error")
    return kept


def known(directory: Path) -> Office:
    """Numbers and names of a sample of the shop's orders."""
    import sqlite3

    with sqlite3.connect(directory / "oms.db") as database:
        rows = database.execute("SELECT number, customer_name, city FROM orders ORDER BY id DESC LIMIT 5000").fetchall()
    sample = random.sample(rows, min(500, len(rows)))
    words = {part for _number, name, city in sample for part in re.findall(r"\w{3,}", f"{name} {city}")}
    return Office([number for number, _name, _city in sample], sorted(words | {row[0] for row in sample[:50]}))


def main() -> None:
    """Start a shop, fill it, measure, stop it."""
    from tests import servers

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--orders", type=int, default=20_000)
    options.add_argument("--seconds", type=int, default=30)
    given = options.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        filled = (
            servers.oms("migrate", OMS_DATA_DIR=name),
            servers.oms("demo", "generate", "--orders", str(given.orders), OMS_DATA_DIR=name),
        )
        assert [each.returncode for each in filled] == [0, 0], filled
        with servers.shop(directory) as shop:
            subprocess.run([sys.executable, "-c", SEED], env=os.environ | shop.environment, check=True)
            kept = asyncio.run(measure(shop.url, known(directory), given.seconds))
    sys.exit(not kept)


if __name__ == "__main__":
    main()
