"""HTTP to Amazon's Selling Partner API: the token of an hour, what each operation allows, and Amazon's refusals."""

import hashlib
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from oms_app.domain.channels import Connection
from oms_app.domain.errors import Malformed, Rejected, Unavailable
from oms_app.integrations.channels.amazon.marketplaces import Marketplace, marketplace
from oms_app.integrations.http import Http, Rate

LOGIN = "https://api.amazon.com/auth/o2/token"
_HERE = re.compile(r"http://127\.0\.0\.1:\d+")
_EARLY_S = 120
"""A token is renewed so long before it runs out."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One of Amazon's operations, with what Amazon allows of it until its answers say otherwise.

    burst, per_second  calls at once, and afterwards
    """

    name: str
    method: str
    path: str
    burst: float
    per_second: float


SEARCH_ORDERS = Operation("searchOrders", "GET", "/orders/2026-01-01/orders", 20, 0.0056)
GET_ORDER = Operation("getOrder", "GET", "/orders/2026-01-01/orders/{order}", 30, 0.5)
CONFIRM_SHIPMENT = Operation("confirmShipment", "POST", "/orders/v0/orders/{order}/shipmentConfirmation", 10, 2)
SEARCH_LISTINGS = Operation("searchListingsItems", "GET", "/listings/2021-08-01/items/{seller}", 5, 5)
GET_LISTING = Operation("getListingsItem", "GET", "/listings/2021-08-01/items/{seller}/{sku}", 10, 5)
PATCH_LISTING = Operation("patchListingsItem", "PATCH", "/listings/2021-08-01/items/{seller}/{sku}", 5, 5)
GET_REPORTS = Operation("getReports", "GET", "/reports/2021-06-30/reports", 10, 0.0222)
GET_DOCUMENT = Operation("getReportDocument", "GET", "/reports/2021-06-30/documents/{document}", 15, 0.0167)
CREATE_FEED_DOCUMENT = Operation("createFeedDocument", "POST", "/feeds/2021-06-30/documents", 15, 0.5)
CREATE_FEED = Operation("createFeed", "POST", "/feeds/2021-06-30/feeds", 15, 0.0083)

_tokens: dict[str, tuple[str, float]] = {}
"""Access tokens by the connection they are of, with the moment they run out: in this process and nowhere else."""
_renewing = threading.Lock()


