"""Whatever is done in whatever sequence: stock, money, parcels, rollups and the text index always add up."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.stock_acts import Shop, everything_is_counted


@pytest.mark.slow
def test_no_sequence_of_acts_breaks_anything(database: str) -> None:
    """A few of the sequences; `tests/load/sequences.py` tries 10,000."""
    run_state_machine_as_test(
        Shop,
        settings=settings(
            max_examples=20 if database == "sqlite" else 6,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    everything_is_counted()
