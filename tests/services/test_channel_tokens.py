"""Tokens that a vendor renews are kept, sealed, and renewed once however many notice that they ran out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import channels as rows
from oms_app.integrations.sandbox.server import serving
from oms_app.integrations.sandbox.shop import Shop
from oms_app.integrations.sandbox.shopify import ShopifySandbox
from oms_app.services import channel_calls, channels
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def store(shop: str) -> Iterator[ShopifySandbox]:
    """A connected store, of which our shop has client ID and secret only."""
    sandbox = ShopifySandbox(Shop())
    with serving(sandbox) as server:
        given = {"shop": server.address, "client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}
        channels.connect(make.ADMIN, kind="shopify", name="store", currency="INR", settings=given)
        yield sandbox


def kept() -> dict[str, str]:
    """The channel's secrets as they are kept."""
    with transaction() as tx:
        return channel_calls.connection(rows.link_named(tx, "store")).secrets


def test_a_token_that_was_asked_for_is_kept_and_asked_for_once(store: ShopifySandbox) -> None:
    assert [channels.test(make.ADMIN, "store") for _ in range(2)] == ["Sandbox Handlooms"] * 2
    assert (store.access.given, kept()["access_token"]) == (1, store.access.access_token)
    assert kept()["client_secret"] == "sandbox-client-secret"
    with transaction() as tx:
        link = rows.link_named(tx, "store")
        assert link
        logged = [tuple(each) for each in rows.calls(tx, link.channel_id, below=None, failed=False, limit=9)]
    shown = repr((tuple(link), channels.linked(make.ADMIN), logged))
    assert store.access.access_token not in shown
    assert "sandbox-client-secret" not in shown


def test_a_token_that_ran_out_is_renewed_once_by_all_who_notice(store: ShopifySandbox) -> None:
    channels.test(make.ADMIN, "store")
    given = {"refresh_token": store.access.refresh_token, "shop": channels.linked(make.ADMIN)[0].settings["shop"]}
    channels.change(make.ADMIN, "store", {**given, "client_id": "sandbox-client"})
    store.access.expire()
    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda _: channels.test(make.ADMIN, "store"), range(4)))
    assert names == ["Sandbox Handlooms"] * 4
    assert store.access.given == 2
    assert (kept()["access_token"], kept()["refresh_token"]) == (
        store.access.access_token,
        store.access.refresh_token,
    )
