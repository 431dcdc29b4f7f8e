"""What one demo order looks like: who buys what, on which channel, at what discount, and how they pay."""

from bisect import bisect
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from random import Random
from string import ascii_letters, digits

from oms_app.demo import shop
from oms_app.demo.catalogue import ARTICLES, BY_SKU, GIFT_BOXES
from oms_app.demo.people import Person, person
from oms_app.demo.shop import CHANNELS, Channel
from oms_app.domain.money import MICROS
from oms_app.domain.orders import CustomerDraft, LineDraft, OrderDraft, PaymentMethod

B2B = 0.08
FREE_FROM, SHIPPING, COD_FEE = 99_900, 7_900, 4_000
"""Paise: shipping is free from the first, else the second; cash on delivery costs the third."""

_SHARES = tuple(accumulate(article.popularity for article in ARTICLES))
_GIFT_NOTES = (
    "Please gift-wrap and leave out the invoice.",
    "It's a birthday gift: please add a handwritten card.",
    "Wedding gift. Kindly pack with care.",
)
_NOTES = (
    "Please call before delivery.",
    "Leave with security if nobody is home.",
    "Needed before the weekend, please.",
    "Deliver after 6 pm only.",
    "Same shade as in the photo, please.",
)


@dataclass(frozen=True, slots=True)
class Sale:
    """An order and how it is paid: `pays` is cod, full, part (half in advance) or late (not yet)."""

    draft: OrderDraft
    person: Person
    channel: Channel
    placed_at: datetime
    pays: str
    method: str
    subtotal: int

    @property
    def weight_g(self) -> int:
        """Grams of the packed parcel."""
        return 120 + sum(BY_SKU[line.sku].weight_g * line.quantity for line in self.draft.lines)


@dataclass(slots=True)
class Buyers:
    """Who has bought before: people come back to the channel they know."""

    known: dict[str, list[Person]] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    counted: int = 0

    def next(self, rng: Random, channel: Channel, *, firm: bool) -> Person:
        """The next buyer: somebody who comes back, or somebody new."""
        pool = self.known.setdefault(f"{channel.name}{' b2b' if firm else ''}", [])
        if pool and rng.random() < (0.6 if firm else 0.3):
            # Those who came lately come again more often.
            buyer = pool[min(int(rng.triangular(0, len(pool), len(pool))), len(pool) - 1)]
        else:
            self.counted += 1
            buyer = person(rng, self.counted, firm=firm)
            pool.append(buyer)
        self.orders[buyer.email] = self.orders.get(buyer.email, 0) + 1
        return buyer


def sale(rng: Random, buyers: Buyers, number: int, placed_at: datetime, *, festive: bool = False) -> Sale:
    """One order; `number` counts the shop's orders and makes the channel's own number."""
    firm = rng.random() < B2B
    channel = rng.choices(CHANNELS, [each.share for each in CHANNELS])[0]
    if firm and channel.name == "wix":
        channel = CHANNELS[-1]
    buyer = buyers.next(rng, channel, firm=firm)
    gift = not firm and rng.random() < 0.07
    lines = _gift_box(rng) if gift and rng.random() < 0.4 else _lines(rng, firm=firm)
    subtotal = sum(BY_SKU[line.sku].price * 100 * line.quantity for line in lines)
    cod = not firm and subtotal < 1_500_000 and rng.random() < channel.cod
    pays, method = ("cod", "cash") if cod else _payment(rng, channel, firm=firm)
    draft = OrderDraft(
        channel=channel.name,
        external_id=external_id(rng, channel.name, number),
        placed_at=placed_at,
        customer=CustomerDraft(buyer.name, buyer.email, buyer.phone),
        ship_to=buyer.address,
        gstin=buyer.gstin,
        payment_method=PaymentMethod.COD if cod else PaymentMethod.PREPAID,
        shipping=(0 if subtotal >= FREE_FROM else SHIPPING) + (COD_FEE if cod else 0),
        discount=_discount(rng, subtotal, firm=firm, festive=festive),
        lines=lines,
        note=_note(rng, gift=gift),
        tags=_tags(rng, buyers, buyer, lines, subtotal, gift=gift, festive=festive),
    )
    return Sale(draft, buyer, channel, placed_at, pays, method, subtotal)


