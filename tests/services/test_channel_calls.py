"""What was called is logged as it goes, and a channel that answers now and then is not one that does not answer."""

from functools import partial

import httpx
import pytest
from sqlalchemy import func, select

from oms_app.db.engine import reading
from oms_app.db.queries import channels as links
from oms_app.db.tables.channels import ChannelCall
from oms_app.domain.errors import Unavailable
from oms_app.integrations.http import Http
from oms_app.services import channel_calls
from tests.contract.corner_shop import CornerShop
from tests.services.test_intake import corner  # noqa: F401

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, corner: CornerShop) -> list[int]:  # noqa: F811
    """What the channel answers, one after the other."""
    said: list[int] = []
    transport = httpx.MockTransport(lambda _request: httpx.Response(said.pop(0)))
    monkeypatch.setattr(channel_calls, "Http", partial(Http, transport=transport))
    return said


def call(times: int) -> None:
    with reading() as tx:
        link = links.link_named(tx, "corner")
    with channel_calls.line(link) as (_, http):
        for _ in range(times):
            http.call("GET", "https://corner.example/orders")


def failures() -> int:
    with reading() as tx:
        link = links.link_named(tx, "corner")
        assert link is not None
        return int(link.failures)


def test_one_that_fails_at_once_rests_longer_each_time_and_one_that_went_well_does_not(answers: list[int]) -> None:
    for tries in (1, 2, 3):
        answers[:] = [200, 500]
        with pytest.raises(Unavailable):
            call(2)
        assert failures() == tries
    answers[:] = [200] * 7 + [500]
    with pytest.raises(Unavailable):
        call(8)
    assert failures() == 1
    answers[:] = [200]
    call(1)
    assert failures() == 0


def test_every_call_of_a_long_walk_is_logged(answers: list[int]) -> None:
    answers[:] = [200] * 230
    call(230)
    with reading() as tx:
        assert tx.scalar(select(func.count()).select_from(ChannelCall.__table__)) == 230  # type: ignore[attr-defined]
