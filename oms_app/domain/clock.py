"""Instants and order ids.

An order's id is its placement second and a tie-break, so that the primary key, every keyset page and the
text index run in placement order: newest first is simply the highest id first. See docs/decisions/.
"""

from datetime import UTC, datetime, tzinfo

_TIE_BITS = 20
TIE_SPAN = 1 << _TIE_BITS


def order_id(placed_at: datetime, tie: int) -> int:
    """Id of an order placed at that moment; `tie` (taken modulo 2**20) tells apart those of one second.

    Fits 53 bits until the year 2242, so that JSON numbers keep it whole.
    """
    return max(int(placed_at.timestamp()), 0) << _TIE_BITS | tie % TIE_SPAN


def order_id_at(ms: int, tie: int) -> int:
    """The same for a moment in milliseconds since 1970."""
    return max(ms // 1000, 0) << _TIE_BITS | tie % TIE_SPAN


def first_id(moment: datetime) -> int:
    """The lowest id an order placed at or after `moment` can have (to the second)."""
    return max(int(moment.timestamp()), 0) << _TIE_BITS


def placed_second(order_id: int) -> int:
    """Seconds since 1970 at which the order with this id was placed."""
    return order_id >> _TIE_BITS


def offsets(zone: tzinfo, first: int, last: int) -> list[tuple[int, int]]:
    """How far the clocks of a zone are ahead of UTC between two moments (seconds since 1970).

    Returns (until, offset in seconds) in order: the offset holds before `until`; the last one holds on.
    """
    found, here, step = [], first, 7 * 86_400
    while here <= last:
        now, then = _offset(zone, here), _offset(zone, here + step)
        if now != then:
            low, high = here, here + step
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == now else (low, middle)
            found.append((high, now))
        here += step
    return [*found, (last + 1, _offset(zone, max(here, first)))]


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return round(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """The UTC moment of `to_ms`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def rfc3339(moment: datetime) -> str:
    """The moment as machines exchange it: 2026-11-23T08:35:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _offset(zone: tzinfo, second: int) -> int:
    shift = datetime.fromtimestamp(second, zone).utcoffset()
    return int(shift.total_seconds()) if shift else 0