def reference(rng: Random, method: str) -> str:
    """The payment's number as its provider writes it."""
    if method in ("upi", "bank"):
        return f"{rng.randint(3, 6)}{rng.randrange(10**11):011d}"
    if method == "cash":
        return f"REMIT-{rng.randint(10_000, 99_999)}"
    return "pay_" + "".join(rng.choices(ascii_letters + digits, k=14))


def _lines(rng: Random, *, firm: bool) -> tuple[LineDraft, ...]:
    count = rng.randint(2, 5) if firm else rng.choices((1, 2, 3, 4), (54, 28, 12, 6))[0]
    skus = {ARTICLES[bisect(_SHARES, rng.randrange(_SHARES[-1]))].sku for _ in range(count)}
    return tuple(
        _line(sku, rng.choice((2, 3, 4, 5, 6, 6, 8, 10)) if firm else rng.choices((1, 2, 3), (86, 11, 3))[0])
        for sku in sorted(skus)
    )


def _gift_box(rng: Random) -> tuple[LineDraft, ...]:
    return (_line(rng.choice(GIFT_BOXES).sku, rng.choices((1, 2), (85, 15))[0]),)


def _line(sku: str, quantity: int) -> LineDraft:
    return LineDraft(sku=sku, quantity=quantity, unit_price_micros=BY_SKU[sku].price * MICROS)


def _payment(rng: Random, channel: Channel, *, firm: bool) -> tuple[str, str]:
    if firm:
        return rng.choices(("full", "part", "late"), (62, 26, 12))[0], "bank"
    methods = ("upi", "card", "wallet", "bank")
    method = "other" if channel.name == "amazon" else rng.choices(methods, (62, 22, 8, 8))[0]
    return ("late" if channel.name == "phone" and rng.random() < 0.18 else "full"), method


def external_id(rng: Random, channel: str, number: int) -> str | None:
    """The channel's own number of the shop's order `number`."""
    match channel:
        case "shopify":
            return str(5_904_217_000_000 + number * 32_768 + rng.randrange(32_768))
        case "amazon":
            return f"40{rng.randint(2, 8)}-{(number + 1) * 7_654_321 % 10**7:07d}-{rng.randrange(10**7):07d}"
        case "woocommerce":
            return str(21_000 + number)
        case "wix":
            return str(10_000 + number)
    return None


def _discount(rng: Random, subtotal: int, *, firm: bool, festive: bool) -> int:
    if firm:
        return subtotal * 12 // 100
    return subtotal // 10 if rng.random() < (0.34 if festive else 0.16) else 0


def _note(rng: Random, *, gift: bool) -> str:
    if gift:
        return rng.choice(_GIFT_NOTES)
    return rng.choice(_NOTES) if rng.random() < 0.05 else ""


def _tags(
    rng: Random,
    buyers: Buyers,
    buyer: Person,
    lines: tuple[LineDraft, ...],
    subtotal: int,
    *,
    gift: bool,
    festive: bool,
) -> tuple[str, ...]:
    wanted = {
        "wholesale": bool(buyer.firm),
        "vip": not buyer.firm and (buyers.orders[buyer.email] >= 4 or subtotal >= 1_200_000),
        "gift": gift,
        "fragile": any(BY_SKU[line.sku].fragile for line in lines),
        "festive": festive and rng.random() < 0.5,
        "express": not buyer.firm and rng.random() < 0.04,
    }
    return tuple(tag for tag, there in wanted.items() if there)


ARRIVALS = {channel.name: shop.system(channel.title, "demo") for channel in CHANNELS}
"""Who brings a channel's orders and payments in."""