class Client:
    """Calls of one seller account in one marketplace."""

    def __init__(self, connection: Connection, http: Http):
        self._connection, self._http = connection, http
        settings = connection.settings
        self.marketplace: Marketplace = marketplace(settings.get("marketplace", ""))
        self.seller = settings["seller_id"].strip()
        here = settings.get("sandbox", "").strip().rstrip("/")
        if here and not _HERE.fullmatch(here):
            raise Malformed("Only a sandbox on this machine may stand in for Amazon: http://127.0.0.1:8045.")
        self.address, self._login = here or self.marketplace.address, f"{here}/auth/o2/token" if here else LOGIN

    def call(
        self,
        operation: Operation,
        query: Mapping[str, str | None] | None = None,
        body: Any = None,
        *,
        private: bool = False,
        **parts: str,
    ) -> Any:
        """What Amazon answers, None where it answers nothing. `parts` fill the path.

        Raises Unavailable (throttled: `retry_after` follows from the limit that Amazon names) or Rejected.
        """
        given = {name: value for name, value in (query or {}).items() if value is not None}
        for turn in range(2):
            token, fresh = self._token()
            try:
                answer = self._send(operation, token, given, body, private, parts)
            except Rejected as refusal:
                if refusal.details.get("status") not in (401, 403) or fresh or turn:
                    raise
                self._forget(token)  # withdrawn before its hour was over
                continue
            return _read(answer)
        raise AssertionError("the second turn answers or raises")

    def pause(self, operation: Operation) -> float:
        """Seconds until Amazon allows the operation again."""
        rate = self._http.rates.get(operation.name)
        return rate.wait(1, longest=-1) if rate else 0  # asked, not counted

    def fetch(self, url: str) -> bytes:
        """The file at an address that Amazon gave for a few minutes; the address is a key in itself."""
        return self._http.call("GET", url, cost=0, private=True).content

    def hand_in(self, url: str, content: bytes, kind: str) -> None:
        """Put a file where Amazon takes it for a few minutes; the address is a key in itself."""
        self._http.call("PUT", url, content=content, headers={"content-type": kind}, cost=0, private=True)

    def _send(
        self,
        operation: Operation,
        token: str,
        query: Mapping[str, str],
        body: Any,
        private: bool,
        parts: Mapping[str, str],
    ) -> httpx.Response:
        rate = self._http.rates.setdefault(operation.name, Rate(operation.burst, operation.per_second))
        path = operation.path.format(**{name: quote(part, safe="") for name, part in parts.items()})
        try:
            answer = self._http.call(
                operation.method,
                f"{self.address}{path}",
                headers={"x-amz-access-token": token, "accept": "application/json"},
                query=query,
                body=body,
                counted=operation.name,
                hint=_pause,
                private=private,
            )
        except Unavailable as error:
            if error.details.get("status") == 429 and (pause := error.details.get("retry_after")):
                rate.correct(0, 1 / pause)
            raise
        if allowed := limit(answer.headers):
            rate.per_second = allowed
        return answer

    def _token(self) -> tuple[str, bool]:
        """The access token, and whether it is new."""
        place = self._place()
        if held := _held(place):
            return held, False
        with _renewing:
            if held := _held(place):  # another thread was first
                return held, False
            said = _read(
                self._http.call(
                    "POST",
                    self._login,
                    form={
                        "grant_type": "refresh_token",
                        "refresh_token": self._connection.secrets.get("refresh_token", ""),
                        "client_id": self._connection.settings.get("client_id", ""),
                        "client_secret": self._connection.secrets.get("client_secret", ""),
                    },
                    cost=0,
                    counted="login",
                    hint=_pause,
                    private=True,
                )
            )
            token = said.get("access_token") if isinstance(said, dict) else None
            if not token:
                raise Rejected("Amazon gave no access token; authorise the application again.")
            _tokens[place] = (token, time.monotonic() + _seconds(said.get("expires_in")))
            return token, True

    def _forget(self, token: str) -> None:
        with _renewing:
            if _tokens.get(self._place(), ("", 0))[0] == token:
                del _tokens[self._place()]

    def _place(self) -> str:
        """What a token is kept under: another secret is another connection, and none can be read out of it."""
        secrets = self._connection.secrets
        parts = (
            self._login,
            self._connection.settings.get("client_id", ""),
            secrets.get("client_secret", ""),
            secrets.get("refresh_token", ""),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _held(place: str) -> str:
    """The token that still holds, else nothing."""
    token, until = _tokens.get(place, ("", 0.0))
    return token if until - _EARLY_S > time.monotonic() else ""


def limit(headers: Mapping[str, str]) -> float | None:
    """Calls a second that Amazon says it allows; what is no number says nothing."""
    try:
        allowed = float(headers.get("x-amzn-ratelimit-limit", ""))
    except ValueError:
        return None
    return allowed if 0 < allowed < 1_000_000 else None


def _pause(answer: httpx.Response) -> float | None:
    """Seconds until the next call is allowed."""
    allowed = limit(answer.headers)
    return 1 / allowed if allowed else None


def _seconds(said: Any) -> float:
    """How long a token holds; without a word of it an hour."""
    return float(said) if isinstance(said, int | float) and said > 0 else 3_600.0


def _read(answer: httpx.Response) -> Any:
    if not answer.content.strip():
        return None
    try:
        return answer.json()
    except ValueError as error:
        raise Unavailable("Amazon answered something that is no JSON.", details={"sent": True}) from error
