"""A tab's states are emptied before another session sees them, wherever they are kept."""

import pytest

from oms_app.state.owner import may_be_anothers
from tests.conftest import use_settings


@pytest.mark.parametrize(
    ("redis", "kept", "emptied"),
    [
        ("", "", False),
        ("", "me", False),
        ("", "somebody else", True),
        ("redis://127.0.0.1:1", "", True),
        ("redis://127.0.0.1:1", "me", False),
        ("redis://127.0.0.1:1", "somebody else", True),
    ],
)
def test_states_without_an_owner_are_new_in_memory_only(
    monkeypatch: pytest.MonkeyPatch, sqlite: str, redis: str, kept: str, emptied: bool
) -> None:
    use_settings(monkeypatch, OMS_REDIS_URL=redis)
    assert may_be_anothers(kept, "me") is emptied
