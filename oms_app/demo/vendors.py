"""The vendors of the demo's channels: sandboxes in a process beside the shop, which ends with the one that began it.

It is told what buyers buy as lines of JSON on its standard input, and answers each with one on its standard output.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from oms_app.demo import shop
from oms_app.demo.offers import offers
from oms_app.domain import money
from oms_app.integrations.sandbox.buyers import Buyer
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.keeping import Keeper
from oms_app.integrations.sandbox.registry import SANDBOXES
from oms_app.integrations.sandbox.server import Server, serving
from oms_app.integrations.sandbox.shop import Refusal, Shop, unused

_CURRENCY = "INR"
_KEPT_EVERY_S = 1.0


def main(file: Path) -> None:
    """Open a sandbox for each channel that has one, say how it is connected, then buy until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whoever prints does so into the shop's log
    keeper, closed = Keeper(file), threading.Event()
    with ExitStack() as opened:
        servers: dict[str, Server] = {}
        ways: dict[str, Any] = {}
        for channel in shop.CHANNELS:
            if channel.kind in SANDBOXES:
                server, known = opened.enter_context(_open(keeper, channel.kind))
                servers[channel.name], way = server, server.sandbox.connection(server.address)
                ways[channel.name] = {"settings": way.settings, "secrets": way.secrets, "known": known}
        print(json.dumps(ways), file=answers)
        keeping = threading.Thread(target=_keep, args=(keeper, servers, closed))
        keeping.start()
        for line in sys.stdin:
            print(json.dumps(_act(servers, json.loads(line))), file=answers)
        closed.set()
        keeping.join()
    keeper.close()


@contextmanager
def _open(keeper: Keeper, kind: str) -> Iterator[tuple[Server, bool]]:
    """A sandbox that sells what is on sale there, and knows what it knew, on the port it had."""
    sold = Shop(name=shop.COMPANY.trade_name, currency=_CURRENCY, last=unused())
    for each in offers(kind):
        price = money.to_minor(each.price, _CURRENCY)
        sold.offer(each.sku, each.title, price, each.stock, barcode=each.barcode, tax_percent=each.tax_percent)
    made = SANDBOXES[kind](sold, Faults())
    known = keeper.restore(made)
    with ExitStack() as opened:
        try:
            server = opened.enter_context(serving(made, keeper.port(kind)))
        except OSError:  # somebody else has it by now
            server = opened.enter_context(serving(made))
        keeper.keep_port(kind, int(server.address.rsplit(":", 1)[1]))
        yield server, known


def _act(servers: Mapping[str, Server], said: dict[str, Any]) -> dict[str, str]:
    """Let a buyer buy, or send webhooks to an address from now on."""
    sandbox = servers[said["channel"]].sandbox
    if address := said.get("webhooks"):
        sandbox.send_to(address)
        return {"sent_to": address}
    sold, lines = sandbox.shop, []
    for sku, quantity, price in said.pop("lines"):
        lines.append(sold.line(sku, quantity, price=price))
    more = {name: said[name] for name in ("cod", "shipping", "discount", "note", "tags")}
    try:
        return {"number": sold.place(lines, buyer=Buyer(**said["buyer"]), **more).name}
    except Refusal as refusal:
        return {"problem": str(refusal)}


def _keep(keeper: Keeper, servers: Mapping[str, Server], closed: threading.Event) -> None:
    ended = False
    while not ended:
        ended = closed.wait(_KEPT_EVERY_S)
        for server in servers.values():
            keeper.keep(server.sandbox)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
