"""Every act of the Wix adapter, told twice: as it is sent by us, and in the words of Wix's own library."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from oms_app.domain.channels import Cancellation, Fulfilment, Level, Listing, Position, Refund
from oms_app.integrations.channels.wix.listing import slug_of
from oms_app.integrations.sandbox.wix import WixSandbox, site
from oms_app.integrations.sandbox.wix.shelves import LOCATION
from oms_app.integrations.sandbox.wix.views import guid
from tests.contract.rig import START, Rig, connected

_PAGING = {"limit": 100, "offset": 0}
SINCE = "2026-11-02T04:30:00.000Z"
Call = tuple[str, str, list[Any]]


class Script:
    """What a site is asked for, told twice: by our adapter, and in the words of Wix's library."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.ours: list[list[dict[str, Any]]] = []
        self.theirs: list[dict[str, Any]] = []

    def act(
        self,
        name: str,
        do: Callable[[Rig], Any],
        *calls: Call,
        before: Callable[[Rig], Any] = lambda _rig: None,
        signing_in: bool = False,
        **auth: str,
    ) -> None:
        """`do` with our channel, after `before`, is `calls` with theirs. Tokens count where it is about them."""
        with at_wix(catalogue="V1_CATALOG" if name.startswith("V1") else "V3_CATALOG") as rig:
            before(rig)
            if auth.get("refreshToken"):
                rig.connection.secrets["refresh_token"] = auth["refreshToken"]
            rig.calls.clear()
            arrived, answer = list[Any](), rig.sandbox.answer
            rig.sandbox.answer = lambda asked: (arrived.append(asked.json()), answer(asked))[1]  # type: ignore[method-assign]
            do(rig)
            sent = [
                {"method": call.method, "url": call.url, "body": body}
                for call, body in zip(rig.calls, arrived, strict=True)
                if signing_in or "/oauth" not in call.url
            ]
        self.names.append(name)
        self.ours.append(sent)
        self.theirs.append({"auth": auth or {"instanceId": site.INSTANCE}, "calls": list(calls)})


@contextmanager
def at_wix(**of_sandbox: Any) -> Iterator[Rig]:
    """A channel that believes to speak to Wix itself."""
    with connected("wix") as rig:
        assert isinstance(rig.sandbox, WixSandbox)
        for name, value in of_sandbox.items():
            setattr(rig.sandbox, name, value)
        rig.connection.settings["address"] = ""
        rig.channel = rig.adapter.connect(rig.connection, rig.http)
        yield rig


ORDER, LINE = guid("order", 1004), "00000000-0000-0000-0000-000000000001"
"""The first order that is placed in a rig, and its line."""


def placed(rig: Rig) -> None:
    """One order of three kurtas."""
    rig.shop.place([("KUR-IND-M", 3)])


def parcel(tracking: str = "DL100", courier: str = "Delhivery", url: str = "https://track.example/DL100") -> Fulfilment:
    """Two of its kurtas leave."""
    return Fulfilment("parcel-1", ORDER, courier, tracking, url, START, ((LINE, 2),))


def told_before(rig: Rig) -> None:
    """The parcel is known, without its page."""
    placed(rig)
    rig.channel.fulfil(parcel(url=""))


