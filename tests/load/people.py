"""200 people at work, an action a second each: how long until the answer is on their screen.

60 % search in the palette, 25 % open an order, 10 % open a list, 5 % move a card; 50 of them have the board open.
Promised: p99 ≤ 100 ms, no errors; changes reach every board, coalesced within 100 ms. Run it with

    .venv/bin/python -m tests.load.people --people 200 --seconds 30
"""

import argparse
import asyncio
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.load.boards import HANDLER, PASSWORD, SEED, STAGES, Crowd
from tests.load.sockets import Tab, heaviest, percentile, resident_mb, sign_in

PALETTE = "oms_app___state___palette____palette_state.typed"
WORDS = ("asha", "pune", "10 1", "rao", "pu", "101", "asha pune", "total:>500", "is:late", "98765 43210")
LISTS = ("is:late", "status:packed", "city:Pune", "total:>400 channel:manual", "payment:unpaid", "")
BOARDS = 50
SHARES = {"search": 60, "order": 25, "list": 10, "move": 5}
ANSWERS = {
    "search": re.compile(r'palette_state":\{[^}]*"rows_rx_state_"'),
    "order": re.compile(r'order____order_state":\{.*"ready_rx_state_":true'),
    "list": re.compile(r'orders____orders_state":\{.*"rows_rx_state_"'),
    "move": re.compile("board-moved"),
}


class Person:
    """Somebody at a tab: does one thing, waits for its answer."""

    def __init__(self) -> None:
        self.wanted: re.Pattern[str] | None = None
        self.answered = asyncio.Event()
        self.at = 0.0

    def hear(self, text: str, at: float) -> None:
        """Note the answer that is waited for."""
        if self.wanted and self.wanted.search(text):
            self.at, self.wanted = at, None
            self.answered.set()

    async def do(self, action: str, tab: Tab, crowd: Crowd) -> float:
        """Carry an action out; returns milliseconds until its answer. Raises TimeoutError without one."""
        self.answered.clear()
        self.wanted = ANSWERS[action]
        match action:
            case "search":
                sent = await tab.send(PALETTE, {"text": random.choice(WORDS) + random.choice(("", " "))})
            case "order":
                number = random.choice(list(crowd.cards))
                sent = await tab.go(f"/orders/{number}", order_number=number)
            case "list":
                sent = await tab.go("/orders", q=random.choice(LISTS))
            case _:
                number, (stage, version) = crowd.cards.popitem()  # nobody else moves it meanwhile
                to = random.choice([each for each in STAGES if abs(STAGES.index(each) - STAGES.index(stage)) == 1])
                sent = await tab.send(HANDLER, {"numbers": [number], "to": to, "versions": [version]})
                await asyncio.wait_for(self.answered.wait(), 10)
                crowd.cards[number] = (to, version + 1)
        await asyncio.wait_for(self.answered.wait(), 10)
        return (self.at - sent) * 1000


async def work(action_of: list[str], person: Person, tab: Tab, crowd: Crowd, took: dict[str, list[float]]) -> int:
    """One person's actions, one a second; returns how many failed."""
    failed = 0
    await asyncio.sleep(random.random())
    for action in action_of:
        began = time.perf_counter()
        try:
            took[action].append(await person.do(action, tab, crowd))
        except TimeoutError:
            failed += 1
        await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - began)))
    return failed


async def measure(url: str, people: int, seconds: int, pid: int) -> bool:
    """Open the tabs, let everybody work, and print what was found; True if the promise is kept."""
    cookie, crowd = sign_in(url, "load@shop.example", PASSWORD), Crowd()
    persons = [Person() for _ in range(people)]
    tabs: list[Tab] = []
    for place, person in enumerate(persons):
        on_board = place < BOARDS

        def hear(text: str, at: float, person: Person = person, on_board: bool = on_board) -> None:
            person.hear(text, at)
            if on_board:
                crowd.hear(text, at)

        tabs.append(await Tab(url, cookie, "/board" if on_board else "/orders", hear).open())
    while crowd.ready < min(BOARDS, people):
        await asyncio.sleep(0.1)
    # The people at the boards move cards and search; the others search and walk from page to page.
    moves = people * seconds * SHARES["move"] // 100
    todo: list[list[str]] = [[] for _ in persons]
    walking = random.choices(["search", "order", "list"], [60 - 20, 25, 10], k=(people - BOARDS) * seconds)
    at_boards = ["move"] * moves + ["search"] * (BOARDS * seconds - moves)
    random.shuffle(at_boards)
    for place, actions in enumerate(todo):
        source = at_boards if place < BOARDS else walking
        actions += [source.pop() for _ in range(seconds)]
    took: dict[str, list[float]] = defaultdict(list)
    used = _cpu_seconds(pid)
    failed = sum(await asyncio.gather(*(work(*each, crowd, took) for each in zip(todo, persons, tabs, strict=True))))
    cpu = (_cpu_seconds(pid) - used) / seconds
    everything = [delay for delays in took.values() for delay in delays]
    for action, delays in sorted(took.items()):
        line = ", ".join(
            f"p{share:.0%} {percentile(delays, share):.0f}".replace("%", "") for share in (0.5, 0.95, 0.99)
        )
        print(f"{action:7} {len(delays):5} times; ms: {line}")
    p99 = percentile(everything, 0.99)
    print(
        f"all     {len(everything):5} times; ms: p50 {percentile(everything, 0.5):.0f}, p99 {p99:.0f}; {failed} failed"
    )
    print(f"web process: {cpu:.0%} of a core, {resident_mb(pid):.0f} MB")
    for tab in tabs:
        await tab.close()
    kept = not failed and p99 <= 100
    print("promise kept" if kept else "PROMISE BROKEN: p99 ≤ 100 ms, no failure")
    return kept


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Start a shop, fill it, measure, stop it."""
    from tests import servers

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--people", type=int, default=200)
    options.add_argument("--seconds", type=int, default=30)
    given = options.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    with tempfile.TemporaryDirectory() as directory, servers.shop(Path(directory)) as shop:
        subprocess.run([sys.executable, "-c", SEED], env=os.environ | shop.environment, check=True)
        kept = asyncio.run(measure(shop.url, given.people, given.seconds, heaviest(shop.process.pid)))
    sys.exit(not kept)


if __name__ == "__main__":
    main()
