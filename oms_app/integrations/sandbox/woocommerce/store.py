"""The sandbox's shop door: who may come in, what each address of `wc/v3` does, and the webhooks that go out."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from oms_app.domain.channels import Connection
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.shop import Order, Shop
from oms_app.integrations.sandbox.vendor import Answer, Asked, Message, Sandbox
from oms_app.integrations.sandbox.woocommerce.acts import Acts, Refused, problem
from oms_app.integrations.sandbox.woocommerce.views import Views, moment

TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")
_EVENTS = {
    "created": ("order.created", "order.updated"),
    "updated": ("order.updated",),
    "deleted": ("order.deleted",),
    "restored": ("order.restored", "order.updated"),
}
_API = "/wp-json/wc/v3/"
_SETTINGS = {
    "general/woocommerce_calc_taxes": "yes",
    "tax/woocommerce_prices_include_tax": "yes",
    "products/woocommerce_weight_unit": "kg",
}
_SITE = "https://sandbox-handlooms.example"


class WooCommerceSandbox(Sandbox):
    """One shop. `key` and `secret` are those of its REST API; `signed_with` is what a seller's own webhooks have.

    `settings` are the shop's own, by their group and name.
    """

    name = "woocommerce"
    keeps = (
        *("subscribed", "webhooks", "settings", "acts.notes"),
        *("views.metas", "views.statuses", "views.returned", "views.parcels", "views.made"),
    )

    def __init__(self, shop: Shop, faults: Faults | None = None):
        super().__init__(shop, faults)
        self.key, self.secret = "ck_sandbox0000000000000000000000000000000000", "cs_sandbox1111111111111111111111111111"
        self.signed_with = "sandbox-webhook-secret"
        self.views = Views(shop)
        self.acts = Acts(shop, self.views)
        self.webhooks: dict[int, dict[str, Any]] = {}
        self.settings = dict(_SETTINGS)
        self._routes: tuple[tuple[str, re.Pattern[str], Callable[..., Answer]], ...] = tuple(
            (method, re.compile(path), do)
            for method, path, do in (
                ("GET", "data/currencies/current", self._currency),
                ("GET", "orders", self._orders),
                ("GET", r"orders/(\d+)", self._order),
                ("PUT", r"orders/(\d+)", self._change),
                ("GET", r"orders/(\d+)/notes", self._notes),
                ("POST", r"orders/(\d+)/notes", self._add_note),
                ("GET", r"orders/(\d+)/refunds", self._refunds),
                ("POST", r"orders/(\d+)/refunds", self._refund),
                ("GET", "products", self._products),
                ("POST", "products", self._make),
                ("GET", r"products/(\d+)", self._product),
                ("GET", r"products/(\d+)/variations", self._variations),
                ("POST", "products/batch", self._batch),
                ("POST", r"products/(\d+)/variations/batch", self._batch),
                ("GET", r"settings/\w+/\w+", self._setting),
                ("GET", "webhooks", self._list_webhooks),
                ("POST", "webhooks", self._add_webhook),
                ("PUT", r"webhooks/(\d+)", self._change_webhook),
            )
        )

    def connection(self, address: str) -> Connection:
        """How our shop connects."""
        secrets = {"consumer_key": self.key, "consumer_secret": self.secret, "webhook_secret": self.signed_with}
        return Connection("sandbox", self.shop.currency, {"address": address}, secrets)

    def respond(self, asked: Asked) -> Answer:
        """The site's index, and `wc/v3` for who has the key."""
        if asked.path == "/wp-json/" and asked.method == "GET":
            return Answer.json({"name": self.shop.name})
        if not asked.path.startswith(_API):
            return problem(404, "rest_no_route", "No route was found matching the URL and request method.")
        pair = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        if not hmac.compare_digest(asked.headers.get("authorization", ""), f"Basic {pair}"):
            return problem(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
        path = asked.path.removeprefix(_API)
        for method, pattern, do in self._routes:
            if method == asked.method and (found := pattern.fullmatch(path)):
                try:
                    return do(asked, *(int(each) for each in found.groups()))
                except Refused as refusal:
                    return problem(refusal.status, refusal.code, str(refusal))
        return problem(404, "rest_no_route", "No route was found matching the URL and request method.")

    def throttled(self, hint: bool) -> Answer:
        """WooCommerce counts no calls; what stands before it does."""
        return Answer(429, b"<html><body>Too Many Requests</body></html>", {"retry-after": "1"} if hint else {})

    def send_to(self, address: str) -> None:
        """Every topic of orders."""
        for topic in TOPICS:
            if address in self.subscribed[topic]:
                continue
            wanted = {"name": topic, "topic": topic, "delivery_url": address, "secret": self.signed_with}
            self._make_webhook(wanted)

    def disable(self, address: str) -> None:
        """What becomes of webhooks whose address failed more than five times in a row."""
        for hook in self.webhooks.values():
            if hook["delivery_url"] == address:
                self._set_status(hook, "disabled")

    def abandon(self, message: Message) -> None:
        """Tried in vain: WooCommerce tries each once, and disables the webhook after six of them."""
        self.disable(message.address)

    def trash(self, order: Order, *, restore: bool = False) -> None:
        """Somebody puts an order into the trash, or takes it out again."""
        if restore:
            self.views.statuses.pop(order.number, None)
        else:
            self.views.statuses[order.number] = "trash"
        order.updated_at = self.shop.clock()
        for listener in self.shop.listeners:
            listener("restored" if restore else "deleted", order)

    def messages(self, topic: str, order: Order) -> list[Message]:
        """The webhooks of a change. An update follows a creation, with the same body."""
        whole = {"id": order.number} if topic == "deleted" else self.views.order(order)
        body = json.dumps(whole).encode()
        return [
            self._message(hook, body)
            for each in _EVENTS[topic]
            for hook in self.webhooks.values()
            if hook["topic"] == each and hook["status"] == "active"
        ]

    def _message(self, hook: dict[str, Any], body: bytes) -> Message:
        signature = base64.b64encode(hmac.new(hook["secret"].encode(), body, hashlib.sha256).digest()).decode()
        second = f"{hook['id']}{int(self.shop.clock().timestamp())}"
        resource, event = hook["topic"].split(".")
        return Message(
            hook["delivery_url"],
            {
                "Content-Type": "application/json",
                "X-WC-Webhook-Source": f"{_SITE}/",
                "X-WC-Webhook-Topic": hook["topic"],
                "X-WC-Webhook-Resource": resource,
                "X-WC-Webhook-Event": event,
                "X-WC-Webhook-Signature": signature,
                "X-WC-Webhook-ID": str(hook["id"]),
                "X-WC-Webhook-Delivery-ID": hashlib.md5(second.encode()).hexdigest(),  # noqa: S324 - a name
            },
            body,
            hook["topic"],
        )

    def _currency(self, asked: Asked) -> Answer:
        return Answer.json({"code": self.shop.currency, "name": self.shop.currency, "symbol": ""})

    def _orders(self, asked: Asked) -> Answer:
        """Orders by the second of their last change. Of a second they are apart by id."""
        query = asked.query
        after = query.get("modified_after", "1970-01-01T00:00:00")
        left_out = {int(each) for each in query.get("exclude", "").split(",") if each}
        found = [
            order
            for order in self.shop.orders.values()
            if str(moment(order.updated_at)) > after
            and order.number not in left_out
            and self.views.status(order) != "trash"
        ]
        found.sort(key=lambda order: (str(moment(order.updated_at)), order.number))
        dp = int(query["dp"]) if "dp" in query else None
        return _listed(asked, found, lambda order: self.views.order(order, dp))

    def _find(self, number: int, status: int = 404) -> Order:
        order = self.shop.orders.get(number)
        if order is None:
            raise Refused("Invalid ID.", "woocommerce_rest_shop_order_invalid_id", status)
        return order

    def _order(self, asked: Asked, number: int) -> Answer:
        dp = int(asked.query["dp"]) if "dp" in asked.query else None
        return Answer.json(self.views.order(self._find(number), dp))

    def _change(self, asked: Asked, number: int) -> Answer:
        order = self._find(number, 400)
        self.acts.change(order, asked.json() or {})
        return Answer.json(self.views.order(order))

    def _notes(self, asked: Asked, number: int) -> Answer:
        return Answer.json(list(reversed(self.acts.notes[self._find(number).number])))

    def _add_note(self, asked: Asked, number: int) -> Answer:
        return Answer.json(self.acts.note(self._find(number), asked.json() or {}), 201)

    def _refunds(self, asked: Asked, number: int) -> Answer:
        order = self._find(number)
        dp = int(asked.query["dp"]) if "dp" in asked.query else None
        newest = list(reversed(order.refunds))
        return _listed(asked, newest, lambda refund: self.views.refund(order, refund, dp))

    def _refund(self, asked: Asked, number: int) -> Answer:
        order = self._find(number)
        return Answer.json(self.views.refund(order, self.acts.refund(order, asked.json() or {})), 201)

    def _products(self, asked: Asked) -> Answer:
        """Products by id; a search for SKUs finds variations too."""
        wanted = asked.query.get("sku", "")
        if not wanted:
            return _listed(asked, self.acts.products(), lambda product: product)
        skus = {each.casefold() for each in (*wanted.split(","), wanted)}
        found = [self.acts.product(each) for sku, each in self.shop.articles.items() if sku.casefold() in skus]
        return _listed(asked, found, lambda product: product)

    def _product(self, asked: Asked, number: int) -> Answer:
        listed = (*self.acts.products(), *(self.acts.product(each) for each in self.shop.articles.values()))
        found = next((each for each in listed if each["id"] == number), None)
        if found is None:
            raise Refused("Invalid ID.", "woocommerce_rest_product_invalid_id", 404)
        return Answer.json(found)

    def _make(self, asked: Asked) -> Answer:
        return Answer.json(self.acts.product(self.acts.make(asked.json() or {})), 201)

    def _setting(self, asked: Asked) -> Answer:
        """One setting, by its group and name."""
        name = asked.path.removeprefix(f"{_API}settings/")
        if name not in self.settings:
            raise Refused("Invalid setting.", "rest_setting_setting_invalid", 404)
        group, last = name.split("/")
        return Answer.json({"id": last, "type": "select", "value": self.settings[name], "group_id": group})

    def _variations(self, asked: Asked, parent: int) -> Answer:
        return _listed(asked, self.acts.variations(parent), lambda product: product)

    def _batch(self, asked: Asked, parent: int = 0) -> Answer:
        return Answer.json({"update": self.acts.batch(parent, (asked.json() or {}).get("update") or [])})

    def _list_webhooks(self, asked: Asked) -> Answer:
        return _listed(asked, list(self.webhooks.values()), _webhook)

    def _add_webhook(self, asked: Asked) -> Answer:
        said = asked.json() or {}
        if said.get("topic") not in TOPICS or not said.get("delivery_url"):
            raise Refused(
                "Webhook topic is required and must be valid.", "woocommerce_rest_shop_webhook_invalid_topic", 400
            )
        return Answer.json(_webhook(self._make_webhook(said)), 201)

    def _make_webhook(self, said: dict[str, Any]) -> dict[str, Any]:
        now = self.shop.clock()
        hook = {"id": self.shop.next_number(), "status": "", "made": now, **said}
        self.webhooks[hook["id"]] = hook
        self._set_status(hook, said.get("status", "active"))
        return hook

    def _change_webhook(self, asked: Asked, number: int) -> Answer:
        hook = self.webhooks.get(number)
        if hook is None:
            raise Refused("Invalid ID.", "woocommerce_rest_shop_webhook_invalid_id", 400)
        said = asked.json() or {}
        hook |= {name: said[name] for name in ("name", "secret") if name in said}
        self._set_status(hook, said.get("status", hook["status"]))
        return Answer.json(_webhook(hook))

    def _set_status(self, hook: dict[str, Any], status: str) -> None:
        hook["status"] = status
        addresses = self.subscribed[hook["topic"]]
        (addresses.add if status == "active" else addresses.discard)(hook["delivery_url"])


def _listed(asked: Asked, found: Sequence[Any], show: Callable[[Any], dict[str, Any]]) -> Answer:
    """A page of a list, with how many there are in all."""
    size, page = int(asked.query.get("per_page", 10)), int(asked.query.get("page", 1))
    if not 1 <= size <= 100 or page < 1:
        raise Refused("Invalid parameter(s): per_page", "rest_invalid_param", 400)
    some = [show(each) for each in found[(page - 1) * size : page * size]]
    pages = -(-len(found) // size)
    more = {"Link": f'<{_SITE}{asked.path}?page={page + 1}>; rel="next"'} if page < pages else {}
    counted = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
    return Answer(200, json.dumps(some).encode(), {"content-type": "application/json", **counted, **more})


def _webhook(hook: dict[str, Any]) -> dict[str, Any]:
    """A webhook as it is shown: without its secret."""
    resource, event = hook["topic"].split(".")
    made = {f"date_{name}{end}": moment(hook["made"]) for name in ("created", "modified") for end in ("", "_gmt")}
    shown = {name: hook[name] for name in ("id", "name", "status", "topic", "delivery_url")}
    return shown | made | {"resource": resource, "event": event, "hooks": [f"woocommerce_{event}_{resource}"]}
