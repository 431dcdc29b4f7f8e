"""A connected Vendure shop: what the port asks of it, said in its operations."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from oms_app.domain.channels import (
    Article,
    Cancellation,
    Connection,
    Done,
    Fulfilment,
    Level,
    Listing,
    Page,
    Position,
    Raw,
    Refund,
    Told,
)
from oms_app.domain.errors import NotFound, Rejected
from oms_app.integrations.channels.vendure import listing
from oms_app.integrations.channels.vendure.client import Client
from oms_app.integrations.channels.vendure.read import moment, to_theirs
from oms_app.integrations.http import Http

AT_ONCE = 100
_LOOKS = 4
_TICK = timedelta(milliseconds=1)
_NO_PLUGIN = "Vendure lacks the plugin that says when an order changes: docs/channels/vendure.md has it."


class Vendure:
    """The channel. Writes look first: Vendure has no key of its own that makes a second call harmless."""

    def __init__(self, connection: Connection, http: Http):
        self._location = connection.settings.get("stock_location", "")
        self._client = Client(connection, http)

    def test(self) -> str:
        """The shop's name; raises Rejected where the plugin is missing."""
        found = self._client.ask("shop")
        if "oms.webhook" not in {each["key"] for each in found["settingsStoreFieldDefinitions"]}:
            raise Rejected(_NO_PLUGIN)
        channel = found["activeChannel"]
        return str((channel["seller"] or {}).get("name") or channel["code"])

    def orders(self, position: Position) -> Page:
        """Orders changed since then. A page begins where the last one ended, whatever was changed meanwhile.

        It sorts by time alone: of two keys Vendure takes the id first, however they are written.
        """
        begin, given = _walk(position)
        after = begin + _TICK
        # Of the millisecond that the last page ended in: all but what it gave. SQLite keeps whole seconds without a
        # fraction, which sort before the same second with one; other databases keep more digits than they tell.
        around = {"start": _stamp(begin - _TICK), "end": _stamp(after)}
        same = {"updatedAt": {"between": around}} | ({"id": {"notIn": sorted(given)}} if given else {})
        or_later = {"_or": [{"updatedAt": {"after": _stamp(after)}}, {"_and": [{k: v} for k, v in same.items()]}]}
        placed = {"orderPlacedAt": {"isNull": False}}
        found = self._client.ask("orders", filter={"_and": [placed, or_later]}, take=AT_ONCE)
        listed = found.pop("orders")
        items = tuple(_raw(found, node) for node in listed["items"])
        total = None if position.page else int(listed["totalItems"])
        if len(items) < AT_ONCE:
            return Page(items, total=total)
        last = items[-1].updated_at
        stay = given if last - _TICK <= begin else set()
        stay = stay | {each.external_id for each in items if each.updated_at >= last - _TICK}
        return Page(items, json.dumps([_stamp(last), *sorted(stay)]), total=total)

    def order(self, external_id: str) -> Raw:
        """One order."""
        found = self._client.ask("order", id=external_id)
        node = found.pop("order")
        if node is None:
            raise NotFound(f"Vendure knows no order {external_id}.")
        return _raw(found, node)

    def articles(self, page: str = "") -> tuple[tuple[Article, ...], str]:
        """A page of the variants; its token is how many came before."""
        skip = int(page or 0)
        found = self._client.ask("articles", skip=skip, take=AT_ONCE)
        items = found["productVariants"]["items"]
        articles = tuple(listing.article(each, found) for each in items)
        return articles, str(skip + len(items)) if len(items) == AT_ONCE else ""

    def acknowledge(self, external_id: str, number: str) -> None:
        """A note that buyers do not see."""
        said = f"Order management has it as {number}."
        order = self._client.ask("notes", id=external_id)["order"]
        if order is None:
            raise NotFound(f"Vendure knows no order {external_id}.")
        if said not in {entry["data"].get("note") for entry in order["history"]["items"]}:
            self._client.tell("add_note", input={"id": external_id, "note": said, "isPublic": False})

    def fulfil(self, fulfilment: Fulfilment) -> Done:
        """A fulfilment of these units, sent. A parcel without a tracking number carries our own name of it.

        One that names no units holds all that is left; it was told already where its number is there and nothing is.
        """
        order = self._node(fulfilment.external_id)
        code = fulfilment.tracking or fulfilment.key
        known = [each for each in order["fulfillments"] or () if each["state"] != "Cancelled"]
        same = [each for each in known if each["trackingCode"] == code]
        if fulfilment.units:
            units = dict(fulfilment.units)
            same = [each for each in same if _units(each) == units]
        elif units := _left(order, known):
            same = []
        if same:
            parcel = same[-1]
        elif not units:
            raise Rejected("Vendure has nothing left to ship of this order.")
        else:
            arguments = [{"name": "method", "value": fulfilment.courier}, {"name": "trackingCode", "value": code}]
            parcel = self._client.tell(
                "add_fulfilment",
                input={
                    "lines": [{"orderLineId": line, "quantity": count} for line, count in units.items()],
                    "handler": {"code": "manual-fulfillment", "arguments": arguments},
                },
            )
        if parcel["state"] in ("Created", "Pending"):
            self._client.tell("ship_fulfilment", id=parcel["id"])
        return Done(str(parcel["id"]))

    def cancel(self, cancellation: Cancellation) -> None:
        """Cancel every line; Vendure lets go of the stock by itself."""
        if self._node(cancellation.external_id)["state"] == "Cancelled":
            return
        asked = {"orderId": cancellation.external_id, "reason": cancellation.reason, "cancelShipping": True}
        self._client.tell("cancel_order", input=asked)

    def refund(self, refund: Refund) -> Done:
        """Give money back on the payments there are, the oldest first.

        Our key stands in the reason: by it a refund is found again. Where no payment service stands behind a payment,
        Vendure waits for somebody to say that the money went: we do.
        """
        raw = json.loads(self.order(refund.external_id).body)
        payments = [each for each in raw["order"]["payments"] or () if each["state"] == "Settled"]
        mark = f"[{refund.key}]"
        done = [each for paid in payments for each in paid["refunds"] if (each["reason"] or "").endswith(mark)]
        done = [each for each in done if each["state"] != "Failed"]
        left = to_theirs(refund.amount, raw) - sum(each["total"] for each in done)
        lines = [] if done else [{"orderLineId": line, "quantity": units} for line, units in refund.units]
        kept = [_kept(paid) for paid in payments]
        if left > sum(kept):
            raise Rejected("Vendure has less left to give back than that: its settled payments, less what went back.")
        for paid, most in zip(payments, kept, strict=True):
            if (part := min(left, most)) <= 0:
                continue
            asked = {"paymentId": paid["id"], "amount": part, "reason": f"{refund.reason[:150]} {mark}".strip()}
            # Vendure 3 wants what it calls deprecated: without these two its own table refuses the row.
            asked |= {"lines": lines, "shipping": 0, "adjustment": 0}
            done.append(self._client.tell("refund_order", input=asked))
            left, lines = left - part, []
        for each in done:
            if each["state"] == "Pending" and not each["transactionId"]:
                self._client.tell("settle_refund", input={"id": each["id"], "transactionId": refund.key})
        return Done(",".join(str(each["id"]) for each in done))

    def stock(self, levels: Sequence[Level], key: str) -> tuple[Told, ...]:
        """What may be sold of each: Vendure counts what stands in the shop, so what it has promised comes on top.

        A parcel may leave between the look and the write, which lowers both of its counts: so it is looked again.
        """
        skus = sorted({level.sku for level in levels})
        found = self._client.ask("levels", skus=skus, take=len(skus) * 2 + 1)
        location = self._stock_location(found["stockLocations"]["items"])
        variants = found["productVariants"]["items"]
        problems = {sku: _cannot([each for each in variants if each["sku"] == sku]) for sku in skus}
        wanted = {level.sku: level.available for level in levels if not problems[level.sku]}
        for _ in range(_LOOKS):
            changes = [_change(each, location, wanted[each["sku"]]) for each in variants if each["sku"] in wanted]
            if not (wrong := [each for each in changes if each]):
                break
            variants = self._client.tell("set_levels", levels=wrong)["items"]
        return tuple(Told(level.sku, level.available, problems[level.sku]) for level in levels)

    def push_product(self, wanted: Listing) -> Article:
        """A disabled product with this one variant. Raises Rejected where its price means something else there."""
        return listing.push(self._client, wanted, self._stock_location)

    def subscribe(self, address: str) -> None:
        """Tell the plugin where to send to."""
        done = self._client.tell("subscribe", address=address)
        if not done["result"]:
            raise Rejected(f"{_NO_PLUGIN} It says: {done['error']}")

    def _node(self, external_id: str) -> dict[str, Any]:
        return dict(json.loads(self.order(external_id).body)["order"])

    def _stock_location(self, locations: Iterable[dict[str, str]]) -> str:
        fits = [each["id"] for each in locations if not self._location or each["name"] == self._location]
        if len(fits) != 1:
            raise Rejected("Which stock location of Vendure is it? Name one of its names in the channel's settings.")
        return fits[0]


