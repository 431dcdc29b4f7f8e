"""Stock as a sheet: rows somebody types new numbers into, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from oms_app.domain.errors import Malformed

MOST_ROWS = 1_000
STEPS_BACK = 20
"""How many saved sheets can be taken back."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A level in the sheet."""

    sku: str
    name: str
    on_hand: int
    reserved: int
    location_id: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A number somebody changed: what they saw, and what lies there."""

    sku: str
    seen: int
    counted: int


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a sheet: (SKU, difference) of what changed, (SKU, sentence) of what was refused."""

    changed: tuple[tuple[str, int], ...]
    refused: tuple[tuple[str, str], ...]


def check_edits(edits: Sequence[Edit]) -> None:
    """Raise Malformed where a sheet cannot be saved."""
    if len(edits) > MOST_ROWS:
        raise Malformed(f"A sheet has at most {MOST_ROWS:,} rows.", details={"field": "rows"})
    if wrong := [edit.sku for edit in edits if edit.counted < 0]:
        raise Malformed(f"{wrong[0]}: fewer than none cannot lie there.", details={"field": "counted"})
