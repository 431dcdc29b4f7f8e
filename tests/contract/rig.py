"""A channel connected to its sandbox in this process, with a hand on the line between them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qsl

import httpx
import pytest

from oms_app.domain.channels import Capability, ChannelOrder, Connection, Page, Position
from oms_app.domain.errors import Unavailable
from oms_app.integrations.http import Call, Http
from oms_app.integrations.ports import Adapter, Channel
from oms_app.integrations.registry import ADAPTERS as REGISTERED
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.registry import SANDBOXES as OF_VENDORS
from oms_app.integrations.sandbox.shop import Order, Shop
from oms_app.integrations.sandbox.vendor import Asked, Sandbox
from tests.contract import bazaar
from tests.contract.bazaar_sandbox import BazaarSandbox
from tests.contract.csv_sandbox import CsvSandbox, own_data_dir

ADAPTERS: dict[str, Adapter] = {**REGISTERED, "bazaar": bazaar.ADAPTER}
"""Every channel there is, and the example of docs/adding-a-channel.md."""
BY_HTTP: dict[str, Any] = {**OF_VENDORS, "bazaar": BazaarSandbox}
SANDBOXES: dict[str, Any] = {**BY_HTTP, "csv": CsvSandbox}

GENEROUS: dict[str, dict[str, Any]] = {
    "amazon": {"allowed": 10_000, "burst": 10_000, "lag_s": 0},
    "shopify": {"points": 50_000, "restored": 10_000},
    "wix": {"per_minute": 60_000, "lag_s": 0},
}
"""How much more a sandbox allows than the vendor does, where tests of other things would wait, by kind."""

LIVE = {"vendure"}
"""Channels without a sandbox: `make test-live` holds them to the same promises on their maker's own server."""

START = datetime(2026, 11, 2, 4, 30, tzinfo=UTC)
ARTICLES = (
    ("KUR-IND-M", "Indigo Kurta, M", 1_290_00, 40),
    ("SAR-BAN", "Banarasi Saree", 8_499_50, 5),
    ("DIYA-12", "Diyas", 1_00, 900),
)


@dataclass
class Rig:
    """The sandbox, the channel that speaks to it, and every call between them as it was recorded."""

    adapter: Adapter
    sandbox: Sandbox
    connection: Connection
    calls: list[Call] = field(default_factory=list)
    channel: Channel = field(init=False)
    lose_answer_of_write: bool = False
    repeat: bool = False
    kept: dict[str, str] = field(default_factory=dict)
    _last: dict[str, httpx.Response] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = Http(
            record=self.calls.append, transport=httpx.MockTransport(self._answer), sleep=lambda _seconds: None
        )
        self.channel = self.adapter.connect(self.connection, self.http)
        if isinstance(self.sandbox, CsvSandbox):
            self.channel = cast(Channel, _Watched(self.channel, self, self.sandbox))

    @property
    def shop(self) -> Shop:
        """The shop behind the sandbox."""
        return self.sandbox.shop

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self.sandbox.faults

    def can(self, *wanted: Capability) -> bool:
        """Whether the channel says that it can."""
        return set(wanted) <= self.adapter.kind.capabilities

    def read(self, order: Order) -> ChannelOrder:
        """An order as our shop reads it."""
        return self.adapter.read(self.channel.order(self.sandbox.external_id(order)).body)

    def walk(self, since: datetime = START) -> Iterator[Page]:
        """Every page of the orders since then."""
        position = Position(since)
        while True:
            page = self.channel.orders(position)
            yield page
            if not page.following:
                return
            position = Position(since, page.following)

    def units(self, order: Order, *counts: int) -> tuple[tuple[str, int], ...]:
        """So many of each line, by the channel's own ids; all of them where nothing is said."""
        counted = counts or tuple(line.quantity for line in order.lines)
        pairs = zip(order.lines, counted, strict=True)
        return tuple((self.sandbox.line_id(order, line), count) for line, count in pairs if count)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.repeat and request.url.path in self._last:
            return self._last[request.url.path]
        asked = Asked(
            request.method,
            request.url.raw_path.partition(b"?")[0].decode(),
            dict(parse_qsl(request.url.query.decode(), keep_blank_values=True)),
            {name.lower(): value for name, value in request.headers.items()},
            request.content,
        )
        before = self._state()
        answer = self.sandbox.answer(asked)
        if answer is None or (self.lose_answer_of_write and self._state() != before):
            self.lose_answer_of_write = False
            raise httpx.ReadTimeout("no answer", request=request)
        said = httpx.Response(answer.status, content=answer.body, headers=dict(answer.headers))
        self._last[request.url.path] = said
        return said

    def _state(self) -> str:
        return repr((self.shop.orders, self.shop.articles)) if self.lose_answer_of_write else ""


class _Watched:
    """A channel of files: after each call the other side looks into the folder; who called may never learn of it."""

    def __init__(self, channel: Channel, rig: Rig, sandbox: CsvSandbox):
        self._channel, self._rig, self._sandbox = channel, rig, sandbox

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            before = self._rig._state()
            answer = getattr(self._channel, name)(*given, **named)
            self._sandbox.collect()
            if self._rig._state() != before:
                self._rig.lose_answer_of_write = False
                raise Unavailable("no answer", details={"sent": True})
            return answer

        return call


@contextmanager
def connected(kind: str, **shop: Any) -> Iterator[Rig]:
    """A channel of that kind; `shop` are fields of the shop behind its sandbox."""
    made = Shop(shop.pop("articles", ARTICLES), **({"clock": lambda: START} | shop))
    with ExitStack() as stack:
        if kind == "csv":
            stack.enter_context(own_data_dir())
        yield from _connected(kind, made)


def _connected(kind: str, made: Shop) -> Iterator[Rig]:
    sandbox: Sandbox = SANDBOXES[kind](made, Faults(), **GENEROUS.get(kind, {}))
    plain = sandbox.connection("http://127.0.0.1:1")
    kept: dict[str, str] = {}
    connection = Connection(plain.name, plain.currency, plain.settings, plain.secrets, kept.update)
    rig = Rig(ADAPTERS[kind], sandbox, connection, kept=kept)
    try:
        yield rig
    finally:
        rig.http.close()


def channels(*needed: Capability, by_http: bool = False) -> pytest.MarkDecorator:
    """Run the test on every channel that can do all this; `by_http` leaves out what calls nobody."""
    among = BY_HTTP if by_http else SANDBOXES
    kinds = [name for name in among if set(needed) <= ADAPTERS[name].kind.capabilities]
    return pytest.mark.parametrize("kind", kinds)