def _stamp(moment: datetime) -> str:
    """An instant to the millisecond: whole seconds would have a page begin before what it gave."""
    return moment.isoformat(timespec="milliseconds")


def _walk(position: Position) -> tuple[datetime, set[str]]:
    """Where a page begins, and what was given of that moment."""
    if not position.page:
        return position.since, set()
    begin, *given = json.loads(position.page)
    return datetime.fromisoformat(begin), set(given)


def _raw(shop: dict[str, Any], node: dict[str, Any]) -> Raw:
    """The order as `order.graphql` would answer it, wherever it was found."""
    return Raw("order", node["id"], moment(node["updatedAt"]), json.dumps(shop | {"order": node}, ensure_ascii=False))


def _kept(payment: dict[str, Any]) -> int:
    """What is left of a payment, in the shop's own count."""
    return int(payment["amount"] - sum(each["total"] for each in payment["refunds"] if each["state"] != "Failed"))


def _left(order: dict[str, Any], known: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Units that are in no parcel yet, by line; a line's quantity is without what was cancelled."""
    sent = Counter[str]()
    for parcel in known:
        sent.update(_units(parcel))
    left = {line["id"]: line["quantity"] - sent[line["id"]] for line in order["lines"]}
    return {line: count for line, count in left.items() if count > 0}


def _units(parcel: dict[str, Any]) -> dict[str, int]:
    return {line["orderLineId"]: line["quantity"] for line in parcel["lines"]}


def _cannot(variants: Sequence[dict[str, Any]]) -> str:
    """Why a level cannot be told, empty where it can."""
    if not variants:
        return "Vendure sells nothing under this SKU."
    if len(variants) > 1:
        return "Several variants in Vendure carry this SKU."
    return "Vendure does not count the stock of this article." if variants[0]["trackInventory"] == "FALSE" else ""


def _change(variant: dict[str, Any], location: str, available: int) -> dict[str, Any]:
    """What makes that many available at the location; nothing where it is so already."""
    here = next((each for each in variant["stockLevels"] if each["stockLocationId"] == location), None)
    on_hand = available + (here["stockAllocated"] if here else 0)
    if here and here["stockOnHand"] == on_hand:
        return {}
    return {"id": variant["id"], "stockLevels": [{"stockLocationId": location, "stockOnHand": on_hand}]}
