"""Bulk operations of the sandbox: an export that takes a moment, and its file, which can be read from any byte on."""

import json
import re
from datetime import datetime
from typing import Any

from graphql.language import FieldNode

from oms_app.integrations.sandbox.shop import Shop
from oms_app.integrations.sandbox.shopify.graph import Document
from oms_app.integrations.sandbox.shopify.views import Views, gid
from oms_app.integrations.sandbox.vendor import Answer, Asked

_LOOKS_BEFORE_READY = 2
_CONNECTIONS_AT_MOST = 5
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Exports:
    """Every export that was asked for. It is ready at the second look."""

    def __init__(self, shop: Shop, views: Views):
        self.shop, self.views = shop, views
        self.host = "127.0.0.1"
        self._files: dict[int, bytes] = {}
        self._roots: dict[int, int] = {}
        self._looks: dict[int, int] = {}

    def run(self, query: str, since: datetime) -> dict[str, Any]:
        """bulkOperationRunQuery over orders."""
        try:
            document = Document(query, {})
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the caller is told
            return self._refused(f"Invalid bulk query: {error}")
        root = next(iter(document.fields(document.operation.selection_set)))
        count = query.count("edges")
        if root.name.value != "orders" or not 0 < count <= _CONNECTIONS_AT_MOST:
            return self._refused("Bulk queries need one to five connections, orders first.")
        number = self.shop.next_number()
        node = next(each for each in document.fields(_edges(document, root).selection_set))
        lines: list[str] = []
        found = self.shop.changed_since(since)
        for order in found:
            lines += self._lines(document, self.views.order(order), node)
        self._files[number] = "".join(f"{line}\n" for line in lines).encode()
        self._roots[number] = len(found)
        self._looks[number] = 0
        return {"bulkOperation": self._operation(number, "CREATED"), "userErrors": []}

    def state(self, id: str) -> dict[str, Any] | None:
        """bulkOperation(id)"""
        number = int(id.rsplit("/", 1)[-1])
        if number not in self._files:
            return None
        self._looks[number] += 1
        return self._operation(number, "COMPLETED" if self._looks[number] >= _LOOKS_BEFORE_READY else "RUNNING")

    def file(self, asked: Asked) -> Answer:
        """The file, or the bytes of it that were asked for."""
        name = asked.path.removeprefix("/exports/").removesuffix(".jsonl")
        whole = self._files.get(int(name)) if name.isdigit() else None
        if whole is None:
            return Answer.json({"error": "NoSuchKey"}, 404)
        wanted = _RANGE.fullmatch(asked.headers.get("range", ""))
        if not wanted:
            return Answer(200, whole, {"content-type": "application/jsonl"})
        start, end = int(wanted[1]), int(wanted[2]) + 1 if wanted[2] else len(whole)
        if start >= len(whole):
            return Answer.json({"error": "InvalidRange"}, 416)
        part = whole[start:end]
        span = f"bytes {start}-{start + len(part) - 1}/{len(whole)}"
        return Answer(206, part, {"content-type": "application/jsonl", "content-range": span})

    def _lines(self, document: Document, order: dict[str, Any], node: FieldNode) -> list[str]:
        """An order and behind it what belongs to it, each on a line with `__parentId`."""
        plain: dict[str, Any] = {}
        children: list[dict[str, Any]] = []
        for field in document.fields(node.selection_set, "Order"):
            name = field.name.value
            value = order[name]
            found = value(**document.arguments(field)) if callable(value) else value
            inner = next((each for each in document.fields(field.selection_set) if each.name.value == "edges"), None)
            if inner is None:
                plain[name] = document.pick(found, field)
                continue
            below = next(iter(document.fields(inner.selection_set)))
            children += [document.pick(each, below) | {"__parentId": order["id"]} for each in found["nodes"]]
        return [json.dumps(each, ensure_ascii=False) for each in (plain, *children)]

    def _operation(self, number: int, status: str) -> dict[str, Any]:
        done = status == "COMPLETED"
        size = len(self._files[number])
        return {
            "__typename": "BulkOperation",
            "id": gid("BulkOperation", number),
            "status": status,
            "errorCode": None,
            "rootObjectCount": str(self._roots[number] if done else 0),
            "fileSize": str(size) if done else None,
            "url": f"http://{self.host}/exports/{number}.jsonl" if done and size else None,
            "partialDataUrl": None,
        }

    def _refused(self, message: str) -> dict[str, Any]:
        return {"bulkOperation": None, "userErrors": [{"code": None, "field": ["query"], "message": message}]}


def _edges(document: Document, root: FieldNode) -> FieldNode:
    return next(each for each in document.fields(root.selection_set) if each.name.value == "edges")
