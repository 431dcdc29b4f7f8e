"""A program that calls the API inside this process."""

from dataclasses import dataclass
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp


@dataclass(frozen=True)
class Client:
    """Sends requests with a token; paths are below `/api/v1` unless they begin with `//`."""

    portal: BlockingPortal
    app: ASGIApp
    headers: dict[str, str]
    address: str = "127.0.0.1"

    def get(self, path: str, **options: Any) -> httpx.Response:
        """A GET."""
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """A POST of a JSON body."""
        return self.send("POST", path, **({"json": body} if body is not None else {}) | options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        """A DELETE."""
        return self.send("DELETE", path, **options)

    def send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        """Any request."""
        given = self.headers | (headers or {})

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self.address, 1234))
            async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
                url = path[1:] if path.startswith("//") else f"/api/v1{path}"
                return await client.request(method, url, headers=given, **options)

        return self.portal.call(ask)


def assert_error(answer: httpx.Response, status: int, code: str, **details: Any) -> dict[str, Any]:
    """The answer is this error in the one shape; returns its details, which hold at least those given."""
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, code), answer.text
    assert set(body) == {"error", "message", "details"}
    assert len(body["message"]) > 10
    assert isinstance(body["details"], dict)
    assert {name: body["details"].get(name) for name in details} == details
    return body["details"]


NEW_ORDER = {
    "channel": "manual",
    "customer": {"name": "Asha Rao", "email": "asha@customer.example", "phone": "98765 43210"},
    "shipping_address": {
        "line1": "12 MG Road",
        "city": "Pune",
        "state": "Maharashtra",
        "postal_code": "411001",
        "country": "IN",
    },
    "payment": {"method": "prepaid", "status": "pending"},
    "lines": [{"sku": "KUR-1", "quantity": 2, "price": "499.50"}],
}
"""An order of ₹999.00 that needs no product."""
