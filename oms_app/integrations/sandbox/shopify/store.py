"""The store's door: who may come in, what a call costs, what it answers, and the webhooks that go out."""

import base64
import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from graphql import GraphQLError, GraphQLSyntaxError

from oms_app.domain.channels import Connection
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.shop import Order, Refusal, Shop
from oms_app.integrations.sandbox.shopify.acts import IDEMPOTENT, OrderActs, StockActs
from oms_app.integrations.sandbox.shopify.exports import Exports
from oms_app.integrations.sandbox.shopify.graph import Document, connection
from oms_app.integrations.sandbox.shopify.views import LOCATION, Views, gid, moment
from oms_app.integrations.sandbox.vendor import Answer, Asked, Message, Sandbox

API = re.compile(r"/admin/api/(\d{4}-\d{2})/graphql\.json")
DOMAIN = "sandbox.myshopify.com"
SCOPES = (
    "read_all_orders",
    "read_customers",
    "read_locations",
    "read_returns",
    "write_inventory",
    "write_merchant_managed_fulfillment_orders",
    "write_orders",
    "write_products",
)
_MOST_A_CALL = 1_000
_SINCE = re.compile(r"updated_at:>='([^']+)'")
_SKU = re.compile(r'sku:"((?:[^"\\]|\\.)*)"')
_EVENTS = {"created": ("orders/create", "orders/updated"), "updated": ("orders/updated",)}


