"""A channel's owner lets us in on its own page: what comes back is good once, soon, for who asked, and signed."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from oms_app.api import channel_consent as api
from oms_app.db.engine import transaction
from oms_app.db.queries import channels as rows
from oms_app.domain.accounts import COOKIE
from oms_app.domain.errors import Forbidden, Refused, Unauthenticated
from oms_app.domain.permissions import Role
from oms_app.integrations.sandbox.server import Server, serving
from oms_app.integrations.sandbox.shop import Shop
from oms_app.integrations.sandbox.shopify import ShopifySandbox
from oms_app.services import channel_calls, channel_consent, channels, identity, sign_in, users
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def store(shop: str) -> Iterator[Server]:
    """A store that is connected, but has let nobody in yet."""
    with serving(ShopifySandbox(Shop())) as server:
        given = {"shop": server.address, "client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}
        channels.connect(make.ADMIN, kind="shopify", name="store", currency="INR", settings=given)
        yield server


def consented(page: str) -> dict[str, str]:
    """The owner looks at the page and installs the app; what the browser comes back with."""
    assert "write_inventory" in httpx.get(page).text
    answer = httpx.post(page)
    assert answer.status_code == 302
    found = urlsplit(answer.headers["location"])
    assert found.path == channel_consent.PATH
    return dict(parse_qsl(found.query))


def kept() -> dict[str, str]:
    """The channel's secrets as they are kept."""
    with transaction() as tx:
        return channel_calls.connection(rows.link_named(tx, "store")).secrets


def test_an_owner_lets_us_in_once(store: Server) -> None:
    page = channel_consent.begin(make.ADMIN, "store")
    asked = parse_qs(urlsplit(page).query)
    assert asked["redirect_uri"] == [channel_consent.back()]
    assert "sandbox-client-secret" not in page
    came = consented(page)
    assert channel_consent.finish(make.ADMIN, came) == "store"
    assert (kept()["access_token"], kept()["refresh_token"]) == ("sandbox-access-2", "sandbox-refresh-2")
    assert channels.test(make.ADMIN, "store") == "Sandbox Handlooms"
    with pytest.raises(Refused, match="begin again"):
        channel_consent.finish(make.ADMIN, came)


def test_nobody_else_comes_back_with_it_and_nobody_too_late(store: Server) -> None:
    other = make.actor(Role.ADMIN)
    came = consented(channel_consent.begin(other, "store"))
    with pytest.raises(Refused):
        channel_consent.finish(make.ADMIN, came)
    came = consented(channel_consent.begin(make.ADMIN, "store"))
    with transaction() as tx:
        link = rows.link_named(tx, "store")
        assert link
        asked = rows.position_of(tx, link.channel_id, channel_consent.STREAM)
        ago = datetime.now(UTC) - channel_consent.LASTS - timedelta(seconds=1)
        rows.move_position(tx, link.channel_id, channel_consent.STREAM, asked, ago)
    with pytest.raises(Refused):
        channel_consent.finish(make.ADMIN, came)
    with pytest.raises(Forbidden):
        channel_consent.begin(make.actor(Role.WAREHOUSE), "store")
    assert not kept().get("access_token")


@pytest.mark.parametrize("wrong", ["shop", "code", "timestamp", "old", "hmac", "state"])
def test_what_the_store_did_not_sign_just_now_is_refused(store: Server, wrong: str) -> None:
    came = consented(channel_consent.begin(make.ADMIN, "store"))
    access = store.sandbox.access  # type: ignore[attr-defined]
    bare = {name: value for name, value in came.items() if name != "hmac"}
    came = {
        "shop": access.signed(bare | {"shop": "other.myshopify.com"}),
        "code": came | {"code": "0" * 32},
        "timestamp": bare,
        "old": access.signed(bare | {"timestamp": str(int(time.time()) - 600)}),
        "hmac": came | {"hmac": came["hmac"][::-1]},
        "state": came | {"state": came["state"] + "x"},
    }[wrong]
    with pytest.raises((Unauthenticated, Refused)):
        channel_consent.finish(make.ADMIN, came)
    assert not kept().get("access_token")


def test_what_is_missing_before_is_named(shop: str) -> None:
    given = {"shop": "my-store.myshopify.com", "client_secret": "s"}
    channels.connect(make.ADMIN, kind="shopify", name="store", currency="INR", settings=given)
    with pytest.raises(Refused, match="Client ID"):
        channel_consent.begin(make.ADMIN, "store")


async def test_the_browser_is_sent_on_to_the_channels_page(store: Server) -> None:
    users.add(make.ADMIN, "asha@shop.example", role="admin", password="a horse that is correct")
    cookie = sign_in.sign_in("asha@shop.example", "a horse that is correct", address="192.0.2.7", agent="Chrome")
    page = channel_consent.begin(identity.person(cookie).actor, "store")
    came = consented(page)
    asgi = httpx.ASGITransport(app=api.routes)
    async with httpx.AsyncClient(transport=asgi, base_url="http://shop.example") as browser:

        async def back(**cookies: str) -> str:
            answer = await browser.get(channel_consent.PATH, params=came, headers={"cookie": cookie_of(cookies)})
            assert answer.status_code == 303
            return str(answer.headers["location"])

        assert await back() == "/login?next=/channels"
        assert await back(**{COOKIE: cookie}) == "/channels?authorised=store"
        assert await back(**{COOKIE: cookie}) == "/channels?refused=consent"


def cookie_of(cookies: dict[str, str]) -> str:
    """The header a browser sends."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
