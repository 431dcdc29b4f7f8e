"""Reconciliation of a sandbox Shopify: what the store lost of what it was told is found, told again, and agrees."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_app.db.engine import transaction
from oms_app.db.queries import channels as links
from oms_app.domain.changes import RefundDraft
from oms_app.domain.lifecycle import Stage
from oms_app.domain.reconciliation import DifferenceKind as K
from oms_app.integrations.sandbox.faults import Faults
from oms_app.integrations.sandbox.server import serving
from oms_app.integrations.sandbox.shop import Shop
from oms_app.integrations.sandbox.shopify import ShopifySandbox
from oms_app.services import (
    cancellation,
    channel_log,
    channel_stock,
    channels,
    intake,
    orders,
    reconciliation,
    reconciliation_fixes,
    refunds,
    search,
    stock,
)
from oms_app.services import reconciliation_look as look
from tests import make
from tests.contract.rig import ARTICLES
from tests.services.test_channel_tasks import walk


def test_a_shopify_store_that_lost_what_it_was_told_agrees_after_it_was_mended(
    shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.trust()
    monkeypatch.setattr(look, "RECENT", timedelta(0))
    for sku in ("KUR-IND-M", "DIYA-12"):
        make.product(sku, on_hand=30)
    sandbox = ShopifySandbox(Shop(ARTICLES), Faults(), points=50_000, restored=10_000)
    with serving(sandbox) as server:
        line = sandbox.connection(server.address)
        settings = {**line.settings, **line.secrets}
        channels.connect(make.ADMIN, kind="shopify", name="shopify", currency=line.currency, settings=settings)
        for _ in range(3):
            sandbox.shop.place([("KUR-IND-M", 2), ("DIYA-12", 1)])
        intake.sync(make.ADMIN, "shopify")
        sent, back, gone = (orders.get(make.ADMIN, row.number) for row in search.orders(make.ADMIN).rows)
        walk(sent, Stage.SHIPPED)
        refund = RefundDraft("upi", 2_500, reference="")
        refunds.record(make.ADMIN, back.number, refund, version=back.version, reason="Goodwill")
        cancellation.cancel(make.ADMIN, gone.number, version=gone.version, reason="Broken")
        with transaction() as tx:
            link = links.link_named(tx, "shopify")
        channel_stock.take_list(link)
        run = reconciliation.start(make.ADMIN, "shopify", datetime.now(UTC) - timedelta(hours=2), background=False)
        while reconciliation.work_on(run.id):
            pass
        kinds = {each.kind for each in reconciliation.differences(make.ADMIN, "shopify")}
        assert kinds == {K.SHIPPED, K.REFUNDED, K.CANCELLED, K.STOCK}
        assert reconciliation_fixes.fix_all(make.ADMIN, "shopify") == (5, 0)
        run = reconciliation.start(make.ADMIN, "shopify", datetime.now(UTC) - timedelta(hours=2), background=False)
        while reconciliation.work_on(run.id):
            pass
        assert reconciliation.differences(make.ADMIN, "shopify") == ()
        assert sandbox.shop.articles["KUR-IND-M"].stock == stock.get(make.ADMIN, "KUR-IND-M").available
        said = {each.about for each in channel_log.calls(make.ADMIN, "shopify", limit=200)}
        assert {"compare", "mend"} < said - {""} == said