class ShopifySandbox(Sandbox):
    """`points` a call may take at once and `restored` a second; the access token is renewed after `expires` calls."""

    name = "shopify"

    def __init__(
        self,
        shop: Shop,
        faults: Faults | None = None,
        *,
        points: float = 2_000,
        restored: float = 100,
        secret: str = "",
    ):
        super().__init__(shop, faults)
        self.points, self.restored = points, restored
        self.secret = secret or "sandbox-client-secret"
        self.access_token, self.refresh_token = "sandbox-access-1", "sandbox-refresh-1"
        self.scopes = SCOPES
        self.views = Views(shop)
        self.exports = Exports(shop, self.views)
        self.seen: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        """Documents that came, their variables and what they were answered, once `remember` is set."""
        self.remember = False
        self._acts = (
            OrderActs(shop, self.views).all()
            | StockActs(shop).all()
            | {
                "webhookSubscriptionCreate": self._subscribe,
                "bulkOperationRunQuery": self._export,
            }
        )
        self._left, self._at = points, time.monotonic()

    def connection(self, address: str) -> Connection:
        """How our shop connects."""
        return Connection(
            "sandbox",
            self.shop.currency,
            {"shop": address, "client_id": "sandbox-client"},
            {
                "client_secret": self.secret,
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
            },
        )

    def respond(self, asked: Asked) -> Answer:
        """GraphQL, the renewal of tokens, and the files of exports."""
        if asked.path == "/admin/oauth/access_token" and asked.method == "POST":
            return self._renew(asked)
        if asked.path.startswith("/exports/") and asked.method == "GET":
            return self.exports.file(asked)
        version = API.fullmatch(asked.path)
        if not version or asked.method != "POST":
            return Answer.json({"errors": "Not Found"}, 404)
        if not hmac.compare_digest(asked.headers.get("x-shopify-access-token", ""), self.access_token):
            return Answer.json({"errors": "[API] Invalid API key or access token (unrecognized login)"}, 401)
        self.exports.host = asked.headers.get("host", "127.0.0.1")
        said = asked.json() or {}
        answer = self._graphql(said.get("query") or "", said.get("variables") or {})
        if self.remember:
            self.seen.append((said.get("query") or "", said.get("variables") or {}, answer))
        return Answer.json(answer)

    def throttled(self, hint: bool) -> Answer:
        """With a hint as GraphQL says it, without one as the wall before it does."""
        if not hint:
            return Answer.json({"errors": "Exceeded 40 calls per second for api client."}, 429)
        return Answer.json(self._too_many(10, 0))

    def send_to(self, address: str) -> None:
        """Orders, refunds and parcels."""
        for topic in ("orders/create", "orders/updated", "orders/cancelled", "refunds/create"):
            self.subscribed[topic].add(address)

    def messages(self, topic: str, order: Order) -> list[Message]:
        """The webhooks of a change."""
        made = []
        topics = [*_EVENTS[topic], *(("orders/cancelled",) if order.cancelled_at == order.updated_at else ())]
        for each in topics:
            event = str(uuid.uuid4())
            made += [self._message(each, order, event, address) for address in sorted(self.subscribed[each])]
        return made

    def _message(self, topic: str, order: Order, event: str, address: str) -> Message:
        body = json.dumps(
            {
                "id": order.number,
                "admin_graphql_api_id": gid("Order", order.number),
                "name": order.name,
                "updated_at": moment(order.updated_at),
            }
        ).encode()
        signature = base64.b64encode(hmac.new(self.secret.encode(), body, hashlib.sha256).digest()).decode()
        return Message(
            address,
            {
                "Content-Type": "application/json",
                "X-Shopify-Topic": topic,
                "X-Shopify-Hmac-Sha256": signature,
                "X-Shopify-Shop-Domain": DOMAIN,
                "X-Shopify-API-Version": "2026-07",
                "X-Shopify-Webhook-Id": str(uuid.uuid4()),
                "X-Shopify-Event-Id": event,
                "X-Shopify-Triggered-At": moment(order.updated_at),
            },
            body,
            topic,
        )

    def _renew(self, asked: Asked) -> Answer:
        form = dict(parse_qsl(asked.body.decode()))
        right = (form.get("client_secret"), form.get("refresh_token")) == (self.secret, self.refresh_token)
        if not right or form.get("grant_type") != "refresh_token":
            return Answer.json({"error": "invalid_grant", "error_description": "The refresh token is invalid."}, 400)
        self.rotate()
        return Answer.json(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "expires_in": 3_600,
                "refresh_token_expires_in": 7_776_000,
                "scope": ",".join(self.scopes),
            }
        )

    def rotate(self) -> None:
        """New tokens; those before are worth nothing any more."""
        number = int(self.access_token.rsplit("-", 1)[1]) + 1
        self.access_token, self.refresh_token = f"sandbox-access-{number}", f"sandbox-refresh-{number}"

    def expire(self) -> None:
        """The access token runs out, the refresh token still holds."""
        self.access_token = f"expired-{self.access_token}"

    def _graphql(self, text: str, variables: dict[str, Any]) -> dict[str, Any]:
        try:
            document = Document(text, variables)
        except (GraphQLSyntaxError, GraphQLError) as error:
            return {"errors": [{"message": error.message}]}
        cost = document.cost()
        if cost > _MOST_A_CALL:
            said = f"Query cost is {cost}, which exceeds the single query max cost limit ({_MOST_A_CALL})."
            extensions = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": _MOST_A_CALL}
            return {"errors": [{"message": said, "extensions": extensions}]}
        now = time.monotonic()
        self._left, self._at = min(self.points, self._left + (now - self._at) * self.restored), now
        if cost > self._left:
            return self._too_many(cost, self._left)
        actual = max(cost // 4, 1)
        self._left -= actual
        try:
            data = {
                (field.alias or field.name).value: self._root(document, field)
                for field in document.fields(document.operation.selection_set)
            }
        except GraphQLError as error:
            return {"errors": [{"message": error.message, "extensions": error.extensions}]}
        return {"data": data, "extensions": self._cost(cost, actual, self._left)}

    def _root(self, document: Document, field: Any) -> Any:
        name, given = field.name.value, document.arguments(field)
        if not document.is_mutation:
            resolver = self._queries().get(name)
            if resolver is None:
                raise GraphQLError(f"Field '{name}' doesn't exist on type 'QueryRoot'")
            return document.pick(resolver(**given), field)
        if name not in self._acts:
            raise GraphQLError(f"Field '{name}' doesn't exist on type 'Mutation'")
        if name not in IDEMPOTENT:
            return document.pick(self._acts[name](**given), field)
        key = document.key(field)
        if not key:
            raise GraphQLError(
                "The @idempotent directive is required for this mutation but was not provided.",
                extensions={"code": "BAD_REQUEST"},
            )
        try:
            payload = self.shop.once(
                f"{name}:{key}", json.dumps(given, sort_keys=True), lambda: self._acts[name](**given)
            )
        except Refusal as refusal:
            said = {"code": "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "field": None, "message": str(refusal)}
            payload = dict.fromkeys(("inventoryAdjustmentGroup", "inventoryLevel", "refund"))
            payload["userErrors"] = [said]
        return document.pick(payload, field)

    def _queries(self) -> dict[str, Callable[..., Any]]:
        return {
            "shop": lambda: {"__typename": "Shop", "name": self.shop.name, "currencyCode": self.shop.currency},
            "currentAppInstallation": lambda: {"accessScopes": [{"handle": each} for each in self.scopes]},
            "orders": self._orders,
            "order": self._node,
            "node": self._node,
            "nodes": lambda ids: [self._node(each) for each in ids],
            "productVariants": self._variants,
            "inventoryItems": self._items,
            "location": lambda id=None: LOCATION if id in (None, LOCATION["id"]) else None,
            "webhookSubscriptions": self._subscriptions,
            "bulkOperation": self.exports.state,
        }

    def _orders(self, first: int, query: str = "", after: str | None = None, **_more: Any) -> dict[str, Any]:
        found = self.shop.changed_since(since(query))
        marks = [f"{order.updated_at.timestamp():017.6f}-{order.number:012d}" for order in found]
        chosen = [(mark, order) for mark, order in zip(marks, found, strict=True) if after is None or mark > after]
        page = chosen[: first + 1]  # the order that follows tells that there is one
        nodes = [self.views.order(order) for _, order in page]
        return dict(connection(nodes, [mark for mark, _ in page])(first=first))

    def _node(self, id: str) -> dict[str, Any] | None:
        _, _, kind, number = id.split("/")[1:]
        if kind in ("Order", "FulfillmentOrder"):  # an order here has one part, of its own number
            found = self.shop.orders.get(int(number))
            view = self.views.order if kind == "Order" else self.views.part
            return view(found) if found else None
        for order in self.shop.orders.values():
            for parcel in order.parcels if kind == "Fulfillment" else ():
                if parcel.number == int(number):
                    return self.views.parcel(order, parcel)
            for refund in order.refunds if kind == "Refund" else ():
                if refund.number == int(number):
                    return self.views.refund(order, refund)
        return None

    def _variants(self, first: int, after: str | None = None, **_more: Any) -> dict[str, Any]:
        articles = [self.views.variant(each) for each in self.shop.articles.values()]
        return dict(connection(articles)(first=first, after=after))

    def _items(self, first: int, query: str = "", **_more: Any) -> dict[str, Any]:
        wanted = {re.sub(r"\\(.)", r"\1", sku).casefold() for sku in _SKU.findall(query)}
        found = [self.views.item(each) for each in self.shop.articles.values() if each.sku.casefold() in wanted]
        return dict(connection(found)(first=first))

    def _subscriptions(self, first: int, uri: str = "", **_more: Any) -> dict[str, Any]:
        found = [
            {"id": gid("WebhookSubscription", index), "topic": _word(topic), "uri": address}
            for index, (topic, addresses) in enumerate(self.subscribed.items(), 1)
            for address in sorted(addresses)
            if uri in ("", address)
        ]
        return dict(connection(found)(first=first))

    def _subscribe(self, topic: str, webhookSubscription: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        name = topic.lower().replace("_", "/", 1)
        self.subscribed[name].add(webhookSubscription["uri"])
        made = {"id": gid("WebhookSubscription", self.shop.next_number())}
        return {"webhookSubscription": made, "userErrors": []}

    def _export(self, query: str, **_more: Any) -> dict[str, Any]:
        return self.exports.run(query, since(query))

    def _too_many(self, cost: float, left: float) -> dict[str, Any]:
        errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
        return {"errors": errors, "extensions": self._cost(cost, None, left)}

    def _cost(self, cost: float, actual: float | None, left: float) -> dict[str, Any]:
        status = {"maximumAvailable": self.points, "currentlyAvailable": int(left), "restoreRate": self.restored}
        return {"cost": {"requestedQueryCost": cost, "actualQueryCost": actual, "throttleStatus": status}}


def since(query: str) -> datetime:
    """The moment of a search for changes; without one the beginning."""
    found = _SINCE.search(query)
    return datetime.fromisoformat(found.group(1) if found else "1970-01-01T00:00:00Z")


def _word(topic: str) -> str:
    return topic.upper().replace("/", "_")
