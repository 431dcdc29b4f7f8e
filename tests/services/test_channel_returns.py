"""A return that a buyer asks for on a channel is seen on the order, each state of it once."""

import pytest

from tests import make
from tests.contract.corner_shop import CornerShop
from tests.services.test_intake import corner, ours, pull  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


def test_it_is_noted_with_its_articles_and_each_state_once(corner: CornerShop) -> None:  # noqa: F811
    sku = make.product(on_hand=9)
    corner.sells("C1", (sku, 2))
    pull()
    for minute, status in enumerate(("requested", "requested", "closed"), 1):
        corner.changes("C1", minute=minute, returns={"9": status})
        pull()
    assert [note.body for note in ours("C1").notes] == [
        f"Return 9-R1 on the channel: requested. 1 × {sku}. Too small",
        f"Return 9-R1 on the channel: closed. 1 × {sku}. Too small",
    ]
    assert ours("C1").holds == ()
