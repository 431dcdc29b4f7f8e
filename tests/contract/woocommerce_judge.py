"""Holds calls and answers to WooCommerce's own route index and schemas, as a running 11.0.1 gave them."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oms_app.integrations.http import Call
from tests.shared import shared

_API = "/wp-json/wc/v3"
_UNDECLARED = {
    ("GET", "/orders/"): {"dp"},  # read from every request, declared for lists only
    ("POST", "/refunds"): {"line_items"},  # read-only in the schema, and yet how units are refunded
    ("POST", "/batch"): {"update", "id"},  # the index declares what is inside
}
_TYPES = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


class Judge:
    """What WooCommerce would have said of a call, and whether an answer is one of its own."""

    def __init__(self) -> None:
        self.routes = json.loads(shared("contracts/woocommerce/wc-v3-index.json").read_text())["routes"]
        self.schemas = json.loads(shared("contracts/woocommerce/wc-v3-resource-schemas.json").read_text())

    def call(self, call: Call) -> None:
        """Fails where the route, the method, a parameter or its type is not WooCommerce's."""
        split = urlsplit(call.url)
        if split.path == "/wp-json/":
            return
        path = split.path.removeprefix(_API)
        route = next(name for name in self.routes if re.fullmatch(name.replace("/wc/v3", "", 1), path))
        declared = next(
            (each["args"] for each in self.routes[route]["endpoints"] if call.method in each["methods"]), None
        )
        assert declared is not None, f"{call.method} {path} is not there"
        declared = declared or {}
        free = set().union(*(names for (m, part), names in _UNDECLARED.items() if m == call.method and part in path))
        for name, value in parse_qsl(split.query):
            assert name in declared or name in free, f"{path}: {name} is no parameter"
            _parameter(path, name, value, declared.get(name, {}))
        said = json.loads(call.request) if call.request else {}
        for body in said.get("update", [said]) if path.endswith("/batch") else [said]:
            for name, value in body.items():
                assert name in declared or name in free, f"{path}: {name} is no parameter"
                _typed(f"{path}.{name}", value, declared.get(name, {}))

    def answer(self, call: Call) -> None:
        """Fails where an answer has what WooCommerce's schema has not, or another type."""
        path = urlsplit(call.url).path.removeprefix(f"{_API}/")
        name = re.sub(r"/\d+", "/1", path).removesuffix("/batch")
        schema = self.schemas.get(name) or self.schemas.get(name.removesuffix("/1"))
        if schema is None or call.status not in (200, 201):
            return
        said = json.loads(call.response)
        answers = said["update"] if path.endswith("/batch") else said if isinstance(said, list) else [said]
        for each in answers:
            if name == "products" and each.get("type") == "variation":  # found by its SKU
                named = ("name", "variations")
                fields = {key: value for key, value in each.items() if key not in named}
                _fits(name, fields, self.schemas["products/1/variations"]["properties"])
            elif "error" not in each:
                _fits(name, each, schema["properties"])
        if name in ("orders", "orders/1", "orders/1/refunds", "webhooks", "orders/1/notes"):
            seen = {key for key, each in schema["properties"].items() if "view" in each.get("context", ())}
            assert all(set(each) == seen for each in answers), name


def _parameter(path: str, name: str, value: str, declared: Mapping[str, Any]) -> None:
    if "enum" in declared:
        assert value in declared["enum"], f"{path}: {name}={value}"
    if declared.get("type") == "integer":
        assert declared.get("minimum", 0) <= int(value) <= declared.get("maximum", int(value)), f"{path}: {name}"
    if declared.get("format") == "date-time":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value), f"{path}: {name}={value}"


def _fits(where: str, value: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
    unknown = set(value) - set(properties)
    assert not unknown, f"{where}: {unknown}"
    for name, each in value.items():
        _typed(f"{where}.{name}", each, properties[name])


def _typed(where: str, value: Any, schema: Mapping[str, Any]) -> None:
    kinds = schema.get("type", "mixed")
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind == "mixed" or (kind == "date-time" and (value is None or re.match(r"\d{4}-\d\d-\d\dT", value))):
            break
        if kind in _TYPES and isinstance(value, _TYPES[kind]) and not (kind != "boolean" and value is True):
            break
    else:
        missing = value is None and where.rsplit(".", 1)[-1] in ("parent_name", "stock_quantity")
        assert missing, f"{where} is {value!r}, not {kinds}"
    assert "enum" not in schema or value in schema["enum"], f"{where} is {value!r}"
    if isinstance(value, dict) and "properties" in schema:
        _fits(where, value, schema["properties"])
    if isinstance(value, list) and "items" in schema:
        for each in value:
            _typed(where, each, schema["items"])
