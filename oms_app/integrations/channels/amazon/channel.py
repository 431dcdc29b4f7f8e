"""A seller account at Amazon in one marketplace: what the port asks for, in Amazon's own operations."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from oms_app.domain.channels import (
    Article,
    Cancellation,
    Connection,
    Done,
    Fulfilment,
    Level,
    Page,
    Position,
    Raw,
    Refund,
    Told,
)
from oms_app.domain.errors import NotFound, Rejected
from oms_app.domain.settlements import Settlement
from oms_app.integrations.channels.amazon import cancel, fulfil, listings, reports
from oms_app.integrations.channels.amazon.client import GET_ORDER, SEARCH_LISTINGS, SEARCH_ORDERS, Client
from oms_app.integrations.channels.amazon.read import moment
from oms_app.integrations.http import Http

_DATA = "BUYER,RECIPIENT,PROCEEDS,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT"
_STANDING = "FULFILLMENT,PACKAGES"
_A_PAGE = 100
_BEHIND = timedelta(minutes=2)
"""Amazon tells only what is that old, and refuses to be asked for less."""
_NUMBER = re.compile(r"[A-Z0-9]{3}-\d{7}-\d{7}")
_NOBODYS = "000-0000000-0000000"


class Amazon:
    """One seller account in one marketplace. See `Channel` and `Settlements` in the port."""

    def __init__(self, connection: Connection, http: Http):
        self._connection = connection
        self._client = Client(connection, http)

    def test(self) -> str:
        """The marketplace and the account; raises Rejected where listings or orders may not be read."""
        here = self._client.marketplace
        if here.currency != self._connection.currency:
            raise Rejected(
                f"{here.title} keeps its money in {here.currency}, this channel in {self._connection.currency}: "
                "connect it as a channel of that currency."
            )
        self._client.call(SEARCH_LISTINGS, {"marketplaceIds": here.id, "pageSize": "1"}, seller=self._client.seller)
        try:
            self._client.call(GET_ORDER, order=_NOBODYS)  # there is none: 404 says that orders may be read
        except Rejected as refusal:
            if refusal.details.get("status") not in (400, 404):
                raise
        return f"{here.title} · {self._client.seller}"

    def orders(self, position: Position) -> Page:
        """Orders that we ship and that changed since then, a page, oldest change first inside it."""
        said = self._client.call(
            SEARCH_ORDERS,
            {
                "lastUpdatedAfter": fulfil.written(position.since - _BEHIND),
                "marketplaceIds": self._client.marketplace.id,
                "fulfilledBy": "MERCHANT",
                "includedData": _DATA,
                "maxResultsPerPage": str(_A_PAGE),
                "paginationToken": position.page or None,
            },
        )
        following = (said.get("pagination") or {}).get("nextToken") or ""
        if following and following == position.page:
            raise Rejected("Amazon answers the same page of orders again and again.")
        told = [raw for raw in map(_raw, said["orders"]) if raw.updated_at >= position.since]
        found = sorted(told, key=lambda raw: raw.updated_at)
        return Page(tuple(found), following, self._client.pause(SEARCH_ORDERS) if following else 0)

    def order(self, external_id: str) -> Raw:
        """One order as it is now."""
        return _raw(self._order(external_id, _DATA))

    def articles(self, page: str = "") -> tuple[tuple[Article, ...], str]:
        """The account's listings, a page."""
        return listings.articles(self._client, page)

    def acknowledge(self, external_id: str, number: str) -> None:
        """Amazon has no place for our number that a call can write."""
        raise Rejected("Amazon does not take our order numbers.")

    def fulfil(self, fulfilment: Fulfilment) -> Done:
        """Tell of a parcel that left."""
        return fulfil.tell(self._client, self._order(fulfilment.external_id, _STANDING), fulfilment)

    def cancel(self, cancellation: Cancellation) -> None:
        """Hand in that the order is cancelled; Amazon does it within minutes."""
        cancel.tell(self._client, self._order(cancellation.external_id, _STANDING), cancellation.reason)

    def refund(self, refund: Refund) -> Done:
        """Amazon has no call that sends money back."""
        raise Rejected("Amazon has no call that sends money back: refund in Seller Central.")

    def stock(self, levels: Sequence[Level], key: str) -> tuple[Told, ...]:
        """Say how many units there are of what we ship."""
        return listings.tell(self._client, levels)

    def subscribe(self, address: str) -> None:
        """Amazon sends its notifications to queues of AWS and to no address."""
        raise Rejected("Amazon sends no webhooks: its orders are read at intervals.")

    def settlements(self, since: datetime) -> tuple[Settlement, ...]:
        """What Amazon paid out, by the reports it made since then."""
        return reports.settlements(self._client, since, datetime.now(UTC))

    def _order(self, external_id: str, data: str) -> dict[str, Any]:
        missing = NotFound(f"Amazon has no order {external_id}.")
        if not _NUMBER.fullmatch(external_id):
            raise missing
        try:
            said = self._client.call(GET_ORDER, {"includedData": data}, order=external_id)
        except Rejected as refusal:
            if refusal.details.get("status") == 404:
                raise missing from refusal
            raise
        order: dict[str, Any] = said["order"]
        return order


def _raw(order: Mapping[str, Any]) -> Raw:
    return Raw("order", order["orderId"], moment(order["lastUpdatedTime"]), json.dumps(order, ensure_ascii=False))
