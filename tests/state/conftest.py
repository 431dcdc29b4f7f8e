"""A shop to act in."""

import pytest

from tests import make


@pytest.fixture
def shop(database: str) -> str:
    """An empty shop with the channel `manual` and the location MAIN; its value is the dialect's name."""
    make.shop()
    return database
