"""Whom the demo shop buys from, and the purchase orders that are under way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from oms_app.demo import shop
from oms_app.demo.catalogue import ARTICLES, BY_SKU, SCARCE
from oms_app.demo.people import with_check_digit
from oms_app.domain.lots import NO_LOT
from oms_app.domain.money import MICROS
from oms_app.domain.permissions import Role
from oms_app.domain.purchasing import PurchaseView, Wanted, in_whole_packs
from oms_app.domain.suppliers import Supplier, Terms
from oms_app.services import goods_receipts, purchase_sending, purchasing, shortfalls, suppliers

BUYER = shop.colleague(Role.INVENTORY)


@dataclass(frozen=True, slots=True)
class Workshop:
    """A supplier of every so many-th article: `share` of the price is its cost, sold in packs."""

    supplier: Supplier
    share: float
    pack: int
    moq: int


def _workshop(name: str, town: str, gstin: str, days: int, share: float, pack: int, moq: int) -> Workshop:
    email = f"orders@{name.split()[0].lower()}.example"
    terms = "30 days" if days > 14 else "On delivery"
    number = with_check_digit(gstin) if gstin else ""
    return Workshop(Supplier(name, "", email, "", number, town, "INR", terms, days), share, pack, moq)


WORKSHOPS = (
    _workshop("Bagru Block Printers", "Bagru\nRajasthan 303007", "08AABCB1234A1Z", 12, 0.42, 6, 12),
    _workshop("Chanderi Handloom Society", "Chanderi\nMadhya Pradesh 473446", "23AABCC5678B1Z", 21, 0.48, 4, 8),
    _workshop("Varanasi Silk Guild", "Varanasi\nUttar Pradesh 221001", "09AABCV9012C1Z", 28, 0.55, 2, 4),
    _workshop("Khurja Potters", "Khurja\nUttar Pradesh 203131", "", 14, 0.35, 12, 24),
    _workshop("Panipat Furnishings", "Panipat\nHaryana 132103", "06AABCP3456D1Z", 9, 0.44, 5, 10),
)


def buy(now: datetime) -> None:
    """Write the suppliers with their price lists and their orders: drafts, on the way, late, here in part, here."""
    if any(each.name == WORKSHOPS[0].supplier.name for each in suppliers.page(shop.SHOP, limit=50)):
        return
    opened = now - timedelta(days=40)
    for index, workshop in enumerate(WORKSHOPS):
        made = suppliers.add(shop.SHOP, workshop.supplier, demo=True, at=opened)
        mine = [article for place, article in enumerate(ARTICLES) if place // 3 % len(WORKSHOPS) == index]
        terms = [
            Terms(
                article.sku,
                int(article.price * workshop.share) * MICROS,
                f"{made.name[:2].upper()}-{place:03d}",
                workshop.pack,
                workshop.moq,
            )
            for place, article in enumerate(mine, start=1)
        ]
        suppliers.set_terms(shop.SHOP, made.id, terms)
        _order(index, made, [each.sku for each in mine], workshop, now)


def _order(index: int, supplier: Supplier, skus: list[str], workshop: Workshop, now: datetime) -> None:
    """Three orders of a supplier, each as far as its place says: what is scarce is on the first, and late."""
    scarce = [sku for sku in skus if sku in SCARCE]
    waits = {line.sku for line in shortfalls.page(shop.SHOP, limit=500).lines}
    plenty = [sku for sku in skus if sku not in SCARCE and sku not in waits]
    lead = timedelta(days=supplier.lead_time_days)
    if scarce:
        late = _sent(supplier, scarce, workshop, now - lead - timedelta(days=2))
        promised = (now - timedelta(days=1)).date()
        number = late.row.number
        purchasing.acknowledge(BUYER, number, promised, reference=f"SO-{index}41", version=late.row.version, at=now)
    here = _sent(supplier, plenty[:4], workshop, now - lead)
    units = {line.sku: line.quantity for line in here.lines}
    if index % 2:
        first = here.lines[0]
        units = {first.sku: first.quantity // 2}
    at = now - timedelta(minutes=5)
    made = {sku: [(lot, count)] for sku, count in units.items() if (lot := BY_SKU[sku].lot(at)) is not NO_LOT}
    goods_receipts.receive(BUYER, here.row.number, units, receipt=f"DN-{index}07", at=at, lots=made)
    _sent(supplier, plenty[4:7], workshop, now - timedelta(days=index + 1))
    if index in (0, 3):
        _drafted(supplier, plenty[7:9], workshop, now - timedelta(hours=3))


def _drafted(supplier: Supplier, skus: list[str], workshop: Workshop, at: datetime) -> PurchaseView:
    units = in_whole_packs(20, workshop.pack, workshop.moq)
    return purchasing.draft(BUYER, supplier.id, shop.WAREHOUSES[0].code, [Wanted(sku, units) for sku in skus], at=at)


def _sent(supplier: Supplier, skus: list[str], workshop: Workshop, at: datetime) -> PurchaseView:
    made = _drafted(supplier, skus, workshop, at)
    return purchase_sending.hand_over(BUYER, made.row.number, version=made.row.version, at=at)