@cache
def script() -> Script:
    """Every act of the adapter."""
    acts, many = Script(), [guid("order", 1004 + 3 * place) for place in range(103)]
    get: Call = ("orders", "getOrder", [ORDER])
    left: Call = ("parcels", "listFulfillmentsForMultipleOrders", [[ORDER]])
    money: Call = ("money", "listTransactionsForMultipleOrders", [[ORDER]])
    version: Call = ("version", "getCatalogVersion", [])
    search = {
        "filter": {"updatedDate": {"$gte": SINCE}},
        "sort": [{"fieldName": "updatedDate", "order": "ASC"}],
        "cursorPaging": {"limit": 100},
    }
    acts.act(
        "is tried",
        lambda rig: rig.channel.test(),
        ("site", "getSiteProperties", []),
        ("orders", "searchOrders", [{"cursorPaging": {"limit": 1}}]),
        version,
    )
    first = cursor_of_second_page()
    acts.act(
        "orders are walked",
        lambda rig: list(rig.walk()),
        ("orders", "searchOrders", [search]),
        ("money", "listTransactionsForMultipleOrders", [many[:100]]),
        ("orders", "searchOrders", [{"cursorPaging": {"limit": 100, "cursor": first}}]),
        ("money", "listTransactionsForMultipleOrders", [many[100:]]),
        before=lambda rig: [placed(rig) for _ in range(103)],
    )
    acts.act("an order is read", lambda rig: rig.channel.order(ORDER), get, money, before=placed)
    acts.act("a sent order is read", lambda rig: rig.channel.order(ORDER), get, left, money, before=told_before)
    acts.act(
        "our number is told",
        lambda rig: rig.channel.acknowledge(ORDER, "OMS-17"),
        get,
        ("orders", "addActivity", [ORDER, {"merchantComment": {"message": "In our order management as OMS-17"}}]),
        before=placed,
    )
    for courier, link in (("Delhivery", True), ("FedEx", False)):
        tracking: dict[str, Any] = {"trackingNumber": "DL100", "shippingProvider": courier if link else "fedex"}
        tracking |= {"trackingLink": "https://track.example/DL100"} if link else {}
        new = {"lineItems": [{"_id": LINE, "quantity": 2}], "trackingInfo": tracking}
        acts.act(
            f"a parcel leaves by {courier}",
            lambda rig, courier=courier: rig.channel.fulfil(parcel(courier=courier)),
            get,
            left,
            ("parcels", "createFulfillment", [ORDER, new]),
            before=placed,
        )
    changed = {
        "trackingNumber": "DL100",
        "shippingProvider": "Delhivery",
        "trackingLink": "https://track.example/DL100",
    }
    identifiers = {"fulfillmentId": guid("parcel", 1007), "orderId": ORDER}
    acts.act(
        "a parcel gets its page",
        lambda rig: rig.channel.fulfil(parcel()),
        get,
        left,
        ("parcels", "updateFulfillment", [identifiers, {"fulfillment": {"trackingInfo": changed}}]),
        before=told_before,
    )
    acts.act(
        "an order is cancelled",
        lambda rig: rig.channel.cancel(Cancellation("cancel-1", ORDER, "Out of stock", True)),
        get,
        ("orders", "cancelOrder", [ORDER, {"sendOrderCanceledEmail": True, "restockAllItems": True}]),
        before=placed,
    )
    back = {
        "paymentRefunds": [
            {"paymentId": guid("payment", 1006), "amount": {"amount": "500.50"}, "externalRefund": False}
        ],
        "refundItems": {"lineItems": [{"lineItemId": LINE, "quantity": 1}]},
        "sideEffects": {"notifications": {"sendCustomerEmail": True}},
        "customerReason": f"Stain [{hashlib.sha256(b'refund-1').hexdigest()[:10]}]",
    }
    acts.act(
        "money goes back",
        lambda rig: rig.channel.refund(Refund("refund-1", ORDER, 500_50, "INR", "Stain", ((LINE, 1),))),
        get,
        money,
        ("billing", "getOrderRefundability", [ORDER]),
        ("billing", "refundPayments", [ORDER, back]),
        before=placed,
    )
    stock_of_third(acts, version)
    stock_of_first(acts, version)
    products(acts, version)
    for name, auth in (("signs in", {"instanceId": site.INSTANCE}), ("renews", {"refreshToken": "sandbox-refresh-1"})):
        acts.act(name, lambda rig: rig.channel.order(ORDER), get, money, before=placed, signing_in=True, **auth)
    return acts


def stock_of_third(acts: Script, version: Call) -> None:
    """Levels and articles in catalogue V3."""
    kurta, diya = guid("product", 1001), guid("product", 1003)
    wanted = (
        "variants",
        "searchVariants",
        [{"filter": {"sku": {"$in": ["KUR-IND-M", "DIYA-12"]}}, "cursorPaging": {"limit": 100}}],
    )

    def items(products: list[str], **more: str) -> Call:
        return (
            "items",
            "searchInventoryItems",
            [{"filter": {"productId": {"$in": products}, **more}, "cursorPaging": {"limit": 100}}],
        )

    acts.act(
        "stock is told",
        lambda rig: rig.channel.stock([Level("KUR-IND-M", 7), Level("DIYA-12", 0)], "key"),
        version,
        wanted,
        items([kurta, diya]),
        (
            "items",
            "bulkUpdateInventoryItems",
            [
                [
                    {"inventoryItem": {"_id": guid("stock", 1001), "revision": "1", "quantity": 7}},
                    {"inventoryItem": {"_id": guid("stock", 1003), "revision": "1", "quantity": 0}},
                ],
                {"reason": "MANUAL"},
            ],
        ),
    )

    def elsewhere(rig: Rig) -> None:
        rig.connection.settings["location"] = LOCATION
        rig.channel = rig.adapter.connect(rig.connection, rig.http)
        rig.sandbox.shelves.nowhere.update({"KUR-IND-M", "DIYA-12"})  # type: ignore[attr-defined]

    begun = {"productId": kurta, "variantId": guid("variant", 1001), "locationId": LOCATION, "quantity": 7}
    acts.act(
        "stock begins at a location",
        lambda rig: rig.channel.stock([Level("KUR-IND-M", 7)], "key"),
        version,
        ("variants", "searchVariants", [{"filter": {"sku": {"$in": ["KUR-IND-M"]}}, "cursorPaging": {"limit": 100}}]),
        items([kurta], locationId=LOCATION),
        ("items", "bulkCreateInventoryItems", [[begun]]),
        before=elsewhere,
    )

    def offer_many(rig: Rig) -> None:
        for place in range(147):
            rig.shop.offer(f"MANY-{place}", f"Article {place}", 100)

    products = [guid("product", number) for number in range(1001, 1151)]
    acts.act(
        "articles are listed",
        lambda rig: rig.channel.articles(rig.channel.articles()[1]),
        version,
        ("variants", "searchVariants", [{"filter": {}, "cursorPaging": {"limit": 100}}]),
        items(products[:100]),
        ("variants", "searchVariants", [{"cursorPaging": {"limit": 100, "cursor": "WzEwMCwge31d"}}]),
        items(products[100:]),
        before=offer_many,
    )


