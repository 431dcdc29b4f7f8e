"""The demo shop itself: the company, its channels, warehouses and team."""

from dataclasses import dataclass
from random import Random

from oms_app.domain.company import Bank, CompanyView, PlainAddress
from oms_app.domain.permissions import Actor, Role, system
from oms_app.domain.promises import Pickup, Place


@dataclass(frozen=True, slots=True)
class Channel:
    """Where orders come from: `share` of the orders, `cod` share of those paid on delivery."""

    name: str
    title: str
    kind: str
    share: int
    cod: float


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A place with stock: `share` of what is received."""

    code: str
    name: str
    city: str
    state: str
    postal_code: str
    share: float


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who signs in to look round."""

    role: Role
    name: str

    @property
    def email(self) -> str:
        """What they sign in with; `.example` belongs to nobody."""
        return f"{self.role}@demo.example"

    @property
    def actor(self) -> Actor:
        """The colleague at work, as the timeline shows it."""
        return Actor(name=self.email, role=self.role, source="demo")


SHOP = system("demo", "demo")
"""Who opens the shop and loads its history."""

CHANNELS = (
    Channel("shopify", "Shopify", "shopify", 38, 0.34),
    Channel("amazon", "Amazon", "amazon", 24, 0.44),
    Channel("woocommerce", "WooCommerce", "woocommerce", 15, 0.40),
    Channel("wix", "Wix", "wix", 11, 0.34),
    Channel("phone", "Phone", "manual", 12, 0.48),
)

WAREHOUSES = (
    Warehouse("BHW", "Bhiwandi", "Bhiwandi", "Maharashtra", "421302", 0.46),
    Warehouse("JAI", "Jaipur workshop", "Jaipur", "Rajasthan", "302029", 0.31),
    Warehouse("BLR", "Bengaluru", "Bengaluru", "Karnataka", "560057", 0.23),
)

CALLED = (
    ("amazon", "NK-KURTA-IND-M", "KUR-IND-M", 1),
    ("amazon", "NK-KURTA-IND-L", "KUR-IND-L", 1),
    ("amazon", "NK-TOWEL-WHT-4PK", "TWL-HON-WHT", 4),
    ("amazon", "NK-AGARBATTI-6PK", "AGR-SAN", 6),
    ("shopify", "diwali-gift-box", "GFT-DIW", 1),
    ("shopify", "tea-lovers-box", "GFT-TEA", 1),
    ("woocommerce", "dhurrie-4x6", "RUG-DHU-46", 1),
    ("wix", "neem-soap", "SOP-NEM", 1),
)
"""What a channel calls an article of ours, and how many units of it one of theirs is."""

PROMISED = {
    place.code: Place(pickups=(Pickup("India Post", 13 * 60), Pickup("Delhivery", 17 * 60))) for place in WAREHOUSES
}
"""When couriers come to each warehouse."""

TEAM = (
    Colleague(Role.ADMIN, "Meera Nambiar"),
    Colleague(Role.MANAGER, "Arjun Deshmukh"),
    Colleague(Role.INVENTORY, "Farida Khan"),
    Colleague(Role.WAREHOUSE, "Ganesh Pawar"),
    Colleague(Role.SERVICE, "Sneha Iyer"),
    Colleague(Role.ANALYST, "Tenzin Lhamo"),
)

COMPANY = CompanyView(
    legal_name="Neelkanti Crafts Private Limited (demo)",
    trade_name="Neelkanti",
    pan="AAZCN4271Q",
    email="hello@demo.example",
    phone="+912250000000",
    address=PlainAddress("Unit 7, Weavers' Compound", "Anjur Phata", "Bhiwandi", "Maharashtra", "421302"),
    bank=Bank("Neelkanti Crafts Private Limited", "000000012345", "DEMO0000001", "Demo Bank", "neelkanti@demo"),
)
GSTINS = ("27AAZCN4271Q1Z", "08AAZCN4271Q1Z", "29AAZCN4271Q1Z")
"""Registrations in the warehouses' States, without their check digit."""

_COURIERS = ("Delhivery", "Blue Dart", "DTDC", "Xpressbees", "Ekart", "India Post")


def colleague(role: Role) -> Actor:
    """Who works in that role."""
    return next(each.actor for each in TEAM if each.role is role)


def courier(rng: Random, channel: str, days_away: float) -> tuple[str, str]:
    """(courier, tracking number) of a parcel, the number in that courier's own form."""
    if channel == "amazon":
        return "Amazon Shipping", f"3{rng.randrange(10**11):011d}"
    weights = (34, 14, 16, 18, 12, 6) if days_away < 4 else (30, 12, 10, 0, 0, 48)
    name = rng.choices(_COURIERS, weights)[0]
    match name:
        case "Delhivery":
            return name, f"1490{rng.randrange(10**9):09d}"
        case "Blue Dart":
            return name, f"8{rng.randrange(10**10):010d}"
        case "DTDC":
            return name, f"D{rng.randrange(10**8):08d}"
        case "Xpressbees":
            return name, f"1432{rng.randrange(10**10):010d}"
        case "Ekart":
            return name, f"FMPC{rng.randrange(10**10):010d}"
    return name, _article_number(rng)


def _article_number(rng: Random) -> str:
    """A speed-post number of the Universal Postal Union's form S10: two letters, eight digits, check digit, IN."""
    digits = f"{rng.randrange(10**8):08d}"
    rest = 11 - sum(int(d) * w for d, w in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return f"E{rng.choice('AMX')}{digits}{ {10: 0, 11: 5}.get(rest, rest) }IN"
