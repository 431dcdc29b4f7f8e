"""HTTP to one Shopify store: GraphQL calls, their cost, and the token that has to be renewed."""

import json
import re
from collections.abc import Mapping
from typing import Any

from oms_app.domain.channels import Connection
from oms_app.domain.errors import Malformed, Rejected, Unavailable
from oms_app.integrations.channels.shopify import tokens
from oms_app.integrations.channels.shopify.operations import operation
from oms_app.integrations.http import Http, Rate

VERSION = "2026-07"
"""Of the Admin API. Shopify keeps one for a year."""
_LINES_AFTER = 20
_STORE = re.compile(r"(?:https?://)?([a-z0-9][a-z0-9-]*\.myshopify\.com)/?|(http://127\.0\.0\.1:\d+)/?", re.IGNORECASE)


class TooCostly(Rejected):
    """One call asks for more than Shopify gives in one; ask for less."""


class Client:
    """Calls of one store. Cost points are counted as the store's own answers say, and waited for."""

    def __init__(self, connection: Connection, http: Http):
        self._connection, self._http = connection, http
        self.address = address(connection.settings["shop"])
        self._cost: dict[str, float] = {}

    def call(self, name: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """`data` of the operation `graphql/NAME.graphql`.

        Raises Unavailable (throttled: `retry_after` says how long), TooCostly, or Rejected with Shopify's sentence.
        """
        settings, secrets = self._connection.settings, self._connection.secrets
        used = secrets.get("access_token", "")
        try:
            said = self._post(name, variables or {})
        except Rejected as refusal:
            if refusal.details.get("status") != 401 or not (secrets.get("refresh_token") or settings.get("client_id")):
                raise
            self._connection.renew(
                "access_token", used, lambda: tokens.renewed(self._http, self.address, settings, secrets)
            )
            said = self._post(name, variables or {})
        self._count(name, said)
        if errors := said.get("errors"):
            raise self._error(errors, said)
        data = said.get("data")
        if not isinstance(data, dict):
            raise Unavailable("Shopify answered without data.", details={"sent": True})
        return data

    def act(self, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a mutation, the first where it has several. Raises Rejected with the store's user errors."""
        payloads: list[dict[str, Any]] = [each or {} for each in self.call(name, variables).values()]
        errors = [
            error
            for payload in payloads
            for field, errors in payload.items()
            if field.lower().endswith("usererrors")
            for error in errors
        ]
        if errors:
            raise Rejected(
                "Shopify said: " + " ".join(each["message"] for each in errors),
                details={"codes": [each.get("code") for each in errors], "fields": [e.get("field") for e in errors]},
            )
        return payloads[0]

    def complete(self, of: str, connection: dict[str, Any], name: str) -> None:
        """Put the lines that did not fit into a page behind those that did."""
        while connection.get("pageInfo", {}).get("hasNextPage"):
            after = connection["pageInfo"]["endCursor"]
            node = self.call("rest_of_lines", {"id": of, "after": after, "first": _LINES_AFTER})["node"]
            more = (node or {}).get(name)
            if not more or more["pageInfo"]["endCursor"] == after:
                raise Rejected("Shopify answers the same page of lines again and again.")
            connection["nodes"] += more["nodes"]
            connection["pageInfo"] = more["pageInfo"]

    def lines(self, url: str, start: int, most: int) -> bytes:
        """At most so many bytes of an export from `start` on; none: it ends there."""
        try:
            answer = self._http.call("GET", url, headers={"Range": f"bytes={start}-{start + most - 1}"}, cost=0)
        except Rejected as refusal:
            if refusal.details.get("status") == 416:
                return b""
            raise
        return answer.content if answer.status_code == 206 else answer.content[start : start + most]

    def _post(self, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._http.call(
            "POST",
            f"{self.address}/admin/api/{VERSION}/graphql.json",
            headers={"X-Shopify-Access-Token": self._connection.secrets.get("access_token", "")},
            body={"query": operation(name), "variables": variables},
            cost=self._cost.get(name, 1.0) if self._http.rate else 0,
        )
        try:
            said = answer.json()
        except json.JSONDecodeError:
            said = None
        if not isinstance(said, dict):
            raise Unavailable("Shopify answered something that is no JSON.", details={"sent": True})
        return said

    def _count(self, name: str, said: Mapping[str, Any]) -> None:
        """Take over what the store says of the points: how many there can be, are left, and come back a second."""
        cost = (said.get("extensions") or {}).get("cost") or {}
        status = cost.get("throttleStatus") or {}
        if not status.get("restoreRate"):
            return
        self._cost[name] = float(cost.get("requestedQueryCost") or 1)
        most, restored = float(status["maximumAvailable"]), float(status["restoreRate"])
        rate = self._http.rate
        if rate is None or rate.allowed != most:
            rate = self._http.rate = Rate(most, restored)
        rate.correct(float(status["currentlyAvailable"]), restored)

    def _error(self, errors: Any, said: Mapping[str, Any]) -> Exception:
        each: dict[str, Any] = errors[0] if isinstance(errors, list) else {"message": str(errors)}
        code = (each.get("extensions") or {}).get("code", "")
        if code == "THROTTLED":
            cost = (said.get("extensions") or {}).get("cost") or {}
            status = cost.get("throttleStatus") or {}
            details: dict[str, Any] = {"sent": False}
            if status.get("restoreRate"):
                short = float(cost.get("requestedQueryCost") or 0) - float(status["currentlyAvailable"])
                details["retry_after"] = max(short / float(status["restoreRate"]), 0.1)
            return Unavailable("Shopify takes no more calls for now.", details=details)
        if code == "MAX_COST_EXCEEDED":
            return TooCostly(f"Shopify said: {each['message']}")
        if code in ("INTERNAL_SERVER_ERROR", "TIMEOUT"):
            return Unavailable(f"Shopify said: {each['message']}", details={"sent": True})
        return Rejected(f"Shopify said: {each.get('message')}", details={"code": code})


def address(store: str) -> str:
    """Where a store's API is. Raises Malformed for anything but a myshopify.com address or a sandbox here."""
    found = _STORE.fullmatch(store.strip())
    if not found:
        raise Malformed(f"“{store}” is not a store; write it like my-store.myshopify.com.")
    domain, here = found.groups()
    return str(here or f"https://{domain.lower()}")
