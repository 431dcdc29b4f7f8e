"""The one page of a sandbox for people: its orders, with what our shop told it of them."""

import json
from html import escape
from random import Random
from typing import Any

from oms_app.domain import money
from oms_app.integrations.sandbox.shop import Order
from oms_app.integrations.sandbox.vendor import Answer, Asked, Sandbox

_NEWEST = 200
_STYLE = """body{font:15px/1.5 system-ui;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1b1f}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.45rem .6rem;border-bottom:1px solid #ddd;
vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}small{color:#5c5c66}
button{font:inherit;padding:.3rem .8rem}"""


def respond(sandbox: Sandbox, asked: Asked) -> Answer | None:
    """The page at /, its facts at /_sandbox/orders; a POST there lets a buyer buy. None: the call is the vendor's."""
    if asked.path == "/" and asked.method == "GET":
        return Answer(200, _html(sandbox).encode(), {"content-type": "text/html; charset=utf-8"})
    if asked.path != "/_sandbox/orders":
        return None
    if asked.method == "POST":
        sandbox.shop.arrive(Random())  # noqa: S311 - chance, not secrets
        return Answer(303, b"", {"location": "/"})
    return Answer(
        200, json.dumps([_facts(order) for order in _newest(sandbox)]).encode(), {"content-type": "application/json"}
    )


def _newest(sandbox: Sandbox) -> list[Order]:
    with sandbox.shop.lock:
        return sorted(sandbox.shop.orders.values(), key=lambda order: -order.number)[:_NEWEST]


def _facts(order: Order) -> dict[str, Any]:
    return {
        "name": order.name,
        "known_as": order.known_as,
        "placed_at": order.placed_at.isoformat(timespec="seconds"),
        "buyer": order.buyer.name,
        "city": order.buyer.city,
        "total": money.show(order.total, order.currency),
        "payment": order.gateway,
        "lines": [
            {"sku": line.sku, "quantity": line.quantity, "shipped": order.shipped(line), "cancelled": line.cancelled}
            for line in order.lines
        ],
        "parcels": [
            {"courier": each.courier, "tracking": each.tracking, "url": each.url}
            for each in order.parcels
            if not each.cancelled
        ],
        "refunded": money.show(order.refunded, order.currency),
        "state": _state(order),
    }


def _state(order: Order) -> str:
    if order.cancelled_at:
        return "Cancelled"
    if order.parcels and not any(order.to_ship(line) for line in order.lines):
        return "Delivered" if all(each.delivered_at for each in order.parcels) else "Fulfilled"
    return "Partially fulfilled" if order.parcels else "On hold" if order.hold else "Unfulfilled"


def _html(sandbox: Sandbox) -> str:
    title = f"{escape(sandbox.shop.name)} · {escape(sandbox.name)} sandbox"
    rows = "".join(_row(_facts(order)) for order in _newest(sandbox))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="refresh" content="5"><style>{_STYLE}</style></head><body><h1>{title}</h1>
<form method="post" action="/_sandbox/orders"><button>New order</button>
<small>{len(sandbox.shop.orders):,} orders, the newest {_NEWEST} below</small></form>
<table><thead><tr><th>Order</th><th>Buyer</th><th>Articles</th><th>Payment</th><th>Total</th><th>State</th>
<th>Tracking</th></tr></thead><tbody>{rows}</tbody></table></body></html>"""


def _row(facts: dict[str, Any]) -> str:
    lines = "<br>".join(f"{each['quantity']} × {escape(each['sku'])}" for each in facts["lines"])
    known = f"<br><small>ours: {escape(facts['known_as'])}</small>" if facts["known_as"] else ""
    tracking = "<br>".join(f"{escape(each['courier'])} {escape(each['tracking'])}" for each in facts["parcels"])
    return (
        f"<tr><td>{escape(facts['name'])}{known}</td><td>{escape(facts['buyer'])}<br>"
        f"<small>{escape(facts['city'])}</small></td><td>{lines}</td><td>{escape(facts['payment'])}</td>"
        f"<td class=n>{facts['total']}</td><td>{facts['state']}</td><td>{tracking}</td></tr>"
    )
