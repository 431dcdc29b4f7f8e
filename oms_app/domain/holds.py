"""Why an order waits: the kinds of holds, who handles which, and a row of their queues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oms_app.domain.permissions import Role


class HoldKind(StrEnum):
    """What kind of work a hold is; each is a queue."""

    ADDRESS = "address"
    PAYMENT = "payment"
    FRAUD = "fraud"
    STOCK = "stock"
    SKU = "sku"
    COD = "cod"
    DUPLICATE = "duplicate"
    CUSTOMER = "customer"
    MANUAL = "manual"


K = HoldKind
TITLES: Mapping[HoldKind, str] = {
    K.ADDRESS: "Address",
    K.PAYMENT: "Payment",
    K.FRAUD: "Fraud review",
    K.STOCK: "Stock",
    K.SKU: "Unknown SKU",
    K.COD: "COD confirmation",
    K.DUPLICATE: "Duplicate",
    K.CUSTOMER: "Customer request",
    K.MANUAL: "Other",
}
"""The queues in the order they are shown."""

_ONLY: Mapping[Role, frozenset[HoldKind]] = {
    Role.INVENTORY: frozenset({K.STOCK, K.SKU}),
    Role.SERVICE: frozenset({K.CUSTOMER, K.ADDRESS, K.COD}),
}


@dataclass(frozen=True, slots=True)
class Held:
    """An open hold in its queue. Address and phone are masked for who may not see customers.

    check    the check that opened it, empty where somebody did     skus  those the shop does not know
    country  ISO 3166-1 alpha-2                                     total in minor units of `currency`
    """

    id: int
    kind: HoldKind
    check: str
    reason: str
    fix: str
    until: datetime | None
    opened_by: str
    opened_at: datetime
    number: str
    channel: str
    channel_title: str
    customer: str
    phone: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    total: int
    currency: str
    skus: tuple[str, ...] = ()


def handles(role: Role) -> frozenset[HoldKind]:
    """The kinds of holds a role opens and releases, once it may handle holds at all."""
    return _ONLY.get(role, frozenset(HoldKind))
