"""The site's door: who may come in and how often, what a call is, and the webhooks that go out."""

import hmac
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from oms_app.domain.channels import Connection
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.shop import Line, Order, Refusal, Shop
from oms_app.integrations.sandbox.vendor import Answer, Asked, Message, Sandbox
from oms_app.integrations.sandbox.wix import tokens
from oms_app.integrations.sandbox.wix.acts import Missing, OrderActs
from oms_app.integrations.sandbox.wix.shelves import Shelves, cursor, place
from oms_app.integrations.sandbox.wix.views import Views, guid, line_id, moment

APP, INSTANCE, SITE = guid("other", 2), guid("other", 3), guid("other", 4)
ORDER = "wix.ecom.v1.order"
PARCELS, MONEY = "wix.ecom.v1.fulfillments", "wix.ecom.v1.order_transactions"
TOPICS = (
    *(
        f"{ORDER}_{each}"
        for each in ("created", "approved", "updated", "canceled", "fulfilled", "payment_status_updated")
    ),
    f"{PARCELS}_updated",
    f"{MONEY}_updated",
)
_LIVES_S = 14_400


class WixSandbox(Sandbox):
    """A site with an app installed, and an account with an API key.

    per_minute  calls it takes in a minute; `lag_s` seconds until its search knows of a change
    catalogue   V3_CATALOG or V1_CATALOG
    """

    name = "wix"
    keeps = (
        *("subscribed", "access_tokens", "refresh_token", "views.comments"),
        *("shelves.revisions", "shelves.nowhere", "shelves.hidden", "shelves.slugs"),
    )

    def __init__(
        self,
        shop: Shop,
        faults: Faults | None = None,
        *,
        per_minute: float = 600,
        lag_s: float = 2,
        catalogue: str = "V3_CATALOG",
    ):
        super().__init__(shop, faults)
        self.per_minute, self.lag, self.catalogue = per_minute, timedelta(seconds=lag_s), catalogue
        self.api_key, self.app_secret, self.refresh_token = "sandbox-api-key", "sandbox-app-secret", "sandbox-refresh-1"
        self.access_tokens: set[str] = set()
        self.views, self.shelves = Views(shop), Shelves(shop)
        acts = OrderActs(shop, self.views)
        self._routes: list[tuple[str, re.Pattern[str], Callable[[Mapping[str, Any]], dict[str, Any]]]] = [
            (method, re.compile(path.replace("{}", "[^/]+")), act)
            for method, path, act in (
                ("GET", "/site-properties/v4/properties", self._properties),
                ("POST", "/ecom/v1/orders/search", self._search),
                ("GET", "/ecom/v1/orders/{}", acts.get),
                ("POST", "/ecom/v1/orders/{}/cancel", acts.cancel),
                ("POST", "/ecom/v1/orders/{}/activities", acts.comment),
                ("POST", "/ecom/v1/fulfillments/list-by-ids", acts.parcels),
                ("POST", "/ecom/v1/fulfillments/orders/{}/create-fulfillment", acts.fulfil),
                ("PATCH", "/ecom/v1/fulfillments/{}/orders/{}", acts.track),
                ("POST", "/ecom/v1/payments/list-by-ids", acts.transactions),
                ("POST", "/ecom/v1/order-billing/get-order-refundability", acts.refundability),
                ("POST", "/ecom/v1/order-billing/refund-payments", acts.refund),
                ("GET", "/stores/v3/provision/version", lambda _said: {"catalogVersion": self.catalogue}),
                ("POST", "/stores/v3/products/search-variants", self.shelves.variants),
                ("GET", "/stores/v3/products/slug/{}", self.shelves.by_slug),
                ("POST", "/stores/v3/products-with-inventory", self.shelves.create),
                ("GET", "/stores/v3/inventory-items/search", self.shelves.items),
                ("POST", "/stores/v3/inventory-items/search", self.shelves.items),
                ("POST", "/stores/v3/bulk/inventory-items/update", self.shelves.change),
                ("POST", "/stores/v3/bulk/inventory-items/create", self.shelves.begin),
                ("POST", "/stores-reader/v1/variants/query", self.shelves.variants_first),
                ("POST", "/stores/v1/products", self.shelves.create_first),
                ("GET", "/stores-reader/v1/products/{}", self.shelves.product_first),
                ("PATCH", "/stores/v2/inventoryItems/product/{}", self.shelves.change_first),
            )
        ]
        self._left, self._at = per_minute, time.monotonic()

    def connection(self, address: str) -> Connection:
        """How our shop connects: as an app."""
        settings = {"app_id": APP, "instance_id": INSTANCE, "public_key": tokens.public_key(), "address": address}
        return Connection("sandbox", self.shop.currency, settings, {"app_secret": self.app_secret})

    def by_key(self, address: str) -> Connection:
        """How our shop connects with an API key instead: nothing is sent to it then."""
        settings = {"site_id": SITE, "address": address}
        return Connection("sandbox", self.shop.currency, settings, {"api_key": self.api_key})

    def respond(self, asked: Asked) -> Answer:
        """Tokens, and the calls of the API."""
        if asked.path in ("/oauth2/token", "/oauth/access") and asked.method == "POST":
            return self._sign_in(asked)
        if not self._may_come_in(asked.headers):
            return _no(401, "UNAUTHENTICATED", "Unauthorized")
        if not self._has_time():
            return self.throttled(hint=False)
        for method, path, act in self._routes:
            if method == asked.method and path.fullmatch(asked.path):
                return self._done(act, asked)
        return _no(404, "NOT_FOUND", "Not Found")

    def throttled(self, hint: bool) -> Answer:
        """Too many calls."""
        error = {"message": "Too many requests.", "details": {"applicationError": {"code": "RESOURCE_EXHAUSTED"}}}
        return Answer.json(error, 429, **({"retry_after": "1"} if hint else {}))

    def external_id(self, order: Order) -> str:
        """The order's id."""
        return guid("order", order.number)

    def line_id(self, order: Order, line: Line) -> str:
        """The id of a line."""
        return line_id(order, line.number)

    def send_to(self, address: str) -> None:
        """What the seller enters on the app's page."""
        for topic in TOPICS:
            self.subscribed[topic].add(address)

    def messages(self, topic: str, order: Order) -> list[Message]:
        """The webhooks of a change."""
        made = []
        for each, event in self._events(topic, order):
            event |= {"id": str(uuid.uuid4()), "eventTime": moment(order.updated_at)}
            token = tokens.signed(each, INSTANCE, event)
            made += [
                Message(address, {"Content-Type": "text/plain"}, token, each)
                for address in sorted(self.subscribed[each])
            ]
        return made

    def expire(self) -> None:
        """Every access token runs out."""
        self.access_tokens.clear()

    def _events(self, topic: str, order: Order) -> list[tuple[str, dict[str, Any]]]:
        id, shown = guid("order", order.number), self.views.order(order)
        now = order.updated_at

        def event(fqdn: str, slug: str, **body: Any) -> tuple[str, dict[str, Any]]:
            told = {"entityFqdn": fqdn, "slug": slug, "entityId": id, "triggeredByAnonymizeRequest": False}
            return f"{fqdn}_{slug}", told | body

        def act(slug: str) -> tuple[str, dict[str, Any]]:
            return event(ORDER, slug, actionEvent={"body": {"order": shown}})

        if topic == "created":
            events = [event(ORDER, "created", createdEvent={"entity": shown}), act("approved")]
            return events + ([act("payment_status_updated")] if order.captured else [])
        events = [event(ORDER, "updated", updatedEvent={"currentEntity": shown})]
        if order.cancelled_at == now:
            events.append(act("canceled"))
        if any(each.at == now for each in order.parcels):
            events.append(event(PARCELS, "updated", updatedEvent={"currentEntity": self.views.parcels(order)}))
            if shown["fulfillmentStatus"] == "FULFILLED":
                events.append(act("fulfilled"))
        if any(each.at == now for each in order.refunds):
            body = {"orderTransactions": self.views.transactions(order)}
            events += [act("payment_status_updated"), event(MONEY, "updated", actionEvent={"body": body})]
        return events

    def _sign_in(self, asked: Asked) -> Answer:
        said = asked.json() or {}
        app = said.get("client_id") == APP and hmac.compare_digest(str(said.get("client_secret")), self.app_secret)
        by_refresh = asked.path == "/oauth/access"
        right = (
            said.get("grant_type") == "refresh_token" and said.get("refresh_token") == self.refresh_token
            if by_refresh
            else said.get("grant_type") == "client_credentials" and said.get("instance_id") == INSTANCE
        )
        if not app or not right:
            return Answer.json({"error": "invalid_grant", "error_description": "The credentials are not valid."}, 400)
        token = f"OAUTH.sandbox-{len(self.access_tokens) + 1}-{uuid.uuid4()}"
        self.access_tokens.add(token)
        told: dict[str, Any] = {"access_token": token, "expires_in": _LIVES_S, "token_type": "Bearer"}
        if by_refresh:
            self.refresh_token = f"sandbox-refresh-{int(self.refresh_token.rsplit('-', 1)[1]) + 1}"
            told = {"access_token": token, "refresh_token": self.refresh_token}
        return Answer.json(told)

    def _may_come_in(self, headers: Mapping[str, str]) -> bool:
        given = headers.get("authorization", "")
        if given in self.access_tokens:
            return True
        return hmac.compare_digest(given.encode(), self.api_key.encode()) and headers.get("wix-site-id") == SITE

    def _has_time(self) -> bool:
        now = time.monotonic()
        self._left = min(self.per_minute, self._left + (now - self._at) * self.per_minute / 60)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _done(self, act: Callable[[Mapping[str, Any]], dict[str, Any]], asked: Asked) -> Answer:
        try:
            said = tokens.unpacked(asked.query[".r"]) if ".r" in asked.query else (asked.json() or asked.query)
            return Answer.json(act(said))
        except Missing as missing:
            return _no(404, "NOT_FOUND", str(missing))
        except Refusal as refusal:
            return _no(400, "FAILED_PRECONDITION", str(refusal))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return _no(400, "INVALID_ARGUMENT", f"The request is malformed: {error!r}")

    def _properties(self, _said: Mapping[str, Any]) -> dict[str, Any]:
        about = {"siteDisplayName": self.shop.name, "paymentCurrency": self.shop.currency, "timeZone": "Asia/Kolkata"}
        return {"version": "1", "properties": about}

    def _search(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """searchOrders: it knows of a change only after a while."""
        search = said["search"]
        paging = search.get("cursorPaging") or {}
        limit = int(paging.get("limit") or 100)
        if limit > 100:
            raise Refusal("cursorPaging.limit must be at most 100.")
        mark: list[Any] | None = None
        if given := paging.get("cursor"):
            since, mark = place(given)
        else:
            since = ((search.get("filter") or {}).get("updatedDate") or {}).get("$gte") or "1970-01-01T00:00:00Z"
        known = self.shop.clock() - self.lag
        found = [each for each in self.shop.changed_since(datetime.fromisoformat(since)) if each.updated_at <= known]
        marks = [[each.updated_at.isoformat(), each.number] for each in found]
        rest = [(at, each) for at, each in zip(marks, found, strict=True) if mark is None or at > mark]
        page = rest[:limit]
        more = len(rest) > limit
        cursors = {"next": cursor((since, page[-1][0]))} if more else {}
        return {
            "orders": [self.views.order(each) for _, each in page],
            "metadata": {"count": len(page), "cursors": cursors, "hasNext": more},
        }


def _no(status: int, code: str, message: str) -> Answer:
    said = {"message": message, "details": {"applicationError": {"code": code, "description": message, "data": {}}}}
    return Answer(status, json.dumps(said).encode(), {"content-type": "application/json"})