def stock_of_first(acts: Script, version: Call) -> None:
    """Levels and articles in catalogue V1."""
    acts.act(
        "V1: stock is told",
        lambda rig: rig.channel.stock([Level("KUR-IND-M", 7)], "key"),
        version,
        (
            "products",
            "queryStoreVariants",
            [{"filter": {"sku": {"$hasSome": ["KUR-IND-M"]}}, "paging": {"limit": 100, "offset": 0}}],
        ),
        (
            "inventory",
            "updateInventoryVariants",
            [
                guid("product", 1001),
                {
                    "trackQuantity": True,
                    "variants": [{"variantId": "00000000-0000-0000-0000-000000000000", "quantity": 7}],
                },
            ],
        ),
    )
    acts.act(
        "V1: articles are listed",
        lambda rig: rig.channel.articles(),
        version,
        ("products", "queryStoreVariants", [{"paging": {"limit": 100, "offset": 0}}]),
    )


LISTING = Listing("DUP-RED", "Dupatta, red", 649_500_000, "INR", True, "8901234567894", 180, "Cotton.\nBy hand.")
ONLY = "00000000-0000-0000-0000-000000000000"


def products(acts: Script, version: Call) -> None:
    """A product of ours, in both catalogues; in V1 it is counted later where only the first call came through."""
    product = {
        "name": "Dupatta, red",
        "slug": slug_of("DUP-RED"),
        "visible": False,
        "productType": "PHYSICAL",
        "physicalProperties": {},
        "plainDescription": "<p>Cotton.</p><p>By hand.</p>",
    }
    variant = {"sku": "DUP-RED", "barcode": "8901234567894", "price": {"actualPrice": {"amount": "649.50"}}}
    variant |= {"physicalProperties": {"weight": 0.18}}
    counted = variant | {"inventoryItem": {"quantity": 0}}
    sought = ("variants", "searchVariants", [{"filter": {"sku": {"$in": ["DUP-RED"]}}, "cursorPaging": {"limit": 100}}])
    begun = (version, sought, ("products3", "getProductBySlug", [slug_of("DUP-RED")]))

    def elsewhere(rig: Rig) -> None:
        rig.connection.settings["location"] = LOCATION
        rig.channel = rig.adapter.connect(rig.connection, rig.http)

    def push(rig: Rig) -> None:
        rig.channel.push_product(LISTING)  # type: ignore[attr-defined]

    for name, told, before in (("begins", counted, lambda _rig: None), ("begins at a location", variant, elsewhere)):
        made = product | {"variantsInfo": {"variants": [told]}}
        acts.act(f"a product {name}", push, *begun, ("products3", "createProductWithInventory", [made]), before=before)
    first = {name: product[name] for name in ("name", "visible")} | {"productType": "physical", "sku": "DUP-RED"}
    first |= {"description": "<p>Cotton.</p><p>By hand.</p>", "weight": 0.18, "manageVariants": False}
    first |= {"priceData": {"price": 649.5}}
    looked = ("products", "queryStoreVariants", [{"filter": {"sku": {"$hasSome": ["DUP-RED"]}}, "paging": _PAGING}])
    begins = {"trackQuantity": True, "variants": [{"variantId": ONLY, "quantity": 0}]}
    counting = ("inventory", "updateInventoryVariants", [guid("product", 1004), begins])
    acts.act("V1: a product begins", push, version, looked, ("products", "createProduct", [first]), counting)

    def half_made(rig: Rig) -> None:
        push(rig)
        rig.shop.articles["DUP-RED"].tracked = False

    read = ("products", "getProduct", [guid("product", 1004)])
    acts.act("V1: a product that was begun is counted", push, looked, read, counting, before=half_made)


def cursor_of_second_page() -> str:
    """The sandbox's token of the page that follows the first hundred orders."""
    with connected("wix") as rig:
        for _ in range(103):
            placed(rig)
        return rig.channel.orders(Position(START)).following
