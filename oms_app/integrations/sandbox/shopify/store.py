"""The store's door: who may come in, what a call costs, what it answers, and the webhooks that go out."""

import json
import re
import time
from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from oms_app.domain.channels import Connection
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.shop import Order, Refusal, Shop
from oms_app.integrations.sandbox.shopify.access import Access
from oms_app.integrations.sandbox.shopify.acts import IDEMPOTENT, OrderActs, StockActs
from oms_app.integrations.sandbox.shopify.exports import Exports
from oms_app.integrations.sandbox.shopify.graph import Document, connection
from oms_app.integrations.sandbox.shopify.hooks import TOPICS, Hooks
from oms_app.integrations.sandbox.shopify.products import Products
from oms_app.integrations.sandbox.shopify.views import LOCATION, Views, gid
from oms_app.integrations.sandbox.vendor import Answer, Asked, Message, Sandbox

API = re.compile(r"/admin/api/(\d{4}-\d{2})/graphql\.json")
_SINCE = re.compile(r"updated_at:>='([^']+)'")
_SKU = re.compile(r'sku:"((?:[^"\\]|\\.)*)"')


class ShopifySandbox(Sandbox):
    """`points` a call may take at once and `restored` a second; `access` knows who may call.

    `taxes_included`: prices have the tax in them.
    """

    name = "shopify"
    keeps = ("subscribed", "access.access_token", "access.refresh_token", "hooks._fields", "hooks._told")

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
        self.points, self.restored, self.most_a_call = points, restored, 1_000
        self.taxes_included = True
        self.access = Access(secret)
        self.hooks = Hooks(self.access, self.subscribed)
        self.views = Views(shop)
        self.exports = Exports(shop, self.views)
        self.products = Products(shop, self.views)
        self.seen: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        """Documents that came, their variables and what they were answered, once `remember` is set."""
        self.remember = False
        self._acts = (
            OrderActs(shop, self.views).all()
            | StockActs(shop).all()
            | self.products.all()
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
            {"shop": address, "client_id": self.access.client_id},
            {
                "client_secret": self.access.secret,
                "access_token": self.access.access_token,
                "refresh_token": self.access.refresh_token,
            },
        )

    def respond(self, asked: Asked) -> Answer:
        """GraphQL, consent and tokens, and the files of exports."""
        if (answer := self.access.respond(asked)) is not None:
            return answer
        if asked.path.startswith("/exports/") and asked.method == "GET":
            return self.exports.file(asked)
        version = API.fullmatch(asked.path)
        if not version or asked.method != "POST":
            return Answer.json({"errors": "Not Found"}, 404)
        if not self.access.allows(asked):
            return Answer.json({"errors": "[API] Invalid API key or access token (unrecognized login)"}, 401)
        self.exports.host = asked.headers.get("host", "127.0.0.1")
        said = asked.json() or {}
        told = self._graphql(said.get("query") or "", said.get("variables") or {})
        if self.remember:
            self.seen.append((said.get("query") or "", said.get("variables") or {}, told))
        return Answer.json(told)

    def throttled(self, hint: bool) -> Answer:
        """With a hint as GraphQL says it, without one as the wall before it does."""
        if not hint:
            return Answer.json({"errors": "Exceeded 40 calls per second for api client."}, 429)
        return Answer.json(self._too_many(10, 0))

    def send_to(self, address: str) -> None:
        """Orders, refunds and parcels."""
        for topic in TOPICS:
            self.hooks.subscribe(topic, address, [])

    def abandon(self, message: Message) -> None:
        """Eight times in vain: the subscription is deleted."""
        self.subscribed[message.topic].discard(message.address)

    def messages(self, topic: str, order: Order) -> list[Message]:
        """The webhooks of a change."""
        return self.hooks.messages(topic, order)

    def _graphql(self, text: str, variables: dict[str, Any]) -> dict[str, Any]:
        try:
            document = Document(text, variables)
        except (GraphQLSyntaxError, GraphQLError) as error:
            return {"errors": [{"message": error.message}]}
        cost = document.cost()
        if cost > self.most_a_call:
            said = f"Query cost is {cost}, which exceeds the single query max cost limit ({self.most_a_call})."
            extensions = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": self.most_a_call}
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
            "shop": self._shop,
            "currentAppInstallation": lambda: {"accessScopes": [{"handle": each} for each in self.access.scopes]},
            "orders": self._orders,
            "order": self._node,
            "node": self._node,
            "nodes": lambda ids: [self._node(each) for each in ids],
            "productVariants": self._variants,
            "productByIdentifier": self.products.identified,
            "inventoryItems": self._items,
            "location": lambda id=None: LOCATION if id in (None, LOCATION["id"]) else None,
            "webhookSubscriptions": self._subscriptions,
            "bulkOperation": self.exports.state,
        }

    def _orders(self, first: int, query: str = "", after: str | None = None, **_more: Any) -> dict[str, Any]:
        found = self.shop.changed_since(since(query))
        begin = bisect_right(found, after, key=_mark) if after else 0
        page = found[begin : begin + first + 1]  # the order that follows tells that there is one
        nodes = [self.views.order(order) for order in page]
        return dict(connection(nodes, map(_mark, page))(first=first))

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

    def _shop(self) -> dict[str, Any]:
        said = {"name": self.shop.name, "currencyCode": self.shop.currency}
        return {"__typename": "Shop", "taxesIncluded": self.taxes_included, **said}

    def _variants(self, first: int, after: str | None = None, query: str = "", **_more: Any) -> dict[str, Any]:
        return self.products.variants(first, _searched(query), after)

    def _items(self, first: int, query: str = "", **_more: Any) -> dict[str, Any]:
        wanted = _searched(query)
        found = [self.views.item(each) for each in self.shop.articles.values() if each.sku.casefold() in wanted]
        return dict(connection(found)(first=first))

    def _subscriptions(self, first: int, uri: str = "", **_more: Any) -> dict[str, Any]:
        return dict(connection(self.hooks.shown(uri))(first=first))

    def _subscribe(self, topic: str, webhookSubscription: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        fields = webhookSubscription.get("includeFields") or []
        self.hooks.subscribe(topic.lower().replace("_", "/", 1), webhookSubscription["uri"], fields)
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


def _mark(order: Order) -> str:
    """Where an order stands among all, as text that sorts."""
    return f"{order.updated_at.timestamp():017.6f}-{order.number:012d}"


def _searched(query: str) -> set[str]:
    """The SKUs of a search, which takes no case."""
    return {re.sub(r"\\(.)", r"\1", sku).casefold() for sku in _SKU.findall(query)}


def since(query: str) -> datetime:
    """The moment of a search for changes; without one the beginning."""
    found = _SINCE.search(query)
    return datetime.fromisoformat(found.group(1) if found else "1970-01-01T00:00:00Z")
