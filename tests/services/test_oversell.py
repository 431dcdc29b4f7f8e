"""Many want few units: each unit is reserved once, and everybody else stands in the queue."""

import pytest

from tests import make
from tests.load import oversell
from tests.load.oversell import Tally

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.slow]

ORDERS, UNITS = 400, 40
TRUE = Tally(placed=ORDERS, reserved=UNITS, queued=ORDERS - UNITS, lost=0, negative=0, drift=0)


def test_eight_threads_never_sell_a_unit_twice() -> None:
    sku = make.product(on_hand=UNITS)
    assert oversell.by_threads(sku, ORDERS, 8) == ORDERS
    assert oversell.tally(sku, ORDERS) == TRUE


def test_four_processes_never_sell_a_unit_twice() -> None:
    sku = make.product(on_hand=UNITS)
    assert oversell.by_processes(sku, ORDERS, 4) == ORDERS
    assert oversell.tally(sku, ORDERS) == TRUE
