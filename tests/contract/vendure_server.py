"""A real Vendure shop for the tests: npm's packages kept in a cache, a server on a loopback port, buyers who order."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from oms_app.cli import frontend
from tests import npm
from tests.servers import ROOT, _clean_environment, _running, _wait, free_port

# The server's own wish for better-sqlite3 is 12, which Node 24.19 aborts on; 13 carries a build for every system.
PACKAGES, INSTEAD = ("@vendure/core@3.7.3", "better-sqlite3@13.2.0"), {"better-sqlite3": "13.2.0"}
DOCS = ROOT / "docs" / "channels" / "vendure.md"
USER, PASSWORD, SECRET = "oms", "a password of the tests", "a secret of the tests"

ARTICLES = {"LAMP-1": 149_900, "BOWL-2": 3_333, "SCARF-3": 79_950}
"""Prices in paise."""
STOCK = 5_000
GIFT = "GIFT5"
"""A coupon: five per cent off the order."""

BUYER = {"firstName": "Asha", "lastName": "Nair", "emailAddress": "asha.nair@demo.example", "phoneNumber": "9895012345"}
ADDRESS = {
    "fullName": "Asha Nair",
    "streetLine1": "14 Marine Drive",
    "streetLine2": "Flat 3",
    "city": "Kochi",
    "province": "Kerala",
    "postalCode": "682011",
    "countryCode": "IN",
    "phoneNumber": "9895012345",
}

_BUYING = "($buyer: CreateCustomerInput!, $address: CreateAddressInput!, $shipping: ID!)"
_CHECKOUT = (
    "setCustomerForOrder(input: $buyer) { ...O }",
    "setOrderShippingAddress(input: $address) { ...O }",
    "setOrderShippingMethod(shippingMethodId: [$shipping]) { ...O }",
    'transitionOrderToState(state: "ArrangingPayment") { ...O }',
)
_ORDER = "fragment O on Order { __typename id code state }"


@dataclass
class Vendure:
    """A running shop; `channels` holds the token of each: "retail" with prices that hold their tax, "trade" without."""

    url: str
    process: subprocess.Popen[bytes]
    channels: dict[str, str] = field(default_factory=lambda: {"retail": "retail-token", "trade": "trade-token"})
    variants: dict[str, str] = field(default_factory=dict)
    shipping_method: str = ""
    database: Path = Path()
    started_s: float = 0.0
    close_with: ExitStack = field(default_factory=ExitStack)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    def admin(self, document: str, channel: str = "", **variables: Any) -> dict[str, Any]:
        """Run an operation as an administrator."""
        headers = {"vendure-token": self.channels[channel]} if channel else {}
        answer = self._post("admin-api", document, variables, headers)
        if token := answer.headers.get("vendure-auth-token"):
            self._http.headers["authorization"] = f"Bearer {token}"
        return _data(answer)

    def buy(
        self, units: dict[str, int], *, pay: str | None = "upi", coupon: str = "", channel: str = "retail"
    ) -> dict[str, str]:
        """Place an order as a guest; its id and code. `pay` None: the basket is left before it is paid."""
        adds = [
            f'line{n}: addItemToOrder(productVariantId: "{self.variants[sku]}", quantity: {quantity}) {{ ...O }}'
            for n, (sku, quantity) in enumerate(units.items())
        ]
        coupons = [f'applyCouponCode(couponCode: "{coupon}") {{ ...O }}'] if coupon else []
        payment = [f'addPaymentToOrder(input: {{method: "{pay}", metadata: {{}}}}) {{ ...O }}'] if pay else []
        rest = [*adds[1:], *coupons, *_CHECKOUT, *payment]
        variables = {"buyer": BUYER, "address": ADDRESS, "shipping": self.shipping_method}
        with httpx.Client(timeout=60, headers={"vendure-token": self.channels[channel]}) as guest:
            # The first line makes the guest known: what follows must carry the session that it is answered with.
            first = guest.post(f"{self.url}/shop-api", json={"query": f"mutation {{ {adds[0]} }} {_ORDER}"})
            assert "code" in _data(first)["line0"], first.text
            headers = {"authorization": f"Bearer {first.headers['vendure-auth-token']}"}
            document = f"mutation {_BUYING} {{ {' '.join(rest)} }} {_ORDER}"
            body = {"query": document, "variables": variables}
            done = _data(guest.post(f"{self.url}/shop-api", json=body, headers=headers))
        last = list(done.values())[-1]
        assert "code" in last, done
        return last

    def cancel_units(self, order: str, units: dict[str, int]) -> None:
        """An administrator takes units out of an order."""
        lines = [{"orderLineId": line, "quantity": quantity} for line, quantity in units.items()]
        self.admin(
            "mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { ... on Order { id } } }",
            input={"orderId": order, "lines": lines, "reason": "One is broken"},
        )

    def ship(self, order: str, units: dict[str, int], tracking: str) -> None:
        """An administrator sends a parcel with these units, by line."""
        handler = _with("manual-fulfillment", method="Blue Dart", trackingCode=tracking)
        lines = [{"orderLineId": line, "quantity": quantity} for line, quantity in units.items()]
        document = "($input: FulfillOrderInput!) { addFulfillmentToOrder(input: $input) { ... on Fulfillment { id } } }"
        asked = {"lines": lines, "handler": handler}
        made = self.admin(f"mutation {document}", input=asked)["addFulfillmentToOrder"]
        document = 'mutation ($id: ID!) { transitionFulfillmentToState(id: $id, state: "Shipped") { __typename } }'
        assert self.admin(document, **made)["transitionFulfillmentToState"]["__typename"] == "Fulfillment"

    def give_back(self, order: str, amount: int) -> None:
        """An administrator refunds a part of an order's payment."""
        found = self.admin("query ($id: ID!) { order(id: $id) { payments { id } } }", id=order)["order"]["payments"]
        asked = {"paymentId": found[0]["id"], "amount": amount, "reason": "A scratch"}
        made = self.admin(
            "mutation ($input: RefundOrderInput!) { refundOrder(input: $input) { ... on Refund { id state } } }",
            input=asked | {"lines": [], "shipping": 0, "adjustment": 0},
        )["refundOrder"]
        if made["state"] != "Settled":
            document = "mutation ($input: SettleRefundInput!) { settleRefund(input: $input) { __typename } }"
            done = self.admin(document, input={"id": made["id"], "transactionId": f"by-hand-{made['id']}"})
            assert done["settleRefund"]["__typename"] == "Refund"

    def deliver(self, fulfilment: str) -> None:
        """An administrator says that a parcel has arrived."""
        wanted = "... on Fulfillment { state }"
        document = f'mutation ($id: ID!) {{ transitionFulfillmentToState(id: $id, state: "Delivered") {{ {wanted} }} }}'
        assert self.admin(document, id=fulfilment)["transitionFulfillmentToState"]["state"] == "Delivered"

    def memory_mb(self) -> int:
        """What the server holds in memory."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) // 1024 if found else 0

    def _post(self, api: str, document: str, variables: Any, headers: dict[str, str]) -> httpx.Response:
        return self._http.post(f"{self.url}/{api}", json={"query": document, "variables": variables}, headers=headers)


@contextmanager
def vendure() -> Iterator[Vendure]:
    """A shop with articles, two channels, a way to ship and two to pay; it forgets everything afterwards."""
    packages, port = npm.installed("vendure-3.7.3", *PACKAGES, instead=INSTEAD), free_port()
    settings = {
        "SHOP_PORT": str(port),
        "SHOP_USER": USER,
        "SHOP_PASSWORD": PASSWORD,
        "OMS_WEBHOOK_SECRET": SECRET,
        "VENDURE_DISABLE_TELEMETRY": "true",
    }
    with TemporaryDirectory(prefix="oms-vendure-") as name:
        home = Path(name)
        (home / "node_modules").symlink_to(packages / "node_modules")
        (home / "shop.mjs").write_text((Path(__file__).parent / "vendure" / "shop.mjs").read_text())
        (home / "oms-plugin.ts").write_text(documented_plugin())
        environment = _clean_environment() | settings | {"SHOP_DATABASE": str(home / "shop.db")}
        command = [frontend.node() / "node", "--no-warnings", home / "shop.mjs"]
        began = time.monotonic()
        with _running(command, log=home / "log", cwd=home, env=environment) as process:
            shop = Vendure(f"http://127.0.0.1:{port}", process, database=home / "shop.db")
            _wait(lambda: httpx.get(f"{shop.url}/health").raise_for_status(), process, home / "log", seconds=120)
            shop.started_s = time.monotonic() - began
            with shop.close_with:
                shop.close_with.callback(shop._http.close)
                _fill(shop)
                yield shop


def documented_plugin() -> str:
    """The plugin as the page about Vendure shows it: what people copy is what the tests run."""
    found = re.search(r"```ts\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found, f"{DOCS.name} shows no plugin"
    return found[1]


def _fill(shop: Vendure) -> None:
    shop.admin(
        "mutation ($user: String!, $password: String!) { login(username: $user, password: $password) { __typename } }",
        user=USER,
        password=PASSWORD,
    )
    country = _made(shop, "createCountry", "CreateCountryInput", code="IN", enabled=True, **_named("India"))
    zone = _made(shop, "createZone", "CreateZoneInput", name="India", memberIds=[country])
    category = _made(shop, "createTaxCategory", "CreateTaxCategoryInput", name="Goods", isDefault=True)
    _made(
        shop,
        "createTaxRate",
        "CreateTaxRateInput",
        name="GST",
        enabled=True,
        value=18,
        categoryId=category,
        zoneId=zone,
    )
    own = {"defaultCurrencyCode": "INR", "availableCurrencyCodes": ["INR"], "defaultLanguageCode": "en"}
    own |= {"defaultTaxZoneId": zone, "defaultShippingZoneId": zone}
    default = shop.admin("{ activeChannel { id } }")["activeChannel"]["id"]
    retail = {"id": default, "pricesIncludeTax": True, "token": shop.channels["retail"]} | own
    _made(shop, "updateChannel", "UpdateChannelInput", **retail)
    trade = {"code": "trade", "pricesIncludeTax": False, "token": shop.channels["trade"]} | own
    channel = _made(shop, "createChannel", "CreateChannelInput", **trade)
    godown = _made(shop, "createStockLocation", "CreateStockLocationInput", name="Godown Pune")
    locations = shop.admin("{ stockLocations { items { id } } }")["stockLocations"]["items"]
    for sku, price in ARTICLES.items():
        product = _made(
            shop,
            "createProduct",
            "CreateProductInput",
            enabled=True,
            **_named(sku.title(), slug=sku.lower(), description=""),
        )
        [variant] = shop.admin(
            "mutation ($input: [CreateProductVariantInput!]!) { createProductVariants(input: $input) { id } }",
            input=[{"productId": product, "sku": sku, "price": price, "stockOnHand": STOCK} | _named(sku.title())],
        )["createProductVariants"]
        shop.variants[sku] = variant["id"]
        _assign(shop, "Products", channel, productIds=[product], priceFactor=1)
    _assign(
        shop, "StockLocations", channel, stockLocationIds=[each["id"] for each in locations if each["id"] != godown]
    )
    shop.shipping_method = _made(
        shop,
        "createShippingMethod",
        "CreateShippingMethodInput",
        code="surface",
        fulfillmentHandler="manual-fulfillment",
        checker=_with("default-shipping-eligibility-checker", orderMinimum=0),
        calculator=_with("default-shipping-calculator", rate=4_900, includesTax="auto", taxRate=18),
        **_named("Surface", description=""),
    )
    _assign(shop, "ShippingMethods", channel, shippingMethodIds=[shop.shipping_method])
    for code, settled in (("upi", "true"), ("cash-on-delivery", "false")):
        handler = _with("dummy-payment-handler", automaticSettle=settled)
        way = _made(
            shop,
            "createPaymentMethod",
            "CreatePaymentMethodInput",
            code=code,
            enabled=True,
            handler=handler,
            **_named(code, description=""),
        )
        _assign(shop, "PaymentMethods", channel, paymentMethodIds=[way])
    coupon = _made(
        shop,
        "createPromotion",
        "CreatePromotionInput",
        enabled=True,
        couponCode=GIFT,
        conditions=[],
        actions=[_with("order_percentage_discount", discount=5)],
        **_named("Five per cent"),
    )
    _assign(shop, "Promotions", channel, promotionIds=[coupon])


def _made(shop: Vendure, operation: str, kind: str, **values: Any) -> str:
    may_refuse = operation in {"updateChannel", "createChannel", "createPromotion"}
    wanted = "{ ... on Node { id } ... on ErrorResult { message } }" if may_refuse else "{ id }"
    made = shop.admin(f"mutation ($input: {kind}!) {{ {operation}(input: $input) {wanted} }}", input=values)[operation]
    assert "id" in made, made
    return made["id"]


def _assign(shop: Vendure, what: str, channel: str, **values: Any) -> None:
    name = f"assign{what}ToChannel"
    document = f"mutation ($input: Assign{what}ToChannelInput!) {{ {name}(input: $input) {{ id }} }}"
    shop.admin(document, input=values | {"channelId": channel})


def _named(name: str, **more: str) -> dict[str, Any]:
    return {"translations": [{"languageCode": "en", "name": name} | more]}


def _with(code: str, **arguments: Any) -> dict[str, Any]:
    return {"code": code, "arguments": [{"name": name, "value": str(value)} for name, value in arguments.items()]}


def _data(answer: httpx.Response) -> dict[str, Any]:
    found = answer.json()
    assert not found.get("errors"), found["errors"]
    return found["data"]
