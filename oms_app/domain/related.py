"""Orders that have to do with another one: made from it, or on their way to the same address."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

MERGED = "Merged into order "
"""How the reason begins for which an order is cancelled that came into another one."""

MERGED_WITH = "Merged with order "
"""How the reason begins for which that other one is changed."""

TO_ORDER, FROM_ORDER = "to order ", "from order "
"""How the references begin of the refund and of the capture by which a merge moves money."""


class LinkKind(StrEnum):
    """Why an order was made from another one."""

    CLONE = "clone"
    RESEND = "resend"


@dataclass(frozen=True, slots=True)
class Related:
    """Numbers of orders. `original` and its `kind` are empty for an order made from none.

    copies        (number, kind) of the orders made from this one
    same_address  other orders of the buyer that are still in the building and go to the same address
    """

    original: str = ""
    kind: str = ""
    copies: tuple[tuple[str, str], ...] = ()
    same_address: tuple[str, ...] = ()


def doorstep(address: Any) -> tuple[str, ...]:
    """What makes two addresses (drafts, views or rows) the same place, however they are spelt."""
    given = (address.line1, address.line2, address.city, address.postal_code, address.country)
    return tuple(_letters(part) for part in given)


@lru_cache(maxsize=4_096)
def _letters(part: str) -> str:
    return "".join(char for char in part.lower() if char.isalnum())
