"""A difference that somebody leaves as it is stays out of the way, until it reads otherwise or is gone."""

import pytest
from sqlalchemy import text

from oms_app.db.engine import reading
from oms_app.domain.errors import Forbidden, Malformed, NotFound
from oms_app.domain.permissions import Role
from oms_app.domain.reconciliation import DifferenceKind as K
from oms_app.services import reconciliation, reconciliation_accepted
from oms_app.services.reconciliation_accepted import accept, reconsider
from tests import make
from tests.services.test_reconciliation import Ledger, corner, found, pull, reconcile  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def difference(corner: Ledger) -> int:  # noqa: F811
    """An order of the channel's that differs in a line; what it is found as."""
    corner.sells("C1", (make.product(on_hand=9), 3))
    pull()
    corner.orders_by_id["C1"]["lines"][0]["units"] = 2
    assert found() == {"C1": K.LINES}
    [one] = reconciliation.differences(make.ADMIN, "corner")
    return one.id


def test_it_is_no_difference_until_it_reads_otherwise(difference: int, corner: Ledger) -> None:  # noqa: F811
    accept(make.ADMIN, difference, " Agreed with  the buyer ")
    [stays] = reconciliation_accepted.page(make.ADMIN, "corner")
    assert (stays.kind, stays.reason, stays.by) == (K.LINES, "Agreed with the buyer", make.ADMIN.name)
    standing = reconcile()
    assert (standing.differences, standing.accepted) == (0, 1)
    assert ", 0 differences, 1 accepted, compared " in reconciliation.sentence(standing)
    corner.orders_by_id["C1"]["lines"][0]["units"] = 1
    assert found() == {"C1": K.LINES}
    [now] = reconciliation.differences(make.ADMIN, "corner")
    accept(make.ADMIN, now.id, "So be it")
    assert found() == {}
    [stays] = reconciliation_accepted.page(make.ADMIN, "corner")
    assert (stays.said, stays.reason) == (now.said, "So be it")


def test_what_is_gone_is_not_accepted_for_ever(difference: int, corner: Ledger) -> None:  # noqa: F811
    accept(make.ADMIN, difference, "For now")
    corner.orders_by_id["C1"]["lines"][0]["units"] = 3
    assert reconcile().accepted == 0
    corner.orders_by_id["C1"]["lines"][0]["units"] = 2
    assert found() == {"C1": K.LINES}


def test_it_outlives_an_order_that_cannot_be_read_for_a_while(difference: int, corner: Ledger) -> None:  # noqa: F811
    accept(make.ADMIN, difference, "Agreed with the buyer")
    corner.orders_by_id["C1"]["status"] = "puzzled"
    assert found() == {"C1": K.UNREADABLE}
    corner.orders_by_id["C1"]["status"] = "open"
    assert found() == {}


def test_somebody_may_look_at_it_again(difference: int) -> None:
    accept(make.ADMIN, difference, "For now")
    [stays] = reconciliation_accepted.page(make.ADMIN, "corner")
    reconsider(make.ADMIN, stays.id)
    assert found() == {"C1": K.LINES}
    with pytest.raises(NotFound):
        reconsider(make.ADMIN, stays.id)
    with reading() as tx:
        kinds = set(tx.scalars(text("SELECT kind FROM event WHERE subject = 'channel'")))
    assert {"difference_accepted", "difference_reconsidered"} <= kinds


def test_a_reason_and_the_right_are_asked_for(difference: int) -> None:
    with pytest.raises(Malformed, match="why"):
        accept(make.ADMIN, difference, "  ")
    with pytest.raises(Forbidden):
        accept(make.actor(Role.MANAGER), difference, "For now")
    accept(make.ADMIN, difference, "For now")
    with pytest.raises(NotFound):
        accept(make.ADMIN, difference, "Twice")
    [stays] = reconciliation_accepted.page(make.ADMIN, "corner")
    with pytest.raises(Forbidden):
        reconsider(make.actor(Role.MANAGER), stays.id)
