"""The page of a sandbox for people: orders with what our shop told it, stock, webhooks; buying and faults on demand."""

from html import escape
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from oms_app.domain import money
from oms_app.domain.errors import Malformed
from oms_app.integrations.sandbox.faults import Fault, Odds
from oms_app.integrations.sandbox.shop import Order, Refusal
from oms_app.integrations.sandbox.vendor import Answer, Asked, Sandbox

_NEWEST = 200
_STYLE = """body{font:15px/1.5 system-ui;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1b1f;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.45rem .6rem;border-bottom:1px solid #ddd;
vertical-align:top}.n{text-align:right;font-variant-numeric:tabular-nums}small{color:#5c5c66}
button,select,input{font:inherit;padding:.3rem .6rem}td button{padding:0 .5rem}td form{display:inline}
nav,nav form{display:flex;flex-wrap:wrap;gap:.4rem;min-width:0}nav{gap:.6rem 2rem;margin:1rem 0}
select,input{max-width:100%}#live{overflow-x:auto}h2{font-size:1.1rem;margin-top:2rem}"""
_FOLLOW = """const live=document.getElementById('live')
setInterval(async()=>{try{const now=await(await fetch('/_sandbox/live')).text()
if(live.dataset.was!==now){live.innerHTML=now;live.dataset.was=now}}catch{}},1500)"""
_FAULTS = {
    Fault.THROTTLED: "too many calls, with a hint",
    Fault.THROTTLED_BARE: "too many calls, no hint",
    Fault.BROKEN: "error 500",
    Fault.LOST_BEFORE: "no answer, nothing done",
    Fault.LOST_AFTER: "no answer, and yet it is done",
}


def respond(sandbox: Sandbox, asked: Asked) -> Answer | None:
    """The page at / and what its buttons do, under /_sandbox. None: the call is the vendor's."""
    if asked.method == "GET" and asked.path == "/":
        return _html(_page(sandbox))
    if not asked.path.startswith("/_sandbox/"):
        return None
    what = asked.path.removeprefix("/_sandbox/")
    if asked.method == "GET" and what == "live":
        return _html(_live(sandbox))
    if asked.method == "GET" and what == "orders":
        return Answer.json([_facts(order) for order in _newest(sandbox)])
    if asked.method != "POST" or what not in _ACTS:
        return Answer.json({"error": "There is no such page."}, 404)
    host = asked.headers.get("host", "")
    if asked.headers.get("origin", f"http://{host}") != f"http://{host}":
        return Answer.json({"error": "Another site's page may not do this."}, 403)
    try:
        _ACTS[what](sandbox, dict(parse_qsl(asked.body.decode())))
    except (Malformed, Refusal) as error:
        return Answer.json({"error": str(error)}, 400)
    return Answer(303, b"", {"location": "/"})


def _buy(sandbox: Sandbox, said: dict[str, str]) -> None:
    chance = Random()  # noqa: S311 - chance, not secrets
    if sku := said.get("sku", ""):
        sandbox.shop.place([(sku, 1)], buyer=chance.choice(sandbox.shop.buyers))
    else:
        sandbox.shop.arrive(chance)


def _cancel(sandbox: Sandbox, said: dict[str, str]) -> None:
    sandbox.shop.cancel(_order(sandbox, said), "customer")


def _refund(sandbox: Sandbox, said: dict[str, str]) -> None:
    order = _order(sandbox, said)
    sandbox.shop.refund(order, order.captured - order.refunded, reason="Given back there")


def _deliver(sandbox: Sandbox, said: dict[str, str]) -> None:
    order = _order(sandbox, said)
    for parcel in order.parcels:
        if not parcel.delivered_at:
            sandbox.shop.deliver(order, parcel)


def _fail(sandbox: Sandbox, said: dict[str, str]) -> None:
    if said.get("fault") not in [*_FAULTS]:
        raise Malformed(f"There is no fault “{said.get('fault', '')}”.")
    times = said.get("times", "1")
    sandbox.faults.plan.extend([Fault(said["fault"])] * (min(int(times), 100) if times.isdigit() else 1))


def _chance(sandbox: Sandbox, said: dict[str, str]) -> None:
    sandbox.faults.odds = Odds.read(said.get("odds", ""))


def _send_to(sandbox: Sandbox, said: dict[str, str]) -> None:
    address = said.get("address", "").strip()
    if not address.startswith(("http://", "https://")):
        raise Malformed("Write the address that webhooks go to, as the channel's page shows it.")
    sandbox.send_to(address)


_ACTS = {
    "orders": _buy,
    "cancel": _cancel,
    "refund": _refund,
    "deliver": _deliver,
    "fault": _fail,
    "odds": _chance,
    "webhooks": _send_to,
}


_BUTTONS = {
    "Unfulfilled": ("cancel", "refund"),
    "On hold": ("cancel", "refund"),
    "Partially fulfilled": ("deliver", "refund"),
    "Fulfilled": ("deliver", "refund"),
    "Delivered": ("refund",),
    "Cancelled": ("refund",),
}
"""What can be done with an order there, by its state; money goes back only where some is left."""


def _order(sandbox: Sandbox, said: dict[str, str]) -> Order:
    found = sandbox.shop.orders.get(int(said["order"])) if said.get("order", "").isdigit() else None
    if found is None:
        raise Malformed(f"There is no order {said.get('order', '')}.")
    return found


