"""Four channels that lose, double and shuffle what they send, and a shop that is killed: everything comes out even.

    python -m tests.load.chaos [--orders 20000] [--kills 20] [--postgresql]

Starts sandboxes of four vendors in processes of their own and a shop that is connected to them. Of their webhooks 20 %
are lost, 30 % come twice, all are shuffled; of the calls to them 5 % get 429, 5 % get 500 and 2 % no answer though they
were carried out. Buyers buy, change their minds and get money back; the shop's people ship and cancel; every process
of the shop is killed (-9) at moments of chance. Then the faults end, what waits is waited for, and every channel is
reconciled. Promised: 0 differences, every order once, the stock each channel has is what it is to have.
"""

import argparse
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from sqlalchemy import text

from oms_app.db import engine
from oms_app.db.queries import channels as links
from oms_app.domain.errors import OmsError, Unavailable
from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.services import channel_overview, channels, orders, reconciliation, stock
from oms_app.services.channel_overview import Standing
from oms_app.services.deadlocks import untangled
from tests import make, servers
from tests.contract.rig import GENEROUS

KINDS = ("amazon", "shopify", "wix", "woocommerce")
FAULTS = "dropped=0.2,doubled=0.3,shuffled=1,throttled=0.05,broken=0.05,lost_after=0.02"
ARTICLES, STOCK = 40, 100_000
PATIENCE_S = 1_800
_broke: Counter[str] = Counter()
UNDECIDED = "undecided"
"""What buyers write who may change their mind: nobody ships theirs, so that both sides do not decide at once."""

_FREE = """SELECT number FROM orders WHERE stage = 'placed' AND holds = 0
    AND NOT EXISTS (SELECT 1 FROM note WHERE note.order_id = orders.id) ORDER BY id DESC LIMIT 50"""


def main() -> None:
    """Let it happen and print what came of it; exit 1 where the promise is broken."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--orders", type=int, default=20_000)
    given.add_argument("--kills", type=int, default=20)
    given.add_argument("--rate", type=float, default=60, help="orders a second in all")
    given.add_argument("--postgresql", action="store_true")
    options = given.parse_args()
    began, start = time.monotonic(), datetime.now(UTC) - timedelta(minutes=5)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oms-chaos-")))
        settings = {"OMS_SECRET_KEY": "only-for-tests", "OMS_LOG": "error", "OMS_PORT": str(servers.free_port())}
        if options.postgresql:
            cluster = stack.enter_context(servers.postgresql())
            settings["OMS_DATABASE_URL"] = cluster.url(cluster.create())
        with servers.shop(directory, **settings) as shop:
            os.environ.update(shop.environment | settings)
            skus = _goods()
        share = options.orders // len(KINDS)
        sold = {kind: stack.enter_context(_vendor(kind, skus, share, options.rate / len(KINDS))) for kind in KINDS}
        for kind, pipe in sold.items():
            link = channels.connect(make.ADMIN, kind=kind, name=kind, currency="INR", settings=pipe.recv())
            pipe.send(f"http://127.0.0.1:{settings['OMS_PORT']}/webhooks/{kind}/{link.path}")
        _live_through(directory, settings, options.kills, share * len(KINDS) / options.rate)
        with servers.shop(directory, **settings):
            for pipe in sold.values():
                pipe.send("calm")
                pipe.recv()  # every buyer is done
            _read_now()
            _wait_until_quiet(share)
            print(f"quiet after {time.monotonic() - began:,.0f} s")
            kept = _judge(share, start, sold)
    print("promise kept" if kept else "PROMISE BROKEN: 0 differences, every order once, the stock they are to have")
    sys.exit(not kept)


def _goods() -> list[str]:
    make.shop()
    make.trust()
    return [make.product(f"CHAOS-{number}", on_hand=STOCK) for number in range(ARTICLES)]


def _live_through(directory: Path, settings: dict[str, str], kills: int, seconds: float) -> None:
    """The time in which they buy, cut into as many lives of the shop as it is killed, and one more."""
    chance = random.Random(7)
    until = time.monotonic() + seconds
    for killed in range(kills + 1):
        with servers.shop(directory, **settings) as shop:
            last = killed == kills
            life = max(until - time.monotonic(), 0) if last else chance.uniform(0.3, 1.7) * seconds / (kills + 1)
            end = time.monotonic() + life
            while time.monotonic() < end:
                _work(chance)
                time.sleep(0.5)
            _broke.update(_errors(directory))
            if not last:
                for pid in (*shop.web_processes(), shop.process.pid):
                    os.kill(pid, signal.SIGKILL)


def _errors(directory: Path) -> list[str]:
    """What the shop logged as broken in this life: tracebacks end in what was raised."""
    raised = re.compile(r"^[\w.]+(?:Error|Exception|Detected|Rejected|Unavailable)\b[^\n]{0,100}", re.MULTILINE)
    return raised.findall((directory / "shop.log").read_text(errors="replace"))


def _work(chance: random.Random) -> None:
    """What the shop's people do: a parcel leaves, or an order is cancelled."""
    with engine.reading() as tx:
        free = list(tx.scalars(text(_FREE)))
    if not free:
        return
    number = chance.choice(free)
    try:
        order = orders.get(make.ADMIN, number)
        stages = (Stage.CANCELLED,) if chance.random() < 0.2 else FLOW[1 : FLOW.index(Stage.SHIPPED) + 1]
        for stage in stages:
            order = untangled(partial(make.move, order, stage, **_said(stage, number)))
    except OmsError:
        return  # the buyer, or the channel, was faster


