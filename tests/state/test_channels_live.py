"""The cards of channels are read again when something of them happens, and when only time has passed."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from oms_app.domain.orders import EventView
from oms_app.state import channels, live


def happened(subject: str, order_id: int | None = None) -> EventView:
    """An event of something."""
    return EventView(1, "changed", "tests", "test", {}, {}, "", datetime.now(UTC), order_id, subject)


@pytest.mark.parametrize(
    ("burst", "asks"),
    [
        ([happened("channel"), happened("order", 7)], 1),
        ([], 1),
        ([happened("product")], 0),
    ],
)
def test_open_cards_are_read_again_once_for_a_burst(
    monkeypatch: pytest.MonkeyPatch, burst: list[EventView], asks: int
) -> None:
    asked: list[str] = []

    async def ask(room: str, _handler: Any) -> None:
        asked.append(room)

    async def twice() -> None:
        await channels.tell_readers(burst)
        await channels.tell_readers(burst)
        await asyncio.sleep(0.05)

    monkeypatch.setattr(live, "is_empty", lambda room: room != channels.ROOM)
    monkeypatch.setattr(live, "ask", ask)
    monkeypatch.setattr(channels, "EVERY_S", 0.0)
    asyncio.run(twice())
    assert asked == [channels.ROOM] * asks
