"""Bins: shelves of a location by the code on their label."""

from dataclasses import dataclass

from oms_app.domain.errors import Malformed

LONGEST = 40


@dataclass(frozen=True, slots=True)
class BinRow:
    """A bin, how many products are found in it, and the first of their SKUs."""

    code: str
    products: int
    skus: tuple[str, ...]


def check_code(text: str) -> str:
    """A bin's code. Raises Malformed."""
    code = text.strip()
    if not 0 < len(code) <= LONGEST or not code.isprintable() or "," in code:
        raise Malformed(f"A bin's code has 1 to {LONGEST} characters, no comma.", details={"field": "bin"})
    return code