def _said(stage: Stage, number: str) -> dict[str, str]:
    return {} if stage is Stage.CANCELLED else {"awb": f"AWB{number}"}


def _read_now() -> None:
    """Have every channel read on at once; one of them is looked at every five minutes."""
    with engine.transaction() as tx:
        for link in links.linked(tx):
            links.forget_time(tx, link.channel_id, channels.ORDERS)


def _wait_until_quiet(share: int) -> None:
    """Until every order is here and nobody owes anybody anything."""
    end, shown = time.monotonic() + PATIENCE_S, 0.0
    while True:
        standing = channel_overview.every(make.ADMIN)
        here = _here()
        if all(_is_quiet(each) and here[each.link.name] >= share for each in standing):
            return
        if time.monotonic() > shown + 15:
            shown = time.monotonic()
            print("; ".join(f"{each.link.name}: {here[each.link.name]:,} here, {_left(each)}" for each in standing))
        if time.monotonic() > end:
            return
        time.sleep(2)


def _is_quiet(each: Standing) -> bool:
    return not (each.waiting or each.owed or each.levels)


def _left(each: Standing) -> str:
    return f"{each.waiting} wait, {each.dead} dead, {each.owed} owed, {each.refused} refused, {each.levels} levels"


def _here() -> Counter[str]:
    """Orders of each channel that the shop knows; of those that were cancelled before it saw them it made none."""
    query = "SELECT c.name, count(*) FROM channel_order o JOIN channel c ON c.id = o.channel_id GROUP BY c.name"
    with engine.reading() as tx:
        return Counter({row[0]: row[1] for row in tx.execute(text(query))})


def _judge(share: int, start: datetime, sold: dict[str, Pipe]) -> bool:
    kept = True
    with engine.reading() as tx:
        twice = tx.scalar(
            text("SELECT count(*) FROM (SELECT 1 FROM orders GROUP BY channel_id, external_id HAVING count(*) > 1) t")
        )
    print(f"{'':<14}{'sold':>8}{'here':>8}{'differences':>13}{'wrong levels':>14}{'dead':>6}{'refused':>9}")
    here, standing = _here(), {each.link.name: each for each in channel_overview.every(make.ADMIN)}
    for kind, pipe in sold.items():
        _reconcile(kind, start)
        differing = list(reconciliation.all_differences(make.ADMIN, kind))
        for each in differing[:5]:
            print(f"  {each.number}: {each.said}")
        pipe.send("stock")
        wrong = sum(stock.get(make.ADMIN, sku).available != units for sku, units in pipe.recv().items())
        dead, refused = standing[kind].dead, standing[kind].refused
        print(f"{kind:<14}{share:>8,}{here[kind]:>8,}{len(differing):>13,}{wrong:>14,}{dead:>6,}{refused:>9,}")
        kept &= here[kind] == share and not (differing or wrong or dead or refused)
    print(f"orders that are here twice: {twice}")
    for said, times in _broke.most_common(10):
        print(f"logged {times} times: {said}")
    return kept and not twice


def _reconcile(kind: str, start: datetime) -> None:
    """Compare the channel with the shop; one that takes no more calls for now is waited for."""
    run, end = reconciliation.start(make.ADMIN, kind, start, background=False), time.monotonic() + PATIENCE_S
    while True:
        try:
            if not reconciliation.work_on(run.id):
                return
        except Unavailable:
            if time.monotonic() > end:
                raise
            time.sleep(2)


@contextmanager
def _vendor(kind: str, skus: Sequence[str], orders: int, rate: float) -> Iterator[Pipe]:
    """A sandbox in a process of its own that sells so many orders at that rate, once it knows where to send."""
    context = get_context("spawn")
    ours, its = context.Pipe()
    process = context.Process(target=_sell, args=(its, kind, list(skus), orders, rate), daemon=True)
    process.start()
    yield ours
    process.terminate()
    process.join(10)


def _sell(pipe: Pipe, kind: str, skus: list[str], orders: int, rate: float) -> None:
    from oms_app.integrations.sandbox.faults import Faults, Odds
    from oms_app.integrations.sandbox.registry import SANDBOXES
    from oms_app.integrations.sandbox.server import serving
    from oms_app.integrations.sandbox.shop import Shop

    shop = Shop([(sku, f"Article {sku}", 499_00, 0) for sku in skus])
    made: Any = SANDBOXES[kind]
    sandbox = made(shop, Faults(Odds.read(FAULTS), seed=5), **GENEROUS.get(kind, {}))
    chance = random.Random(kind)
    with serving(sandbox) as server:
        connection = sandbox.connection(server.address)
        pipe.send({**connection.settings, **connection.secrets})
        address = pipe.recv()
        if kind != "amazon":
            sandbox.send_to(address)
        undecided = []
        for _ in range(orders):
            time.sleep(chance.expovariate(rate))
            if kind == "amazon" or chance.random() < 0.9:
                shop.arrive(chance)
            else:
                undecided.append(shop.place([(chance.choice(skus), 1)], note=UNDECIDED))
            if undecided and chance.random() < 0.05:
                shop.cancel(undecided.pop(0), "The buyer changed their mind")
        while pipe.recv() != "calm":
            continue
        sandbox.faults.odds = Odds()
        server.settle(120)
        pipe.send("calm")
        while pipe.recv() == "stock":
            pipe.send({sku: article.stock for sku, article in shop.articles.items()})


if __name__ == "__main__":
    main()
