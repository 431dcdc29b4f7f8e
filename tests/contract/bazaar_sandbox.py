"""Bazaar's side of the example: its protocol over the sandboxes' shop."""

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from oms_app.domain import money
from oms_app.domain.channels import Connection
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.shop import Order, Parcel, Refusal, Shop
from oms_app.integrations.sandbox.vendor import Answer, Asked, Message, Sandbox

_SIZE = 50


class BazaarSandbox(Sandbox):
    """Keys are part of the address: what is put there twice is there once."""

    name = "bazaar"
    token = "bazaar-token"

    def __init__(self, shop: Shop, faults: Faults):
        super().__init__(shop, faults)
        self._routes: tuple[tuple[str, str, Callable[..., Any]], ...] = (
            ("GET", "/shop", lambda asked: {"name": shop.name}),
            ("GET", "/orders", self._orders),
            ("GET", "/articles", self._articles),
            ("GET", "/orders/([^/]+)", lambda asked, order: self._order(order)),
            ("PUT", "/orders/([^/]+)/number", self._number),
            ("PUT", "/orders/([^/]+)/parcels/([^/]+)", self._parcel),
            ("PUT", "/orders/([^/]+)/cancellation", self._cancel),
            ("PUT", "/orders/([^/]+)/refunds/([^/]+)", self._refund),
            ("PUT", "/stock", self._stock),
            ("PUT", "/hooks", lambda asked: self.send_to(asked.json()["address"])),
        )

    def connection(self, address: str) -> Connection:
        return Connection("sandbox", self.shop.currency, {"address": address}, {"token": self.token})

    def respond(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answer.json({"error": "Who are you?"}, 401)
        for method, path, act in self._routes:
            found = re.fullmatch(path, asked.path) if method == asked.method else None
            if not found:
                continue
            given: list[Any] = [unquote(each) for each in found.groups()]
            if given and (order := self.shop.orders.get(int(given[0]))) is None:
                break
            try:
                return Answer.json(act(asked, *([order, *given[1:]] if given else [])))
            except Refusal as refusal:
                return Answer.json({"error": str(refusal)}, 422)
        return Answer.json({"error": "There is no such thing."}, 404)

    def send_to(self, address: str) -> None:
        self.subscribed["order"].add(address)

    def messages(self, topic: str, order: Order) -> list[Message]:
        body = json.dumps({"order": str(order.number)}).encode()
        signature = hmac.new(self.token.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Bazaar-Signature": signature, "X-Bazaar-Id": str(uuid.uuid4())}
        return [Message(address, headers, body, "order") for address in sorted(self.subscribed["order"])]

    def _orders(self, asked: Asked) -> dict[str, Any]:
        """Pages by the place in the changes, which end with the second and the number of the last one."""
        found = self.shop.changed_since(datetime.fromisoformat(asked.query["since"]))
        marks = [(f"{order.updated_at.isoformat()} {order.number:012d}", order) for order in found]
        rest = [each for each in marks if each[0] > asked.query.get("after", "")]
        after = rest[_SIZE - 1][0] if len(rest) > _SIZE else ""
        return {"orders": [self._order(order) for _, order in rest[:_SIZE]], "after": after}

    def _articles(self, asked: Asked) -> dict[str, Any]:
        start = int(asked.query.get("after") or 0)
        some = list(self.shop.articles.values())[start : start + _SIZE]
        shown = [
            {"id": str(each.number), "sku": each.sku, "title": each.title, "price": self._major(each.price)}
            | {"stock": each.stock}
            for each in some
        ]
        more = start + _SIZE < len(self.shop.articles)
        return {"articles": shown, "after": str(start + _SIZE) if more else ""}

    def _number(self, asked: Asked, order: Order) -> None:
        order.known_as = asked.json()["number"]

    def _parcel(self, asked: Asked, order: Order, key: str) -> dict[str, str]:
        said = asked.json()
        named = {int(line): count for line, count in said.pop("units").items()}

        def leave() -> Parcel:
            units = named or {line.number: left for line in order.lines if (left := order.to_ship(line))}
            if not units:
                raise Refusal("Nothing of this order is left.")
            return self.shop.fulfil(order, units, **said)

        return {"id": str(self.shop.once(f"parcel {key}", asked.path, leave).number)}

    def _cancel(self, asked: Asked, order: Order) -> None:
        if not order.cancelled_at:
            self.shop.cancel(order, asked.json()["reason"], restock=asked.json()["restock"])

    def _refund(self, asked: Asked, order: Order, key: str) -> dict[str, str]:
        said = asked.json()
        units = {int(line): count for line, count in said["units"].items()}
        amount = money.to_minor(said["amount"], order.currency)
        refund = self.shop.once(
            f"refund {key}", asked.path, lambda: self.shop.refund(order, amount, reason=said["reason"], units=units)
        )
        return {"id": str(refund.number)}

    def _stock(self, asked: Asked) -> dict[str, str]:
        levels: dict[str, int] = asked.json()
        for sku in levels.keys() & self.shop.articles.keys():
            self.shop.articles[sku].stock = levels[sku]
        return dict.fromkeys(levels.keys() - self.shop.articles.keys(), "Bazaar sells no such article.")

    def _order(self, order: Order) -> dict[str, Any]:
        buyer, major = order.buyer, self._major
        left = order.parcels and not any(order.to_ship(line) for line in order.lines)
        waits = not order.cod and not order.captured
        return {
            "id": str(order.number),
            "number": order.name,
            "state": "cancelled" if order.cancelled_at else "shipped" if left else "pending" if waits else "open",
            "placed": order.placed_at.isoformat(),
            "changed": order.updated_at.isoformat(),
            "currency": order.currency,
            "total": major(order.total),
            "tax_included": order.tax_included,
            "cod": order.cod,
            "shipping": major(order.shipping),
            "discount": major(order.discount),
            "note": order.note,
            "service": order.service,
            "buyer": {
                "name": buyer.name,
                "email": buyer.email,
                "phone": buyer.phone,
                "external_id": None if buyer.guest else str(buyer.number),
            },
            "address": {"name": buyer.name, "city": buyer.city, "state": buyer.state}
            | {name: getattr(buyer, name) for name in ("phone", "line1", "line2", "postal_code", "country")},
            "lines": [
                {"id": str(line.number), "sku": line.sku, "title": line.title, "units": line.quantity}
                | {"price": major(line.price), "discount": major(line.discount), "tax": major(order.tax(line))}
                | {"cancelled": line.cancelled, "wishes": line.personalisation}
                for line in order.lines
            ],
            "paid": [
                {"id": str(each.number), "amount": major(each.amount), "at": each.at.isoformat()}
                for each in order.payments
                if each.kind == "capture"
            ],
            "parcels": [
                {"id": str(each.number), "courier": each.courier, "tracking": each.tracking}
                | {"at": each.at.isoformat(), "units": _by_line(each.units)}
                for each in order.parcels
            ],
            "refunds": [
                {"id": str(each.number), "amount": major(each.amount), "reason": each.reason}
                | {"at": each.at.isoformat(), "units": _by_line(each.units)}
                for each in order.refunds
            ],
        }

    def _major(self, minor: int) -> str:
        return money.to_major(minor, self.shop.currency)


def _by_line(units: dict[int, int]) -> dict[str, int]:
    return {str(line): count for line, count in units.items()}
