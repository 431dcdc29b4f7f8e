"""Recorded payments: their kinds, what each does to an order's sums, and how much each role may give back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from oms_app.domain import money
from oms_app.domain.errors import Malformed, Refused
from oms_app.domain.orders import PaymentStatus, balance, payment_status
from oms_app.domain.permissions import MATRIX, Permission, Role

MOST = 10**12


class PaymentKind(StrEnum):
    """What a fact about money says."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    RELEASE = "release"
    REFUND = "refund"


class Method(StrEnum):
    """How money comes and goes."""

    UPI = "upi"
    CARD = "card"
    CASH = "cash"
    BANK = "bank"
    WALLET = "wallet"
    OTHER = "other"


RECORDED = (PaymentKind.CAPTURE, PaymentKind.AUTHORISE, PaymentKind.VOID)
"""What somebody records; a void takes back a promise first (a release), then a capture. Refunds stand apart."""

LIMITED = tuple(role for role in Role if role in MATRIX[Permission.REFUND_ORDERS] and role is not Role.ADMIN)
"""Roles whose refunds may have a limit."""

NORMAL_LIMITS: Mapping[str, int] = {Role.SERVICE: 200_000}
"""Minor units of the shop's currency, until somebody sets others."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The money of an order, minor units; `refunded_excess` went back because the order costs less than was paid."""

    total: int
    authorised: int
    captured: int
    refunded: int
    refunded_excess: int

    @property
    def owed(self) -> int:
        """What has not come yet."""
        return max(balance(self.total, self.captured, self.refunded_excess), 0)

    @property
    def kept(self) -> int:
        """Captured and not given back."""
        return self.captured - self.refunded

    @property
    def status(self) -> PaymentStatus:
        """Where the money stands."""
        return payment_status(
            self.total, self.captured, self.refunded, self.refunded_excess, authorised=self.authorised
        )


def record(sums: Sums, kind: PaymentKind, amount: int, currency: str) -> tuple[PaymentKind, Sums]:
    """What is written down, and the sums after it. Raises Malformed, or Refused with how much there could be."""
    if amount <= 0:
        raise Malformed("The amount must be more than zero.", details={"field": "amount"})
    match kind:
        case PaymentKind.AUTHORISE:
            _within(amount, sums.owed - sums.authorised, currency, "can still be authorised", "more_than_owed")
            return kind, replace(sums, authorised=sums.authorised + amount)
        case PaymentKind.CAPTURE:
            _within(amount, sums.owed, currency, "is still to be paid", "more_than_owed")
            left = max(sums.authorised - amount, 0)
            return kind, replace(sums, captured=sums.captured + amount, authorised=left)
        case PaymentKind.VOID if sums.authorised:
            _within(amount, sums.authorised, currency, "is authorised and can be voided", "more_than_authorised")
            return PaymentKind.RELEASE, replace(sums, authorised=sums.authorised - amount)
        case PaymentKind.VOID:
            _within(amount, sums.kept, currency, "can be voided", "more_than_captured")
            return kind, replace(sums, captured=sums.captured - amount)
    raise Malformed(f"A payment is one of {', '.join(RECORDED)}.")


def check_limit(limits: Mapping[str, int], role: Role, refunded: int, *, currency: str, shop_currency: str) -> None:
    """Raise Refused where an order's refunds would add up to more than this role may give back."""
    limit = limits.get(role)
    if limit is None:
        return
    if currency != shop_currency:
        raise Refused(f"Your limit is in {shop_currency}, this order in {currency}. Ask a manager.", code="over_limit")
    if refunded > limit:
        raise Refused(
            f"The role “{role}” refunds up to {money.show(limit, currency)} of an order. Ask a manager.",
            code="over_limit",
            details={"limit": money.to_major(limit, currency)},
        )


def read_limits(kept: Any) -> Mapping[str, int]:
    """The limits as they were written, by role."""
    return NORMAL_LIMITS if kept is None else {str(role): int(limit) for role, limit in kept.items()}


def write_limits(wanted: Mapping[str, int]) -> dict[str, int]:
    """The limits as they are kept. Raises Malformed."""
    for role, limit in wanted.items():
        if role not in LIMITED or not 0 <= limit <= MOST:
            raise Malformed(f"There is no such limit for the role “{role}”.", details={"field": role})
    return {str(role): limit for role, limit in wanted.items()}


def _within(amount: int, most: int, currency: str, words: str, code: str) -> None:
    if amount > most:
        raise Refused(f"Only {money.show(max(most, 0), currency)} {words}.", code=code)
