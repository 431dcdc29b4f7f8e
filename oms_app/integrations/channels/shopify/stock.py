"""Tells Shopify how many units there are, and answers for every SKU whether it took them."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from oms_app.domain.channels import Level, Told
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.shopify.client import Client

_ACT = uuid.UUID("5b0c8f0e-7f57-4a07-9a8e-6f2f6f3d7a10")
_TRIES = 3
_STALE = "CHANGE_FROM_QUANTITY_STALE"
_ITEMS_A_SKU = 2
"""Items asked for beside each SKU: some stores sell one SKU under two variants."""


def tell(client: Client, levels: Sequence[Level], key: str, location: str) -> tuple[Told, ...]:
    """Set the levels at a location. A level that is there already is not written again."""
    wanted = {level.sku: max(level.available, 0) for level in levels}
    problems: dict[str, str] = {}
    for turn in range(_TRIES):
        items = _items(client, [sku for sku in wanted if sku not in problems], location)
        quantities = []
        for sku, available in wanted.items():
            if sku in problems:
                continue
            if problem := _unfit(items.get(sku, [])):
                problems[sku] = problem
                continue
            for item in items[sku]:
                if item["inventoryLevel"] is None:
                    _begin(client, item["id"], location, available, key)
                elif (now := item["inventoryLevel"]["quantities"][0]["quantity"]) != available:
                    quantities.append((sku, _quantity(item["id"], location, available, now)))
        refused = _set(client, quantities, key) if quantities else {}
        last = turn == _TRIES - 1
        problems |= {sku: said for sku, (code, said) in refused.items() if last or code != _STALE}
        if not refused:
            break
    return tuple(Told(level.sku, wanted[level.sku], problems.get(level.sku, "")) for level in levels)


def act_key(key: str, *about: Any) -> str:
    """A key that names one act with exactly these values: Shopify refuses a key that comes with others."""
    return str(uuid.uuid5(_ACT, json.dumps([key, *about], sort_keys=True)))


def _items(client: Client, skus: list[str], location: str) -> dict[str, list[dict[str, Any]]]:
    """What the store has by SKU; Shopify's search takes no case and finds more than was asked for."""
    if not skus:
        return {}
    query = " OR ".join(f"sku:{quoted(sku)}" for sku in skus)
    first = min(_ITEMS_A_SKU * len(skus) + 10, 250)
    found = client.call("levels", {"query": query, "first": first, "location": location})["inventoryItems"]["nodes"]
    by_sku: dict[str, list[dict[str, Any]]] = {}
    for item in found:
        by_sku.setdefault((item["sku"] or "").strip(), []).append(item)
    return by_sku


def quoted(sku: str) -> str:
    """An SKU as Shopify's search takes it."""
    return '"' + sku.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unfit(items: list[dict[str, Any]]) -> str:
    if not items:
        return "Shopify sells no article with this SKU."
    if not all(item["tracked"] for item in items):
        return "Shopify does not count this article: switch on “Track quantity” there."
    return ""


def _quantity(item: str, location: str, available: int, now: int) -> dict[str, Any]:
    return {"inventoryItemId": item, "locationId": location, "quantity": available, "changeFromQuantity": now}


def _begin(client: Client, item: str, location: str, available: int, key: str) -> None:
    """The article was not kept at this location so far."""
    variables = {"item": item, "location": location, "available": available}
    client.act("stock_here", {**variables, "key": act_key(key, variables)})


def _set(client: Client, quantities: list[tuple[str, dict[str, Any]]], key: str) -> dict[str, tuple[str, str]]:
    """(code, sentence) by SKU of what was refused. Shopify takes all of them or none: the good go again alone."""
    said = {"name": "available", "reason": "correction", "quantities": [quantity for _, quantity in quantities]}
    try:
        client.act("set_stock", {"input": said, "key": act_key(key, said)})
    except Rejected as refusal:
        refused: dict[str, tuple[str, str]] = {}
        pairs = zip(refusal.details.get("fields") or [], refusal.details.get("codes") or [], strict=False)
        for field, code in pairs:
            places = [int(part) for part in field or [] if str(part).isdigit()]
            if places and places[0] < len(quantities):
                refused[quantities[places[0]][0]] = (code or "", refusal.message)
        if not refused:
            raise
        if good := [each for each in quantities if each[0] not in refused]:
            refused |= _set(client, good, key)
        return refused
    return {}
