"""Tells WooCommerce how many units there are, and answers for every SKU whether it took them."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from oms_app.domain.channels import Level, Told
from oms_app.integrations.channels.woocommerce.client import AT_ONCE, Client

T = TypeVar("T")

_UNCOUNTED = "WooCommerce does not count this article: switch on “Track stock quantity” there."
_BY_PARENT = "WooCommerce counts this variation with its product: switch on “Manage stock” of the variation."


def tell(client: Client, levels: Sequence[Level]) -> tuple[Told, ...]:
    """Set the levels. One that is there already is not written again."""
    wanted = {level.sku: max(level.available, 0) for level in levels}
    items = by_sku(client, list(wanted))
    problems = {sku: problem for sku in wanted if (problem := _unfit(items.get(sku, [])))}
    by_parent: dict[int, list[tuple[str, dict[str, Any]]]] = {}
    for sku, available in wanted.items():
        for item in items.get(sku, []) if sku not in problems else ():
            if item["stock_quantity"] != available:
                change = {"id": item["id"], "stock_quantity": available}
                parent = item["parent_id"] if item["type"] == "variation" else 0
                by_parent.setdefault(parent, []).append((sku, change))
    for parent, changes in by_parent.items():
        path = f"products/{parent}/variations/batch" if parent else "products/batch"
        for some in _portions(changes):
            problems |= _write(client, path, some)
    return tuple(Told(level.sku, wanted[level.sku], problems.get(level.sku, "")) for level in levels)


def by_sku(client: Client, skus: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Products and variations by SKU. The comma parts the SKUs of a search: one that holds it is asked for alone."""
    found: dict[str, list[dict[str, Any]]] = {}
    together = [sku for sku in skus if "," not in sku and sku]
    searches = [",".join(some) for some in _portions(together, AT_ONCE // 2)] + [sku for sku in skus if "," in sku]
    for search in searches:
        for item in client.listed("products", sku=search, per_page=AT_ONCE, status="any")[0]:
            found.setdefault((item["sku"] or "").strip(), []).append(item)
    return found


def _unfit(items: Sequence[dict[str, Any]]) -> str:
    if not items:
        return "WooCommerce sells no article with this SKU."
    if any(item["manage_stock"] == "parent" for item in items):
        return _BY_PARENT
    return "" if all(item["manage_stock"] is True for item in items) else _UNCOUNTED


def _write(client: Client, path: str, changes: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """What was not taken, by SKU."""
    answers = client.post(path, {"update": [change for _, change in changes]}).get("update") or []
    by_id = {each.get("id"): each for each in answers}
    problems: dict[str, str] = {}
    for sku, change in changes:
        answer = by_id.get(change["id"], {})
        if "error" in answer:
            problems[sku] = f"WooCommerce said: {answer['error'].get('message', 'no')}"
        elif answer.get("stock_quantity") != change["stock_quantity"]:
            problems[sku] = "WooCommerce did not take the level."
    return problems


def _portions(items: Sequence[T], size: int = AT_ONCE) -> Iterable[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
