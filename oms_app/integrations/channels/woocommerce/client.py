"""HTTP to one WooCommerce shop: Basic auth over TLS, lists, and its errors in our words."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from oms_app.domain.channels import Connection
from oms_app.domain.errors import Malformed, NotFound, Rejected, Unavailable
from oms_app.integrations.http import Http

AT_ONCE = 100
"""The most WooCommerce lists, or takes in a batch."""
_GONE = re.compile(r"_invalid_id$|_invalid_order_id$")
_NO_WITH_500 = {"woocommerce_rest_cannot_create_order_refund"}
"""Refusals that WooCommerce sends with the status of an accident: trying again cannot help."""


class Client:
    """Calls of one shop."""

    def __init__(self, connection: Connection, http: Http):
        self._http = http
        self._root = address(connection.settings["address"])
        pair = f"{connection.secrets.get('consumer_key', '')}:{connection.secrets.get('consumer_secret', '')}"
        self._headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    def get(self, path: str, **query: Any) -> Any:
        """What is at `path` of `wc/v3`. Raises NotFound where WooCommerce knows no such id."""
        return self._json(self._call("GET", path, query=query))

    def listed(self, path: str, **query: Any) -> tuple[list[dict[str, Any]], int | None]:
        """A list, and how many there are in all."""
        answer = self._call("GET", path, query=query)
        found, total = self._json(answer), answer.headers.get("x-wp-total", "")
        if not isinstance(found, list):
            raise Unavailable("WooCommerce answered something that is no list.", details={"sent": True})
        return found, int(total) if total.isdecimal() else None

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change what is there."""
        return self._json(self._call("PUT", path, body=body))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Make something, or several changes at once."""
        return self._json(self._call("POST", path, body=body))

    def name(self) -> str:
        """What the site calls itself."""
        said = self._json(self._http.call("GET", f"{self._root}/wp-json/", query={"_fields": "name"}))
        return str((said if isinstance(said, dict) else {}).get("name") or urlsplit(self._root).netloc)

    def _call(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None
    ) -> httpx.Response:
        url = f"{self._root}/wp-json/wc/v3/{path}"
        try:
            return self._http.call(method, url, headers=self._headers, query=query or None, body=body)
        except (Rejected, Unavailable) as error:
            code = error.details.get("code", "")
            if _GONE.search(code):
                raise NotFound(f"WooCommerce has nothing at {path}.") from error
            if code in _NO_WITH_500:
                raise Rejected(f"WooCommerce said: {error.details['said']}", details=error.details) from error
            raise

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            said = "WooCommerce answered something that is no JSON."
            raise Unavailable(said, details={"sent": True}) from None


def address(shop: str) -> str:
    """Where a shop is, without the slash at the end. The key goes with every call: only over TLS, or on this machine.

    Raises Malformed.
    """
    parts = urlsplit(shop.strip())
    here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if not parts.hostname or not plain or parts.scheme not in (("http", "https") if here else ("https",)):
        raise Malformed(f"“{shop}” is not a shop; write it like https://www.my-shop.example.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
