"""The parcels of an order as its page shows them: what each holds, where it stands, where it goes next."""

from dataclasses import dataclass

from oms_app.domain import parcels
from oms_app.domain.lifecycle import FLOW, LIFECYCLE, Stage
from oms_app.domain.orders import OrderView, ParcelView
from oms_app.domain.parcels import CLOSED, WAITING, Box


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """A box of the order."""

    title: str
    status: str
    text: str
    id: int = 0
    holds: str = ""
    next: str = ""
    next_title: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A line with units that can go into another parcel."""

    id: int
    sku: str
    name: str
    units: int


def rows(order: OrderView) -> list[ParcelRow]:
    """Every parcel; those of a split order with their content and their next stage."""
    skus = {line.id: line.sku for line in order.lines}
    return [_row(order, place, parcel, skus) for place, parcel in enumerate(order.parcels, 1)]


def choices(order: OrderView) -> list[tuple[str, str]]:
    """(id, words) of the parcels of a split order that are not packed."""
    named = enumerate(order.parcels if order.split else (), 1)
    return [(str(parcel.id), f"Parcel {place}") for place, parcel in named if parcel.status not in CLOSED]


def divisible(order: OrderView) -> list[SplitRow]:
    """Lines with units that are not packed."""
    return [
        SplitRow(line.id, line.sku, line.name, units)
        for line in order.lines
        if (units := line.quantity - line.cancelled - line.packed) > 0
    ]


def shipped(order: OrderView) -> list[SplitRow]:
    """Lines with units that have left."""
    return [SplitRow(line.id, line.sku, line.name, line.shipped) for line in order.lines if line.shipped]


def _row(order: OrderView, place: int, parcel: ParcelView, skus: dict[int, str]) -> ParcelRow:
    weight = f"{parcel.weight_g:,} g" if parcel.weight_g else ""
    following = _next(order, parcel) if order.split else None
    waits = "waits for stock" if parcel.status == WAITING else parcel.status
    return ParcelRow(
        f"Parcel {place}",
        waits,
        " · ".join(filter(None, (weight, parcel.courier, parcel.awb and f"AWB {parcel.awb}"))),
        id=parcel.id,
        holds=", ".join(f"{units} × {skus[line_id]}" for line_id, units in parcel.lines) if order.split else "",
        next=following or "",
        next_title=LIFECYCLE[following].title if following else "",
        open=parcel.status not in CLOSED,
    )


def _next(order: OrderView, parcel: ParcelView) -> Stage | None:
    """The stage after the one a parcel is in; a parcel that waits stays until its units have come."""
    if parcel.status == WAITING and order.shortfall:
        return None
    stage = parcels.standing(Box(parcel.id, parcel.status, {}))
    return FLOW[FLOW.index(stage) + 1] if stage is not FLOW[-1] else None
