"""How many webhooks a second are accepted, and whether one is lost that was answered when everything is killed.

    python -m tests.load.webhooks [--seconds 10] [--clients 8] [--kills 5] [--postgresql]

Starts its own shop, connects a WooCommerce sandbox's shop to it and sends that one's signed orders; in the second part
every process of the shop is killed (-9) at a moment of chance and started again. Promised on two cores: 300/s,
p99 ≤ 200 ms, nothing lost that was answered with 200.
"""

import argparse
import http.client
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select

from oms_app.db import engine
from oms_app.db.queries import intake
from oms_app.db.queries.catalogue import channel
from oms_app.integrations.registry import ADAPTERS
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.registry import SANDBOXES
from oms_app.integrations.sandbox.shop import Shop
from oms_app.integrations.sandbox.vendor import Message, Sandbox
from oms_app.services import channels
from tests import make, servers
from tests.load import api

PER_SECOND, P99_MS = 300, 200
KIND = "woocommerce"


def main() -> None:
    """Measure and print; exit 1 where the promise is broken."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--seconds", type=float, default=10)
    given.add_argument("--clients", type=int, default=8)
    given.add_argument("--kills", type=int, default=5)
    given.add_argument("--postgresql", action="store_true")
    options = given.parse_args()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oms-load-")))
        settings = {"OMS_SECRET_KEY": "only-for-tests", "OMS_LOG": "warning"}
        if options.postgresql:
            cluster = stack.enter_context(servers.postgresql())
            settings["OMS_DATABASE_URL"] = cluster.url(cluster.create())
        with servers.shop(directory, **settings) as shop:
            os.environ.update(shop.environment | settings)
            sender = Sender(_connected())
            print(f"{'':<44}{'':>11}{'p50 ms':>9}{'p99 ms':>9}{'failed':>8}")
            clients = [sender.client(shop.url) for _ in range(options.clients)]
            found = api.measure(f"webhooks, {options.clients} clients", clients, options.seconds)
            print(found)
        for _ in range(options.kills):
            _send_until_killed(sender, directory, settings, options.clients)
        lost = sender.deliveries() - _stored()
    print(f"{len(sender.answered):,} answered with 200, {options.kills} times killed: {len(lost):,} lost")
    kept = found.per_second >= PER_SECOND and found.p99 <= P99_MS and not lost and not found.failed
    print("promise kept" if kept else f"PROMISE BROKEN: {PER_SECOND}/s, p99 ≤ {P99_MS} ms, none lost")
    sys.exit(not kept)


class Sender:
    """Signed orders of a shop, one after the other; `answered` are those that got a 200."""

    def __init__(self, sandbox: Sandbox):
        self.answered: list[Message] = []
        self._sandbox, self._lock = sandbox, threading.Lock()
        self._messages = self._made()

    def deliveries(self) -> set[str]:
        """What the shop calls the deliveries that it answered."""
        verify, known = ADAPTERS[KIND].verify, self._sandbox.connection("http://127.0.0.1:1")
        assert verify is not None
        heads = [{name.lower(): value for name, value in each.headers.items()} for each in self.answered]
        return {verify(known, head, each.body).delivery_id for head, each in zip(heads, self.answered, strict=True)}

    def client(self, url: str) -> "Client":
        """Somebody who sends, over a connection of their own."""
        return Client(self, url)

    def next(self) -> Message:
        """The next message."""
        with self._lock:
            return next(self._messages)

    def _made(self) -> Iterator[Message]:
        chance = random.Random(1)
        while True:
            order = self._sandbox.shop.arrive(chance)
            yield from self._sandbox.messages("created", order)


class Client:
    """Sends a webhook at each call; whether it was answered with 200."""

    def __init__(self, sender: Sender, url: str):
        self._sender, self._http = sender, http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)

    def __call__(self) -> bool:
        message = self._sender.next()
        self._http.request("POST", urlsplit(message.address).path, message.body, dict(message.headers))
        answer = self._http.getresponse()
        answer.read()
        if answer.status == 200:
            self._sender.answered.append(message)
        return answer.status == 200


def _send_until_killed(sender: Sender, directory: Path, settings: dict[str, str], clients: int) -> None:
    with servers.shop(directory, **settings) as shop:
        stopped = threading.Event()

        def send() -> None:
            client = sender.client(shop.url)
            while not stopped.is_set():
                try:
                    client()
                except (OSError, http.client.HTTPException):
                    return

        threads = [threading.Thread(target=send) for _ in range(clients)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.5, 2.5))
        for pid in (*shop.web_processes(), shop.process.pid):
            os.kill(pid, signal.SIGKILL)
        stopped.set()
        for thread in threads:
            thread.join()


def _connected() -> Sandbox:
    """A sandbox's shop that is connected; nobody answers there, so that only its webhooks count."""
    make.shop()
    skus = [make.product(on_hand=1_000_000) for _ in range(50)]
    sandbox = SANDBOXES[KIND](Shop([(sku, sku, 499_00, 1_000) for sku in skus]), Faults())
    given = sandbox.connection(f"http://127.0.0.1:{servers.free_port()}")
    settings = {**given.settings, **given.secrets}
    link = channels.connect(make.ADMIN, kind=KIND, name=KIND, currency="INR", settings=settings)
    sandbox.send_to(f"http://shop.example/webhooks/{KIND}/{link.path}")
    return sandbox


def _stored() -> set[str]:
    """Ids of the deliveries that are in the raw store."""
    stored = intake.message.c.delivery_id
    query = select(stored).join(channel, channel.c.id == intake.message.c.channel_id).where(channel.c.name == KIND)
    with engine.reading() as tx:
        return {str(each).rpartition(":")[0] for each in tx.scalars(query)}


if __name__ == "__main__":
    main()
