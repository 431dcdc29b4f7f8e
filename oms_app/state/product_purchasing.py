"""Where a product is bought and what of it is on its way, on the product's page."""

from dataclasses import dataclass

import reflex as rx

from oms_app.domain import moments, money
from oms_app.domain.errors import OmsError
from oms_app.services import purchasing, suppliers
from oms_app.state.session import SessionState


@dataclass(frozen=True, slots=True)
class OfferCard:
    """A supplier's terms, written out."""

    supplier_id: int
    supplier: str
    cost: str
    pack: str
    days: str


@dataclass(frozen=True, slots=True)
class ComingCard:
    """Units on a purchase order, written out."""

    number: str
    supplier: str
    location: str
    units: str
    due: str


class ProductPurchasingState(SessionState, rx.State):
    """Suppliers of the product that the address names, and its open purchase orders."""

    offers: list[OfferCard] = []
    coming: list[ComingCard] = []

    @rx.event
    async def load(self):
        """Read who sells it; what is on its way follows."""
        self.offers, self.coming = [], []
        try:
            found = await self.call(suppliers.offers, str(self.stock_sku))
        except OmsError:
            return None  # no such goods: the page says so
        self.offers = [
            OfferCard(
                each.supplier_id,
                each.supplier,
                money.show_micros(each.cost_micros, each.currency),
                f"packs of {each.pack_size:,}, from {each.moq:,}",
                f"{each.days} days",
            )
            for each in found
        ]
        return ProductPurchasingState.read_coming

    @rx.event
    async def read_coming(self):
        """Read the purchase orders that bring it."""
        found = await self.call(purchasing.coming, str(self.stock_sku))
        self.coming = [
            ComingCard(
                each.number,
                each.supplier,
                each.location,
                f"{each.units:,}",
                moments.show_date(each.due_on) if each.due_on else "–",
            )
            for each in found
        ]
