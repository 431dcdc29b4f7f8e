"""What every vendor's sandbox is: it answers that vendor's calls and signs its webhooks, upon a shop and its faults."""

import json
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from oms_app.domain.channels import Connection
from oms_app.integrations.sandbox.faults import Fault, Faults
from oms_app.integrations.sandbox.shop import Line, Order, Shop


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that came in. Header names are lower-case; `path` has no query."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON, None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> "Answer":
        """An answer of JSON; `retry_after="2"` is the header `retry-after`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"content-type": "application/json"} | named)


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook on its way to `address`, signed. `topic` is for people."""

    address: str
    headers: Mapping[str, str]
    body: bytes
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one try to send a webhook."""

    at: datetime
    topic: str
    address: str
    outcome: str


class Sandbox(ABC):
    """One vendor's protocol over a shop. `name` is the kind of channel.

    links  whether the vendor takes the address at which a parcel can be followed
    keeps  what it knows beside its shop, as paths to attributes: see keeping.py
    """

    name: str
    links: ClassVar[bool] = True
    keeps: ClassVar[tuple[str, ...]] = ()

    def __init__(self, shop: Shop, faults: Faults | None = None):
        self.shop, self.faults = shop, faults or Faults()
        self.subscribed: dict[str, set[str]] = defaultdict(set)
        """Addresses by the vendor's own topic."""
        self.asked = 0
        """Calls that came."""
        self.sent: deque[Sent] = deque(maxlen=20)
        """The newest tries to send webhooks, newest first."""

    @abstractmethod
    def connection(self, address: str) -> Connection:
        """How our shop connects to this sandbox at `address`, "http://127.0.0.1:8040"."""

    @abstractmethod
    def respond(self, asked: Asked) -> Answer:
        """Do what a call asks, as the vendor would."""

    @abstractmethod
    def messages(self, topic: str, order: Order) -> list[Message]:
        """The webhooks of a change ("created" or "updated"), one for each address that wants it."""

    @abstractmethod
    def send_to(self, address: str) -> None:
        """Subscribe an address to everything there is."""

    def abandon(self, message: Message) -> None:
        """What the vendor does when nobody took a webhook in all its tries; most do nothing."""
        return

    def external_id(self, order: Order) -> str:
        """What the vendor's API calls an order."""
        return str(order.number)

    def line_id(self, order: Order, line: Line) -> str:
        """What the vendor's API calls a line of an order."""
        return str(line.number)

    def wishes(self, line: Line) -> tuple[tuple[str, str], ...]:
        """What the vendor can say of a buyer's wishes for a line."""
        return line.personalisation

    def throttled(self, hint: bool) -> Answer:
        """How the vendor says that there were too many calls."""
        return Answer.json({"errors": "Too many requests."}, 429, **({"retry_after": "1"} if hint else {}))

    def answer(self, asked: Asked) -> Answer | None:
        """What comes back for a call, faults and all; None: nothing does."""
        self.asked += 1
        fault = self.faults.of_call()
        if fault in (Fault.THROTTLED, Fault.THROTTLED_BARE):
            return self.throttled(fault is Fault.THROTTLED)
        if fault is Fault.BROKEN:
            return Answer.json({"errors": "Internal Server Error"}, 500)
        if fault is Fault.LOST_BEFORE:
            return None
        with self.shop.lock:
            answer = self.respond(asked)
        return None if fault is Fault.LOST_AFTER else answer
