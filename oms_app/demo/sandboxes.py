"""The demo's channels and their vendors: sandboxes beside the shop, connected to it, where the demo's buyers buy."""

import json
import select
import subprocess
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

import structlog
from sqlalchemy.exc import DBAPIError

from oms_app.db.engine import reading
from oms_app.db.queries import channels as links
from oms_app.db.queries import intake as messages
from oms_app.demo import shop
from oms_app.demo.offers import called
from oms_app.demo.sales import Sale
from oms_app.domain.channels import Capability
from oms_app.domain.errors import OmsError
from oms_app.domain.money import MICROS
from oms_app.domain.orders import OrderView
from oms_app.domain.states import BY_NAME
from oms_app.services import channel_calls, channel_webhooks, channels, demo
from oms_app.settings import ROOT

_OPENING_S, _ANSWER_S = 30.0, 10.0
_REST_S = 60.0
"""After a failure the sandboxes are let alone so long, and orders are placed directly."""

_log = structlog.get_logger(__name__)


class Sandboxes:
    """The sandboxes, in a process of their own: the shop's stays small, and ends with no regard to theirs.

    Nothing that goes wrong with them is raised: who asks goes on without.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ways: dict[str, Any] = {}
        self._after = 0.0

    def __enter__(self) -> "Sandboxes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> bool:
        """Start them and connect the channels, unless that was done; whether they are there."""
        if self._process is not None and self._process.poll() is None:
            return True
        if time.monotonic() < self._after:
            return False
        try:
            self._start()
        except (OSError, ValueError, OmsError, DBAPIError) as error:
            self._fail(error)
            return False
        return True

    def buy(self, sold: Sale) -> str | None:
        """Let somebody buy on a channel's own page; the order's name there. None: they cannot buy there."""
        name = sold.channel.name
        # A firm that pays later or in part orders by mail.
        if sold.pays not in ("full", "cod") or not self.open() or name not in self._ways:
            return None
        try:
            return str(self._ask(_order(sold))["number"]) if self._connect(name) else None
        except (OSError, ValueError, KeyError, OmsError, DBAPIError) as error:
            self._fail(error)
            return None

    def gives_back(self, order: OrderView) -> bool:
        """Whether the channel of an order that was bought there gives money back by itself when it is cancelled."""
        return Capability.REFUND not in channel_calls.adapter_of(_kind(order.channel)).kind.capabilities

    def sold(self, order: OrderView) -> bool:
        """Whether an order was bought on a channel, which then gives the money back, too."""
        with reading() as tx:
            link = links.link_named(tx, order.channel)
            name = order.external_id or ""
            return link is not None and name in messages.known(tx, link.channel_id, [name])

    def close(self) -> None:
        """End them: they do when nobody speaks to them any more."""
        if self._process is None:
            return
        for pipe in self._pipes():
            with suppress(OSError):
                pipe.close()
        process, self._process = self._process, None
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> None:
        self.close()
        with reading() as tx:
            connected = any(link.changed_by == shop.SHOP.name for link in links.linked(tx))
        if not connected:
            demo.forget_sandboxes()  # of a demo shop that is gone
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "oms_app.demo.vendors", str(demo.sandboxes_file().resolve())],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the shop, which then ends them
        )
        self._ways = self._hear(_OPENING_S)
        for name, way in self._ways.items():
            self._connect(name, anew=not way["known"])
        _log.info("demo_sandboxes", **{name: _address(way["settings"]) for name, way in self._ways.items()})

    def _connect(self, name: str, *, anew: bool = False) -> bool:
        """See to it that a channel is connected to its sandbox; False where somebody connected it to something else."""
        way = self._ways[name]
        given = way["settings"] | way["secrets"]
        with reading() as tx:
            link = links.link_named(tx, name)
        if link is None:
            channels.connect(shop.SHOP, kind=_kind(name), name=name, currency="INR", settings=given)
        elif link.changed_by != shop.SHOP.name:
            return False
        elif anew or any(link.settings.get(each) != value for each, value in way["settings"].items()):
            channels.change(shop.SHOP, name, given)
        else:
            return True
        with reading() as tx:
            link = links.link_named(tx, name)
        if channel_webhooks.by_hand(link):
            self._ask({"channel": name, "webhooks": channel_webhooks.address_of(link)})
        return True

    def _ask(self, what: dict[str, Any]) -> dict[str, Any]:
        self._pipes()[0].write(json.dumps(what).encode() + b"\n")
        return self._hear(_ANSWER_S)

    def _hear(self, seconds: float) -> dict[str, Any]:
        """One line. Raises OSError where none comes, ValueError where it is none of theirs."""
        answers = self._pipes()[1]
        if not select.select([answers], [], [], seconds)[0]:
            raise TimeoutError("The sandboxes do not answer.")
        heard: dict[str, Any] = json.loads(answers.readline())
        return heard

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """To them and from them. Raises BrokenPipeError where they are not there."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise BrokenPipeError("The sandboxes are closed.")
        return process.stdin, process.stdout

    def _fail(self, error: Exception) -> None:
        _log.warning("demo_sandboxes_failed", error=str(getattr(error, "orig", error)))
        self._after = time.monotonic() + _REST_S
        self.close()


def _order(sold: Sale) -> dict[str, Any]:
    """What somebody puts into a cart, who they are and how they pay, in whole paise."""
    draft, person, kind = sold.draft, sold.person, sold.channel.kind
    lines = []
    for line in draft.lines:
        sku, quantity = called(kind, line.sku, line.quantity)
        lines.append((sku, quantity, (line.unit_price_micros or 0) * line.quantity // quantity * 100 // MICROS))
    first, _, last = person.name.partition(" ")
    buyer = {
        "number": int(person.phone[-8:]),
        "first": first,
        "last": last,
        "email": person.email,
        "phone": person.phone,
        "line1": person.lines[0],
        "line2": person.lines[1],
        "city": person.place.city,
        "state": person.place.state,
        "state_code": BY_NAME[person.place.state].iso,
        "postal_code": person.place.pin,
        "company": person.firm,
        "gstin": person.gstin,
    }
    return {
        "channel": sold.channel.name,
        "lines": lines,
        "buyer": buyer,
        "cod": sold.pays == "cod",
        "shipping": draft.shipping,
        "discount": draft.discount,
        "note": draft.note,
        "tags": list(draft.tags),
    }


def _kind(name: str) -> str:
    return next(each.kind for each in shop.CHANNELS if each.name == name)


def _address(settings: dict[str, str]) -> str:
    return next(value for value in settings.values() if value.startswith("http://127.0.0.1"))
