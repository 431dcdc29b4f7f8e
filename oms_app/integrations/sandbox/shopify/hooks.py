"""The store's webhooks: who subscribed to what, what of a change is news, and the signature."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from typing import Any

from oms_app.integrations.sandbox.shop import Order
from oms_app.integrations.sandbox.shopify.access import Access
from oms_app.integrations.sandbox.shopify.views import gid, moment
from oms_app.integrations.sandbox.vendor import Message

DOMAIN = "sandbox.myshopify.com"
TOPICS = ("orders/create", "orders/updated", "orders/cancelled", "refunds/create", "fulfillments/update")
_EVENTS = {"created": ("orders/create", "orders/updated"), "updated": ("orders/updated",)}


class Hooks:
    """Subscriptions by topic and address; `fields` of them that a subscription wants, none: all."""

    def __init__(self, access: Access, subscribed: dict[str, set[str]]):
        self.access, self.subscribed = access, subscribed
        self._fields: dict[tuple[str, str], list[str]] = {}
        self._told: dict[int, dict[tuple[str, int], str]] = {}

    def subscribe(self, topic: str, address: str, fields: list[str]) -> None:
        """From now on."""
        self.subscribed[topic].add(address)
        self._fields[topic, address] = fields

    def shown(self, uri: str) -> list[dict[str, Any]]:
        """Subscriptions as GraphQL shows them, of one address or of all."""
        return [
            {"id": gid("WebhookSubscription", index), "topic": topic.upper().replace("/", "_"), "uri": address}
            for index, (topic, addresses) in enumerate(self.subscribed.items(), 1)
            for address in sorted(addresses)
            if uri in ("", address)
        ]

    def messages(self, change: str, order: Order) -> list[Message]:
        """The webhooks of a change ("created", "updated"): of the order, and of what is new in it."""
        told = [(topic, _resource(order, order.number)) for topic in _EVENTS[change]]
        found: list[Message] = []
        for topic, resource in (*told, *self._news(order)):
            event = str(uuid.uuid4())
            found += [self._message(topic, resource, event, address) for address in sorted(self.subscribed[topic])]
        return found

    def _news(self, order: Order) -> Iterator[tuple[str, dict[str, Any]]]:
        before, now = self._told.get(order.number, {}), _standing(order)
        self._told[order.number] = now
        for (kind, number), state in now.items():
            was = before.get((kind, number))
            if kind == "orders" and was != state:
                yield "orders/cancelled", _resource(order, number)
            elif was != state:
                yield f"{kind}/{'update' if was else 'create'}", _resource(order, number) | {"order_id": order.number}

    def _message(self, topic: str, resource: dict[str, Any], event: str, address: str) -> Message:
        wanted = self._fields.get((topic, address))
        body = json.dumps({name: each for name, each in resource.items() if not wanted or name in wanted}).encode()
        signature = base64.b64encode(hmac.new(self.access.secret.encode(), body, hashlib.sha256).digest()).decode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Shop-Domain": DOMAIN,
            "X-Shopify-API-Version": "2026-07",
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": event,
            "X-Shopify-Triggered-At": resource["updated_at"],
        }
        return Message(address, headers, body, topic)


def _standing(order: Order) -> dict[tuple[str, int], str]:
    """What has webhooks of its own, with a mark that changes with it."""
    cancelled = {("orders", order.number): "cancelled"} if order.cancelled_at else {}
    refunds = {("refunds", each.number): "made" for each in order.refunds}
    parcels = {("fulfillments", each.number): f"{each.delivered_at} {each.cancelled}" for each in order.parcels}
    return {**cancelled, **refunds, **parcels}


def _resource(order: Order, number: int) -> dict[str, Any]:
    return {"id": number, "name": order.name, "updated_at": moment(order.updated_at)}
