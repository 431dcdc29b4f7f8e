"""Percentiles of durations from counts in log-spaced buckets. docs/algorithms/percentiles.md has worked numbers.

A bucket is 26 % wide and keeps how many durations fell into it and their sum. A percentile is read between the
buckets' means, and never leaves the bucket that holds its rank: it is off by less than 26 %, and exact where all
durations of a bucket are equal.
"""

from bisect import bisect_right
from collections.abc import Mapping

EDGES = tuple(round(60 * 2 ** (step / 3)) for step in range(50))
"""Bucket k holds durations from EDGES[k-1] up to, not including, EDGES[k], in seconds: one minute to 57 days."""

MINUTE, HOUR, DAY = 60, 3600, 86_400


def bucket(seconds: int) -> int:
    """Index of the bucket of a duration: 0 below a minute, len(EDGES) from 57 days on."""
    return bisect_right(EDGES, seconds)


def percentile(histogram: Mapping[int, tuple[int, int]], share: float) -> int | None:
    """The duration in seconds below which `share` of all durations lie; None where there are none.

    histogram  bucket → (how many, their sum in seconds)        share  between 0 and 1
    """
    centroids = [(slot, many, total / many) for slot, (many, total) in sorted(histogram.items()) if many > 0]
    if not centroids:
        return None
    rank = share * sum(many for _, many, _ in centroids)
    below = 0.0
    points: list[tuple[float, float]] = []
    holder = centroids[-1][0]
    for slot, many, mean in centroids:
        points.append((below + many / 2, mean))
        if below < rank <= below + many:
            holder = slot
        below += many
    return round(_clamp(_between(points, rank), holder, centroids))


def show(seconds: int | None) -> str:
    """A duration in its two largest units: 2 d 4 h, 3 h 20 min, 45 min, 30 s; an en dash where there is none."""
    if seconds is None:
        return "–"
    for size, unit, part_size, part_unit in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min")):
        if seconds >= size:
            whole, part = divmod(round(seconds / part_size) * part_size, size)
            return f"{whole} {unit} {part // part_size} {part_unit}" if part else f"{whole} {unit}"
    return f"{seconds // MINUTE} min" if seconds >= MINUTE else f"{seconds} s"


def _between(points: list[tuple[float, float]], rank: float) -> float:
    """Straight line between the two bucket means whose middle ranks enclose `rank`."""
    if rank <= points[0][0]:
        return points[0][1]
    for (left_rank, left), (right_rank, right) in zip(points, points[1:], strict=False):
        if rank <= right_rank:
            return left + (right - left) * (rank - left_rank) / (right_rank - left_rank)
    return points[-1][1]


def _clamp(value: float, slot: int, centroids: list[tuple[int, int, float]]) -> float:
    """Keep the value inside the bucket; the open last bucket ends at its own mean or beyond."""
    low = EDGES[slot - 1] if slot else 0
    high = EDGES[slot] - 1 if slot < len(EDGES) else max(value, centroids[-1][2])
    return min(max(value, low), high)
