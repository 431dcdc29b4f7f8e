"""What the tests do with a Vendure shop: call it through the adapter, bring orders about, keep what it answers."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

import httpx

from oms_app.domain.channels import Cancellation, Connection, Fulfilment, Refund
from oms_app.integrations.channels.vendure import ADAPTER
from oms_app.integrations.channels.vendure.channel import Vendure as Channel
from oms_app.integrations.http import Call, Http
from tests.contract import vendure_server
from tests.contract.vendure_server import GIFT, PASSWORD, SECRET, USER, Vendure

RECORDED = Path(__file__).parent / "vendure" / "recorded"
SHIPPED_AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


class Dropping(httpx.HTTPTransport):
    """Lets a call through and loses the answer, once for the operation named."""

    def __init__(self, operation: str):
        super().__init__()
        self.operation = operation

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if self.operation and f"mutation {self.operation}(" in json.loads(request.content)["query"]:
            self.operation = ""
            answer.read()
            raise httpx.ReadTimeout("lost on the way", request=request)
        return answer


class Meanwhile(httpx.HTTPTransport):
    """Has something happen in the shop just before an operation gets there, once."""

    def __init__(self, operation: str, act: Callable[[], object]):
        super().__init__()
        self.operation, self.act = operation, act

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.operation and f"mutation {self.operation}(" in json.loads(request.content)["query"]:
            self.operation = ""
            self.act()
        return super().handle_request(request)


class Inbox:
    """A server of ours that keeps what is posted to it."""

    def __init__(self) -> None:
        self.posted: Queue[tuple[dict[str, str], bytes]] = Queue()
        posted = self.posted

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                posted.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/hooks/vendure"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def connection(shop: Vendure, channel: str = "retail", **other: str) -> Connection:
    """A connection to one of the shop's channels; `other` replaces settings and secrets."""
    settings = {"url": f"{shop.url}/admin-api", "username": USER, "channel_token": shop.channels[channel]}
    # The default channel is given every location that is made; the tests' stock is in the first.
    settings |= {"stock_location": "Default Stock Location"}
    secrets = {"password": PASSWORD, "webhook_secret": SECRET}
    return Connection(
        f"vendure-{channel}",
        "INR",
        {name: other.get(name, value) for name, value in settings.items()},
        {name: other.get(name, value) for name, value in secrets.items()},
    )


def channel(
    shop: Vendure,
    name: str = "retail",
    *,
    transport: httpx.BaseTransport | None = None,
    record: Callable[[Call], None] = lambda _call: None,
    **other: str,
) -> Channel:
    """The adapter, connected."""
    http = Http(transport=transport, record=record)
    shop.close_with.callback(http.close)
    made = ADAPTER.connect(connection(shop, name, **other), http)
    assert isinstance(made, Channel)
    return made


def fulfilment(order: str, units: Mapping[str, int], *, key: str = "parcel-1", tracking: str = "DL100") -> Fulfilment:
    """A parcel of ours."""
    return Fulfilment(key, order, "Delhivery", tracking, "", SHIPPED_AT, tuple(units.items()))


def refund(order: str, amount: int, *, key: str = "refund-1", units: Mapping[str, int] | None = None) -> Refund:
    """Money to be given back."""
    return Refund(key, order, amount, "INR", "Scratched", tuple((units or {}).items()))


def lines(shop: Channel, order: str) -> dict[str, str]:
    """The shop's id of each line, by SKU."""
    return {line.sku: line.external_id for line in ADAPTER.read(shop.order(order).body).lines}


def scenes(shop: Vendure) -> dict[str, str]:
    """Orders brought about in the shop, as it answers them."""
    retail, trade = channel(shop), channel(shop, "trade")
    prepaid = shop.buy({"LAMP-1": 2, "BOWL-2": 3})["id"]
    coupon = shop.buy({"LAMP-1": 1, "BOWL-2": 7}, coupon=GIFT)["id"]
    cod = shop.buy({"BOWL-2": 3}, pay="cash-on-delivery", coupon=GIFT, channel="trade")["id"]
    part = shop.buy({"LAMP-1": 2, "BOWL-2": 3})["id"]
    mine = lines(retail, part)
    retail.fulfil(fulfilment(part, {mine["LAMP-1"]: 1}))
    shop.cancel_units(part, {mine["BOWL-2"]: 1})
    retail.refund(refund(part, 3_333, units={mine["BOWL-2"]: 1}))
    delivered = shop.buy({"SCARF-3": 1})["id"]
    parcel = retail.fulfil(fulfilment(delivered, {lines(retail, delivered)["SCARF-3"]: 1}, tracking="DL101"))
    shop.deliver(parcel.external_id)
    cancelled = shop.buy({"SCARF-3": 2})["id"]
    retail.cancel(Cancellation("cancel-1", cancelled, "Buyer changed their mind", restocked=True))
    basket = shop.buy({"SCARF-3": 1}, pay=None)["id"]
    found = {"prepaid": prepaid, "coupon": coupon, "part": part, "delivered": delivered, "cancelled": cancelled}
    return {name: retail.order(order).body for name, order in (found | {"basket": basket}).items()} | {
        "cod": trade.order(cod).body
    }


def keep(bodies: Mapping[str, str]) -> None:
    """Write the recorded answers anew."""
    RECORDED.mkdir(exist_ok=True)
    for name, body in bodies.items():
        (RECORDED / f"{name}.json").write_text(json.dumps(json.loads(body), indent=1, ensure_ascii=False) + "\n")


def recorded(name: str) -> str:
    """An answer of the live server."""
    return (RECORDED / f"{name}.json").read_text()


if __name__ == "__main__":  # python -m tests.contract.vendure_acts: record the answers anew
    with vendure_server.vendure() as running:
        keep(scenes(running))
