"""Idle boards and one move a second: how long until every socket has it, and what the web process weighs.

Promised: 1,000 boards, p99 ≤ 500 ms from the move to every socket, ≤ 300 MB. Run it with

    .venv/bin/python -m tests.load.boards --boards 1000 --seconds 20
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
from pathlib import Path

from tests.load.sockets import Tab, heaviest, percentile, resident_mb, sign_in

PASSWORD = "correct horse battery"
HANDLER = "oms_app___state___board____board_state.move"
STAGES = ("placed", "processing", "ready")
"""Moves that ask for nothing."""

SEED = f"""
from oms_app.domain.lifecycle import FLOW
from oms_app.services import users
from tests import make
make.shop()
sku = make.product(on_hand=100_000)
for number in range(294):  # 42 a column: a moved card stays among the 50 that are shown
    make.order(make.line(sku), stage=FLOW[number % 7])
users.add(make.ADMIN, email="load@shop.example", name="Load", role="manager", password={PASSWORD!r})
"""


class Crowd:
    """Everybody's ears: who has a board, and when each version of an order reached each of them."""

    def __init__(self) -> None:
        self.cards: dict[str, tuple[str, int]] = {}
        self.ready = 0
        self.sizes: list[int] = []
        self.heard: dict[tuple[str, int], list[float]] = {}

    def hear(self, text: str, at: float) -> None:
        """Note a snapshot or a patch. One ear reads, the others only count."""
        if '"guarded"' in text:
            self.ready += 1
            if not self.cards:
                self._learn(text)
        elif '"patches_rx_state_":[{' in text:
            self.sizes.append(len(text.encode()))
            newest = text.rindex('"columns":')
            for number, version in re.findall(r'\["(\w+)",(\d+),', text[newest:]):
                self.heard.setdefault((number, int(version)), []).append(at)

    def _learn(self, text: str) -> None:
        [_, update] = json.loads(text[text.index("[") :])
        [board] = [
            value
            for state in update["delta"].values()
            for name, value in state.items()
            if name == "board_rx_state_" and value
        ]
        for column in board["columns"]:
            self.cards |= {row[0]: (column["stage"], row[1]) for row in column["cards"] if column["stage"] in STAGES}


async def measure(url: str, boards: int, seconds: int, pid: int) -> bool:
    """Open the boards, move one card a second, and print what was found; True if the promise is kept."""
    cookie, crowd = sign_in(url, "load@shop.example", PASSWORD), Crowd()
    before, began = resident_mb(pid), time.perf_counter()
    tabs: list[Tab] = []
    for _ in range(0, boards, 20):
        opening = (Tab(url, cookie, "/board", crowd.hear).open() for _ in range(min(20, boards - len(tabs))))
        tabs += await asyncio.gather(*opening)
    while crowd.ready < boards:
        await asyncio.sleep(0.1)
    print(f"{boards} boards open after {time.perf_counter() - began:.1f} s; {before:.0f} MB before")

    sent: dict[tuple[str, int], float] = {}
    for _ in range(seconds):
        number = random.choice(list(crowd.cards))
        stage, version = crowd.cards[number]
        to = random.choice([each for each in STAGES if abs(STAGES.index(each) - STAGES.index(stage)) == 1])
        crowd.cards[number] = (to, version + 1)
        payload = {"numbers": [number], "to": to, "versions": [version]}
        sent[number, version + 1] = await random.choice(tabs).send(HANDLER, payload)
        await asyncio.sleep(1)
    delays = [(at - sent[key]) * 1000 for key, arrivals in crowd.heard.items() if key in sent for at in arrivals]
    wanted, weight = boards * seconds, resident_mb(pid)
    p50, p99 = percentile(delays, 0.5), percentile(delays, 0.99)
    print(f"{len(delays)} of {wanted} arrivals; ms: p50 {p50:.0f}, p99 {p99:.0f}, worst {max(delays):.0f}")
    print(f"bytes of an update: median {percentile([*map(float, crowd.sizes)], 0.5):.0f}, largest {max(crowd.sizes)}")
    print(f"web process: {weight:.0f} MB, {(weight - before) / boards * 1000:.0f} kB a board")
    for tab in tabs:
        await tab.close()
    kept = len(delays) == wanted and p99 <= 500 and weight <= 300
    print("promise kept" if kept else "PROMISE BROKEN: every arrival, p99 ≤ 500 ms, ≤ 300 MB")
    return kept


def main() -> None:
    """Start a shop, fill it, measure, stop it."""
    from tests import servers

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--boards", type=int, default=1000)
    options.add_argument("--seconds", type=int, default=20)
    given = options.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    with tempfile.TemporaryDirectory() as directory, servers.shop(Path(directory)) as shop:
        subprocess.run([sys.executable, "-c", SEED], env=os.environ | shop.environment, check=True)
        kept = asyncio.run(measure(shop.url, given.boards, given.seconds, heaviest(shop.process.pid)))
    sys.exit(not kept)


if __name__ == "__main__":
    main()
