"""A seller account's door: who may come in, how often, and what each of Amazon's operations answers."""

import base64
import hmac
import json
import re
import secrets as chance
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from oms_app.domain.channels import Connection
from oms_app.integrations.sandbox.amazon import feeds
from oms_app.integrations.sandbox.amazon.payouts import TYPE, Payouts
from oms_app.integrations.sandbox.amazon.views import FBA, Views, gift_of, line_id, listed_at
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.shop import Line, Order, Refusal, Shop
from oms_app.integrations.sandbox.vendor import Answer, Asked, Message, Sandbox

SELLER = "A2SANDBOXSELLER"
_MOST_LISTED = 1_000
_HOUR = 3_600


class Denied(Exception):
    """A refusal in Amazon's words."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status, self.code = status, code


class AmazonSandbox(Sandbox):
    """`allowed` calls a second of each operation, after `burst` at once; a token holds for `_HOUR` or until revoked.

    lag_s  seconds after which a search tells of a change. Amazon counts in whole seconds, and tells of none that is not
           over: here after one second, at Amazon after two minutes. 0: at once
    """

    name = "amazon"
    keeps = ("views.references", "payouts.reports", "payouts._paid", "payouts._held")
    links = False

    def __init__(
        self, shop: Shop, faults: Faults | None = None, *, allowed: float = 20, burst: float = 40, lag_s: float = 1
    ):
        super().__init__(shop, faults)
        self.allowed, self.burst, self.lag_s = allowed, burst, lag_s
        self.secret, self.refresh = "sandbox-client-secret", "Atzr|sandbox-refresh"
        self.client = "amzn1.application-oa2-client.sandbox"
        self.views = Views(shop)
        self.payouts = Payouts(shop, self.views)
        self.feeds = feeds.Feeds(shop)
        self.tokens: dict[str, float] = {}
        self._left: dict[str, tuple[float, float]] = {}
        self._routes: tuple[tuple[str, str, re.Pattern[str], Callable[..., Answer]], ...] = (
            ("searchOrders", "GET", re.compile(r"/orders/2026-01-01/orders"), self._search_orders),
            ("getOrder", "GET", re.compile(r"/orders/2026-01-01/orders/([^/]+)"), self._get_order),
            ("confirm", "POST", re.compile(r"/orders/v0/orders/([^/]+)/shipmentConfirmation"), self._confirm),
            ("listings", "GET", re.compile(r"/listings/2021-08-01/items/([^/]+)"), self._listings),
            ("listing", "GET", re.compile(r"/listings/2021-08-01/items/([^/]+)/(.+)"), self._listing),
            ("patch", "PATCH", re.compile(r"/listings/2021-08-01/items/([^/]+)/(.+)"), self._patch),
            ("reports", "GET", re.compile(r"/reports/2021-06-30/reports"), self._reports),
            ("document", "GET", re.compile(r"/reports/2021-06-30/documents/([^/]+)"), self._document),
            ("feed document", "POST", re.compile(r"/feeds/2021-06-30/documents"), self._feed_document),
            ("feed", "POST", re.compile(r"/feeds/2021-06-30/feeds"), self._feed),
        )
        shop.listeners.append(self._name)

    def connection(self, address: str) -> Connection:
        """How our shop connects."""
        return Connection(
            "sandbox",
            self.shop.currency,
            {
                "seller_id": SELLER,
                "marketplace": self.views.marketplace,
                "client_id": self.client,
                "sandbox": address,
            },
            {"client_secret": self.secret, "refresh_token": self.refresh},
        )

    def external_id(self, order: Order) -> str:
        """Amazon's number in three parts."""
        return order.name

    def line_id(self, order: Order, line: Line) -> str:
        """The number of an item."""
        return line_id(line)

    def wishes(self, line: Line) -> tuple[tuple[str, str], ...]:
        """A level of wrapping, and the rest in one message."""
        return tuple(gift_of(line))

    def messages(self, topic: str, order: Order) -> list[Message]:
        """None: Amazon's notifications go to queues of AWS."""
        return []

    def send_to(self, address: str) -> None:
        """Amazon sends nothing to an address."""

    def throttled(self, hint: bool) -> Answer:
        """With or without the limit in the header."""
        said = {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource."}]}
        return Answer.json(said, 429, **({"x_amzn_RateLimit_Limit": "0.5"} if hint else {}))

    def respond(self, asked: Asked) -> Answer:
        """The token, the files of reports, and every operation."""
        if asked.path == "/auth/o2/token":
            return self._token(asked)
        if asked.path.startswith("/documents/"):
            return self._file(asked)
        if asked.path.startswith("/uploads/"):
            return self._upload(asked)
        for name, method, pattern, act in self._routes:
            if (found := pattern.fullmatch(asked.path)) and method == asked.method:
                return self._operation(name, act, asked, [unquote(part) for part in found.groups()])
        return _refusal(Denied(404, "NotFound", "The resource specified does not exist."))

    def revoke(self) -> None:
        """Every token runs out at once."""
        self.tokens.clear()

    def _operation(self, name: str, act: Callable[..., Answer], asked: Asked, parts: list[str]) -> Answer:
        if self.tokens.get(asked.headers.get("x-amz-access-token", ""), 0) < time.monotonic():
            return _refusal(Denied(403, "Unauthorized", "Access to requested resource is denied."))
        if not self._take(name):
            said = self.throttled(hint=False)
            return Answer(said.status, said.body, {**said.headers, **self._limit()})
        try:
            answer = act(asked, *parts)
        except Denied as denied:
            answer = _refusal(denied)
        except (KeyError, TypeError, ValueError):
            answer = _refusal(Denied(400, "InvalidInput", "Request has missing or invalid parameters."))
        return Answer(answer.status, answer.body, {**answer.headers, **self._limit()})

    def _take(self, name: str) -> bool:
        now = time.monotonic()
        left, at = self._left.get(name, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.allowed)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        return left >= 1

    def _limit(self) -> dict[str, str]:
        return {"x-amzn-RateLimit-Limit": f"{self.allowed:g}", "x-amzn-RequestId": "sandbox"}

    def _token(self, asked: Asked) -> Answer:
        form = dict(parse_qsl(asked.body.decode()))
        right = (form.get("client_id"), form.get("client_secret")) == (self.client, self.secret)
        if asked.method != "POST" or not right:
            said = {"error": "invalid_client", "error_description": "Client authentication failed"}
            return Answer.json(said, 401)
        if form.get("grant_type") != "refresh_token" or not hmac.compare_digest(
            form.get("refresh_token", "").encode(), self.refresh.encode()
        ):
            said = {"error": "invalid_grant", "error_description": "The request has an invalid grant parameter"}
            return Answer.json(said, 400)
        token = f"Atza|sandbox-{chance.token_hex(16)}"
        self.tokens[token] = time.monotonic() + _HOUR
        said_well = {"access_token": token, "refresh_token": self.refresh, "token_type": "bearer", "expires_in": _HOUR}
        return Answer.json(said_well)

    def _search_orders(self, asked: Asked) -> Answer:
        query = asked.query
        starts = [name for name in ("createdAfter", "lastUpdatedAfter") if query.get(name)]
        size = int(query.get("maxResultsPerPage", "100"))
        if len(starts) != 1 or not 1 <= size <= 100:
            raise Denied(400, "InvalidInput", "Provide exactly one of createdAfter and lastUpdatedAfter.")
        since, by = datetime.fromisoformat(query[starts[0]]), starts[0] == "createdAfter"
        orders = self.shop.changed_since(datetime.min.replace(tzinfo=since.tzinfo) if by else since)
        found = [order for order in orders if not by or order.placed_at >= since]
        if self.lag_s:
            told = (self.shop.clock() - timedelta(seconds=self.lag_s - 1)).replace(microsecond=0)
            found = [order for order in found if order.updated_at < told]
        if wanted := _listed(query, "fulfilledBy"):
            found = [order for order in found if ("AMAZON" if FBA in order.tags else "MERCHANT") in wanted]
        if token := query.get("paginationToken"):
            after = _unpacked(token)
            found = [order for order in found if [order.updated_at.isoformat(), order.number] > after]
        data = _listed(query, "includedData")
        shown: dict[str, Any] = {"orders": [self.views.order(order, data) for order in found[:size]]}
        if len(found) > size:
            last = found[size - 1]
            shown["pagination"] = {"nextToken": _packed([last.updated_at.isoformat(), last.number])}
        return Answer.json(shown)

    def _get_order(self, asked: Asked, number: str) -> Answer:
        return Answer.json({"order": self.views.order(self._order(number), _listed(asked.query, "includedData"))})

    def _confirm(self, asked: Asked, number: str) -> Answer:
        order, said = self._order(number), asked.json()
        package = said["packageDetail"]
        reference, lines = package["packageReferenceId"], {line_id(line): line.number for line in order.lines}
        if said["marketplaceId"] != self.views.marketplace or not reference.isdigit() or int(reference) < 1:
            raise Denied(400, "InvalidInput", "The marketplace or the package reference is invalid.")
        datetime.fromisoformat(package["shipDate"])
        code = package["carrierCode"]
        courier = package["carrierName"] if code == "Other" else code
        for parcel in order.parcels:
            if self.views.references.get(parcel.number) == reference:
                parcel.courier, parcel.tracking = courier, package["trackingNumber"]
                return Answer(204)
        try:
            units = {lines[each["orderItemId"]]: each["quantity"] for each in package["orderItems"]}
            parcel = self.shop.fulfil(order, units, courier=courier, tracking=package["trackingNumber"])
        except Refusal as refusal:
            raise Denied(400, "InvalidInput", str(refusal)) from refusal
        self.views.references[parcel.number] = reference
        return Answer(204)

    def _listings(self, asked: Asked, seller: str) -> Answer:
        self._check(asked, seller)
        query = asked.query
        size = int(query.get("pageSize", "10"))
        if not 1 <= size <= 20:
            raise Denied(400, "InvalidInput", "pageSize is at most 20.")
        articles = sorted(self.shop.articles.values(), key=lambda each: each.number)
        if skus := _listed(query, "identifiers"):
            articles = [each for each in articles if each.sku in skus]
        if after := query.get("createdAfter"):
            articles = [each for each in articles if listed_at(each) >= datetime.fromisoformat(after)]
        start = int(_unpacked(query["pageToken"])[0]) if query.get("pageToken") else 0
        data = _listed(query, "includedData") or ["summaries"]
        shown: dict[str, Any] = {
            "numberOfResults": len(articles),
            "items": [self.views.listing(each, data) for each in articles[start : start + size]],
        }
        if start + size < min(len(articles), _MOST_LISTED):
            shown["pagination"] = {"nextToken": _packed([start + size])}
        return Answer.json(shown)

    def _listing(self, asked: Asked, seller: str, sku: str) -> Answer:
        self._check(asked, seller)
        if not (article := self.shop.articles.get(sku)):
            raise Denied(404, "NOT_FOUND", f"SKU '{sku}' not found in marketplace {self.views.marketplace}.")
        return Answer.json(self.views.listing(article, _listed(asked.query, "includedData") or ["summaries"]))

    def _patch(self, asked: Asked, seller: str, sku: str) -> Answer:
        self._check(asked, seller)
        article, said = self.shop.articles.get(sku), asked.json()
        if article is None or not said["productType"]:
            raise Denied(400, "InvalidInput", f"SKU '{sku}' not found.")
        for patch in said["patches"]:
            if patch["path"] != "/attributes/fulfillment_availability" or patch["op"] not in ("merge", "replace"):
                raise Denied(400, "InvalidInput", "This attribute is not kept in the sandbox.")
            (value,) = patch["value"]
            if value["fulfillment_channel_code"] != "DEFAULT":
                raise Denied(400, "InvalidInput", "Only DEFAULT stock is the seller's.")
            self.shop.extra.get(FBA, set()).discard(sku)  # as at Amazon: it is the seller's to ship from now on
            article.stock = int(value["quantity"])
        number = str(self.shop.next_number())
        return Answer.json({"sku": sku, "status": "ACCEPTED", "submissionId": number, "issues": []})

    def _reports(self, asked: Asked) -> Answer:
        query = asked.query
        if token := query.get("nextToken"):
            if len(query) > 1:
                raise Denied(400, "InvalidInput", "nextToken must be the only parameter.")
            since, start, size = _unpacked(token)
        else:
            if TYPE not in _listed(query, "reportTypes"):
                raise Denied(400, "InvalidInput", "The sandbox makes settlement reports only.")
            self.payouts.settle()
            since, start, size = query["createdSince"], 0, int(query.get("pageSize", "10"))
        made = [each for each in self.payouts.reports if each.created_at >= datetime.fromisoformat(since)]
        shown: dict[str, Any] = {
            "reports": [
                {
                    "reportId": each.number,
                    "reportType": TYPE,
                    "createdTime": each.created_at.isoformat(),
                    "processingStatus": "DONE",
                    "reportDocumentId": each.document,
                    "marketplaceIds": [self.views.marketplace],
                }
                for each in made[start : start + size]
            ]
        }
        if start + size < len(made):
            shown["nextToken"] = _packed([since, start + size, size])
        return Answer.json(shown)

    def _document(self, asked: Asked, document: str) -> Answer:
        report = next((each for each in self.payouts.reports if each.document == document), None)
        if report is None:
            raise Denied(404, "NotFound", "There is no such document.")
        host = asked.headers.get("host", "127.0.0.1")
        shown = {"reportDocumentId": document, "url": f"http://{host}/documents/{document}?X-Amz-Signature=sandbox"}
        return Answer.json(shown | ({"compressionAlgorithm": "GZIP"} if report.packed else {}))

    def _file(self, asked: Asked) -> Answer:
        document = asked.path.removeprefix("/documents/")
        report = next((each for each in self.payouts.reports if each.document == document), None)
        if report is None or "X-Amz-Signature" not in asked.query:
            return Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        return Answer(200, report.content, {"content-type": "text/tab-separated-values"})

    def _feed_document(self, asked: Asked) -> Answer:
        if not asked.json()["contentType"].startswith("text/"):
            raise Denied(400, "InvalidInput", "This content type is not taken.")
        document, host = self.feeds.begin(), asked.headers.get("host", "127.0.0.1")
        url = f"http://{host}/uploads/{document}?X-Amz-Signature=sandbox"
        return Answer.json({"feedDocumentId": document, "url": url}, 201)

    def _upload(self, asked: Asked) -> Answer:
        document = asked.path.removeprefix("/uploads/")
        if asked.method != "PUT" or document not in self.feeds.documents or "X-Amz-Signature" not in asked.query:
            return Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        self.feeds.documents[document] = asked.body
        return Answer(200)

    def _feed(self, asked: Asked) -> Answer:
        said = asked.json()
        if said["feedType"] != feeds.TYPE or said["marketplaceIds"] != [self.views.marketplace]:
            raise Denied(400, "InvalidInput", "The sandbox takes cancellations only.")
        return Answer.json({"feedId": self.feeds.work(said["inputFeedDocumentId"])}, 202)

    def _order(self, number: str) -> Order:
        parts = number.split("-")
        order = self.shop.orders.get(int("".join(parts[1:])) if "".join(parts[1:]).isdigit() else 0)
        if order is not None and order.name == number:
            return order
        raise Denied(404, "NotFound", f"Order {number} was not found.")

    def _check(self, asked: Asked, seller: str) -> None:
        if seller != SELLER or self.views.marketplace not in _listed(asked.query, "marketplaceIds"):
            raise Denied(403, "Unauthorized", "Access to requested resource is denied.")

    def _name(self, topic: str, order: Order) -> None:
        """Orders are called as Amazon calls them, from the moment they come."""
        if topic == "created":
            order.name = f"404-{order.number // 10_000_000:07d}-{order.number % 10_000_000:07d}"


def _listed(query: Mapping[str, str], name: str) -> list[str]:
    return [each for each in query.get(name, "").split(",") if each]


def _packed(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _unpacked(token: str) -> list[Any]:
    place: list[Any] = json.loads(base64.urlsafe_b64decode(token))
    return place


def _refusal(denied: Denied) -> Answer:
    return Answer.json({"errors": [{"code": denied.code, "message": str(denied), "details": ""}]}, denied.status)
