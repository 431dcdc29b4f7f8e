"""A connected Wix site: what the port asks for, in Wix's own calls."""

from collections.abc import Sequence

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
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.wix import catalogue, fulfil, orders, refund, stock
from oms_app.integrations.channels.wix.client import Client
from oms_app.integrations.http import Http


class Wix:
    """One site. See `Channel` in the port."""

    def __init__(self, connection: Connection, http: Http):
        self._connection = connection
        self._client = Client(connection, http)
        self._notify = connection.settings.get("notify", "").strip().lower() != "no"
        self._location = connection.settings.get("location", "").strip()
        self._catalogue: catalogue.Catalogue | None = None

    def test(self) -> str:
        """The site's name; raises Rejected where there is no store, no permission, or another currency."""
        about = self._client.get("/site-properties/v4/properties")["properties"]
        self._client.post("/ecom/v1/orders/search", search={"cursorPaging": {"limit": 1}})
        self._articles()
        if about.get("paymentCurrency") not in (None, self._connection.currency):
            raise Rejected(
                f"The site keeps its money in {about['paymentCurrency']}, this channel in "
                f"{self._connection.currency}: connect it as a channel of that currency."
            )
        return str(about.get("siteDisplayName") or about.get("businessName") or "Wix")

    def orders(self, position: Position) -> Page:
        """Orders changed since then, a page."""
        return orders.page(self._client, position)

    def order(self, external_id: str) -> Raw:
        """One order as it is now."""
        return orders.one(self._client, external_id)

    def articles(self, page: str = "") -> tuple[tuple[Article, ...], str]:
        """Variants of every product, a page."""
        articles, following = self._articles().page(page)
        if following and following == page:
            raise Rejected("Wix answers the same page of articles again and again.")
        return articles, following

    def acknowledge(self, external_id: str, number: str) -> None:
        """Our number as a comment of the seller's on the order; one that is there is not written again."""
        message = f"In our order management as {number}"
        order = orders.standing(self._client, external_id)
        for each in order.get("activities") or []:
            if (each.get("merchantComment") or {}).get("message") == message:
                return
        self._client.post(
            "/ecom/v1/orders/{id}/activities", id=external_id, activity={"merchantComment": {"message": message}}
        )

    def fulfil(self, fulfilment: Fulfilment) -> Done:
        """Tell of a parcel that left."""
        return fulfil.fulfil(self._client, fulfilment)

    def cancel(self, cancellation: Cancellation) -> None:
        """Cancel the order; money goes back by `refund`, on its own."""
        if orders.standing(self._client, cancellation.external_id).get("status") == "CANCELED":
            return
        self._client.post(
            "/ecom/v1/orders/{id}/cancel",
            id=cancellation.external_id,
            sendOrderCanceledEmail=self._notify,
            restockAllItems=cancellation.restocked,
        )

    def refund(self, wanted: Refund) -> Done:
        """Send money back to where it came from."""
        return refund.refund(self._client, wanted, notify=self._notify)

    def stock(self, levels: Sequence[Level], key: str) -> tuple[Told, ...]:
        """Say how many units there are. Levels are absolute: told twice they are the same."""
        return stock.tell(self._articles(), levels)

    def push_product(self, listing: Listing) -> Article:
        """A hidden product. Whether its price holds the tax is a setting of the site that Wix does not tell."""
        if listing.currency != self._connection.currency:
            raise Rejected(f"Wix has prices in {self._connection.currency}, this one is in {listing.currency}.")
        return self._articles().offer(listing)

    def subscribe(self, address: str) -> None:
        """Wix has no call for it: the seller enters the address on the app's page.

        Raises Rejected with the sentence that says so.
        """
        raise Rejected(f"Wix takes the address of webhooks only on the app's own page: enter {address} there.")

    def _articles(self) -> catalogue.Catalogue:
        """The site's catalogue, in the version the site has."""
        if self._catalogue is None:
            self._catalogue = catalogue.of(self._client, self._location)
        return self._catalogue
