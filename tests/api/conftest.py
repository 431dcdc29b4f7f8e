"""An API to call, as a role."""

from collections.abc import Callable, Iterator

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from oms_app.api.routes import app
from tests import make
from tests.api.client import Client

As = Callable[[str], Client]


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """An event loop in a thread."""
    with start_blocking_portal() as opened:
        yield opened


@pytest.fixture
def shop(database: str) -> str:
    """An empty shop with the channel `manual` and the location MAIN; its value is the dialect's name."""
    make.shop()
    return database


@pytest.fixture
def as_role(shop: str, portal: BlockingPortal) -> As:
    """A client whose token has this role."""
    return lambda role: Client(portal, app, make.token(role).headers)


@pytest.fixture
def api(as_role: As) -> Client:
    """A client that may do everything."""
    return as_role("admin")


@pytest.fixture
def stranger(shop: str, portal: BlockingPortal) -> Client:
    """A client without a token."""
    return Client(portal, app, {})