def _newest(sandbox: Sandbox) -> list[Order]:
    with sandbox.shop.lock:
        return sorted(sandbox.shop.orders.values(), key=lambda order: -order.number)[:_NEWEST]


def _facts(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
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
        "refundable": order.captured > order.refunded,
        "refunded": money.show(order.refunded, order.currency) if order.refunds else "",
        "state": _state(order),
    }


def _state(order: Order) -> str:
    if order.cancelled_at:
        return "Cancelled"
    if order.parcels and not any(order.to_ship(line) for line in order.lines):
        return "Delivered" if all(each.delivered_at for each in order.parcels) else "Fulfilled"
    return "Partially fulfilled" if order.parcels else "On hold" if order.hold else "Unfulfilled"


def _html(text: str) -> Answer:
    return Answer(200, text.encode(), {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"})


def _page(sandbox: Sandbox) -> str:
    title = f"{escape(sandbox.shop.name)} · {escape(sandbox.name)} sandbox"
    articles = "".join(
        f"<option value='{escape(each.sku)}'>{escape(each.sku)} · {escape(each.title)}</option>"
        for each in sandbox.shop.articles.values()
    )
    faults = "".join(f"<option value='{fault}'>{words}</option>" for fault, words in _FAULTS.items())
    odds = sandbox.faults.odds
    said = ",".join(f"{name}={value:g}" for name in odds.__slots__ if (value := getattr(odds, name)))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main><h1>{title}</h1><nav>
{
        _form(
            "orders",
            f'<select name="sku" aria-label="Article"><option value="">by chance</option>{articles}</select>',
            "New order",
        )
    }
{
        _form(
            "fault",
            f'<select name="fault" aria-label="Fault">{faults}</select> '
            '<input name="times" aria-label="Calls" type="number" value="1" min="1" max="100">',
            "Next calls fail so",
        )
    }
{
        _form(
            "odds",
            f'<input name="odds" aria-label="Faults by chance" value="{said}" size="34" '
            'placeholder="dropped=0.2,doubled=0.3,throttled=0.05">',
            "Fail by chance",
        )
    }
{
        _form(
            "webhooks",
            '<input name="address" aria-label="Address" size="34" placeholder="http://127.0.0.1:8000/webhooks/…">',
            "Send webhooks",
        )
    }
</nav><div id="live" tabindex="0" role="region" aria-label="What is here">
{_live(sandbox)}</div></main><script>{_FOLLOW}</script></body></html>"""


def _form(act: str, fields: str, button: str) -> str:
    return f'<form method="post" action="/_sandbox/{act}">{fields} <button>{button}</button></form>'


def _live(sandbox: Sandbox) -> str:
    with sandbox.shop.lock:
        articles = list(sandbox.shop.articles.values())
        addresses = sorted({address for each in sandbox.subscribed.values() for address in each})
        sent, count = list(sandbox.sent), len(sandbox.shop.orders)
    orders = "".join(_row(_facts(order)) for order in _newest(sandbox))
    levels = "".join(
        f"<tr><td>{escape(each.sku)}</td><td>{escape(each.title)}</td>"
        f"<td class=n>{money.show(each.price, sandbox.shop.currency)}</td><td class=n>{each.stock:,}</td></tr>"
        for each in articles
    )
    tries = "".join(
        f"<tr><td>{each.at:%H:%M:%S}</td><td>{escape(each.topic)}</td><td>{escape(each.outcome)}</td></tr>"
        for each in sent
    )
    to = ", ".join(map(escape, addresses)) or "nobody yet"
    return f"""<h2>Orders <small>{count:,}, the newest {_NEWEST} below</small></h2>
<table><thead><tr><th>Order</th><th>Buyer</th><th>Articles</th><th>Payment</th><th class=n>Total</th><th>State</th>
<th>Tracking</th><td></td></tr></thead><tbody>{orders}</tbody></table>
<h2>Webhooks <small>to {to}</small></h2><table><tbody>{tries}</tbody></table>
<h2>Stock</h2><table>
<thead><tr><th>SKU</th><th>Article</th><th class=n>Price</th><th class=n>Available</th></tr></thead>
<tbody>{levels}</tbody></table>"""


def _row(facts: dict[str, Any]) -> str:
    lines = "<br>".join(f"{each['quantity']} × {escape(each['sku'])}" for each in facts["lines"])
    known = f"<br><small>ours: {escape(facts['known_as'])}</small>" if facts["known_as"] else ""
    tracking = "<br>".join(f"{escape(each['courier'])} {escape(each['tracking'])}" for each in facts["parcels"])
    back = f"<br><small>{facts['refunded']} back</small>" if facts["refunded"] else ""
    acts = [each for each in _BUTTONS[facts["state"]] if each != "refund" or facts["refundable"]]
    number = f'<input type="hidden" name="order" value="{facts["number"]}">'
    buttons = " ".join(_form(act, number, act.capitalize()) for act in acts)
    return (
        f"<tr><td>{escape(facts['name'])}{known}</td><td>{escape(facts['buyer'])}<br>"
        f"<small>{escape(facts['city'])}</small></td><td>{lines}</td><td>{escape(facts['payment'])}</td>"
        f"<td class=n>{facts['total']}{back}</td><td>{facts['state']}</td><td>{tracking}</td>"
        f"<td>{buttons}</td></tr>"
    )
