"""Percentiles of durations, with the worked numbers of docs/algorithms/percentiles.md."""

import random
import re
from pathlib import Path

import pytest

from oms_app.domain import durations


def histogram(seconds: list[int]) -> dict[int, tuple[int, int]]:
    """Counts and sums by bucket."""
    found: dict[int, tuple[int, int]] = {}
    for each in seconds:
        many, total = found.get(durations.bucket(each), (0, 0))
        found[durations.bucket(each)] = (many + 1, total + each)
    return found


def test_nothing_has_no_percentile():
    assert durations.percentile({}, 0.5) is None


def test_equal_durations_are_exact():
    assert durations.percentile(histogram([7_000] * 50), 0.5) == 7_000
    assert durations.percentile(histogram([7_000] * 50), 0.9) == 7_000


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("seed", range(5))
def test_a_percentile_is_within_26_per_cent_of_the_exact_one_and_mostly_much_closer(share: float, seed: int):
    chance = random.Random(seed)
    values = sorted(int(chance.lognormvariate(9, 1.2)) for _ in range(2_000))
    exact = values[round(share * len(values)) - 1]
    found = durations.percentile(histogram(values), share)
    assert found == pytest.approx(exact, rel=0.05)


def test_the_error_bound_holds_for_lumps():
    chance = random.Random(7)
    for _ in range(300):
        lumps = [int(60 * 2 ** chance.uniform(0, 14)) for _ in range(chance.randint(1, 4))]
        values = sorted(chance.choice(lumps) for _ in range(chance.randint(1, 60)))
        for share in (0.5, 0.9):
            exact = values[max(-(-int(share * 1000) * len(values) // 1000) - 1, 0)]
            assert durations.percentile(histogram(values), share) == pytest.approx(exact, rel=0.27)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (0, "0 s"),
        (59, "59 s"),
        (61, "1 min"),
        (3_600, "1 h"),
        (7_800, "2 h 10 min"),
        (86_399, "24 h"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_duration_reads_in_its_two_largest_units(seconds: int | None, shown: str):
    assert durations.show(seconds) == shown


def test_the_worked_numbers_of_the_docs():
    page = (Path(__file__).parents[2] / "docs/algorithms/percentiles.md").read_text()
    waited = [int(each) for each in re.search(r"in seconds:\s+([\d ]+)", page)[1].split()]
    written = re.findall(r"\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", page)
    rows = [tuple(int(each) for each in row) for row in written]
    found = histogram(waited)
    edges = durations.EDGES
    assert rows == [(edges[k - 1], edges[k], n, total, total // n) for k, (n, total) in sorted(found.items())]
    median, upper = (int(each) for each in re.findall(r"\*\*(\d+) s\*\*", page))
    assert durations.percentile(found, 0.5) == median
    assert durations.percentile(found, 0.9) == upper
