"""Webhooks are asked for where the vendor has a call for it, and entered by hand where it has none."""

import pytest

from oms_app.db.engine import reading
from oms_app.db.queries import channels as links
from oms_app.integrations.sandbox.shop import Shop
from oms_app.integrations.sandbox.shopify import ShopifySandbox
from oms_app.integrations.sandbox.wix import WixSandbox
from oms_app.services import channel_webhooks, channels, intake
from tests import make

pytestmark = pytest.mark.usefixtures("shop")


def test_an_address_that_only_the_seller_can_enter_is_told_and_nobody_is_asked() -> None:
    shop = Shop([("BEL-BRS", "Bell", 10_000, 5)])
    for box in (ShopifySandbox(shop), site := WixSandbox(shop)):
        way = box.connection("http://127.0.0.1:1")
        channels.connect(make.ADMIN, kind=box.name, name=box.name, currency="INR", settings=way.settings | way.secrets)
    assert channel_webhooks.due() == ["shopify"]
    with reading() as tx:
        asked, by_hand = links.link_named(tx, "shopify"), links.link_named(tx, "wix")
    assert channel_webhooks.by_hand(asked) == ""
    address = channel_webhooks.address_of(by_hand)
    assert channel_webhooks.by_hand(by_hand) == f"On the app's page in Wix, under Webhooks, enter {address}"
    site.send_to(address)
    for message in site.messages("created", shop.place([("BEL-BRS", 1)])):
        assert message.address.endswith(by_hand.path)
        intake.receive(by_hand.path, message.headers, message.body)
