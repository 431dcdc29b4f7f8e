"""Rooms of sessions: one that is gone before it has entered is no error."""

import asyncio

import pytest
import socketio

from oms_app.state import live


@pytest.fixture
def namespace(monkeypatch: pytest.MonkeyPatch) -> socketio.AsyncNamespace:
    """A real namespace of a real server that nobody is connected to."""
    server, made = socketio.AsyncServer(async_mode="asgi"), socketio.AsyncNamespace("/")
    server.register_namespace(made)
    monkeypatch.setattr(live, "_namespaces", [made])
    return made


def test_a_session_that_is_gone_enters_nothing(namespace: socketio.AsyncNamespace) -> None:
    with pytest.raises((KeyError, ValueError)):
        asyncio.run(namespace.enter_room("gone", "board"))
    asyncio.run(live.enter("gone", "board"))
    assert live.is_empty("board")
