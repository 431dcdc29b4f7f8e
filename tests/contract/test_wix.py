"""Wix, held against Wix's own library: what it sends for the same act, and which webhooks it believes."""

from functools import cache
from typing import Any

import pytest

from oms_app.domain.channels import Connection
from oms_app.domain.errors import Malformed, Unauthenticated
from oms_app.integrations.channels.wix.client import WIX
from oms_app.integrations.channels.wix.webhook import TOPICS, verify
from oms_app.integrations.sandbox.wix import site, tokens
from oms_app.integrations.sandbox.wix.views import guid
from tests.contract import wix_sdk
from tests.contract.rig import connected
from tests.contract.wix_acts import script
from tests.contract.wix_tokens import minted

STRICTER = {"alg RS512", "alg PS256"}
"""What their library lets pass and we do not: Wix signs with RS256."""
HOOK = "https://shop.example/webhooks/wix/secret-path"
APP = {"appId": site.APP, "appSecret": "sandbox-app-secret"}


@cache
def sandbox_webhooks() -> list[tuple[str, str, bytes]]:
    """(topic, order, token) of everything a site tells of two orders."""
    with connected("wix") as rig:
        rig.sandbox.send_to(HOOK)
        told: list[tuple[str, str, bytes]] = []

        def listen(topic: str, order: Any) -> None:
            told.extend(
                (message.topic, rig.sandbox.external_id(order), message.body)
                for message in rig.sandbox.messages(topic, order)
            )

        rig.shop.listeners.append(listen)
        sent = rig.shop.place([("KUR-IND-M", 1)])
        rig.shop.fulfil(sent, {sent.lines[0].number: 1}, courier="Delhivery", tracking="DL1")
        rig.shop.refund(sent, 100_00, reason="Stain")
        rig.shop.cancel(rig.shop.place([("DIYA-12", 1)]), "CUSTOMER")
        return told


HANDLERS = {
    f"{site.ORDER}_created": ("orders", "onOrderCreated"),
    f"{site.ORDER}_approved": ("orders", "onOrderApproved"),
    f"{site.ORDER}_updated": ("orders", "onOrderUpdated"),
    f"{site.ORDER}_canceled": ("orders", "onOrderCanceled"),
    f"{site.ORDER}_fulfilled": ("orders", "onOrderFulfilled"),
    f"{site.ORDER}_payment_status_updated": ("orders", "onOrderPaymentStatusUpdated"),
    f"{site.PARCELS}_updated": ("parcels", "onFulfillmentsUpdated"),
    f"{site.MONEY}_updated": ("money", "onOrderTransactionsUpdated"),
}


@cache
def library() -> wix_sdk.Answers:
    """What Wix's library says to all of it."""
    return wix_sdk.ask(
        app=APP,
        acts=script().theirs,
        webhooks=[{"token": token.decode(), "publicKey": key} for token, key in minted().values()],
        publicKey=tokens.public_key(),
        handlers=list(HANDLERS.values()),
        heard=[token.decode() for _, _, token in sandbox_webhooks()],
    )


def test_every_act_is_sent_as_wix_sends_it() -> None:
    acts = script()
    for name, ours, theirs in zip(acts.names, acts.ours, library().acts, strict=True):
        told = [call for call in theirs if name in ("signs in", "renews") or "/oauth" not in call["url"]]
        if name == "renews":  # their library gets a new token for each call
            told = [call for place, call in enumerate(told) if place == 0 or "/oauth" not in call["url"]]
        assert ours == told, name
        assert all(call["url"].startswith(WIX) for call in ours)


def test_webhooks_are_believed_as_wix_believes_them() -> None:
    for (name, (token, key)), theirs in zip(minted().items(), library().webhooks, strict=True):
        connection = Connection("wix", "INR", {"public_key": key, "instance_id": site.INSTANCE}, {})
        if theirs is None or name in STRICTER:
            assert refused(connection, token), name
        else:
            delivery = verify(connection, {}, token)
            assert (delivery.topic, delivery.delivery_id) == (theirs["eventType"], theirs["id"]), name
            assert delivery.changed == (theirs["entityId"],)
    believed = {name for name, said in zip(minted(), library().webhooks, strict=True) if said}
    assert believed - STRICTER == {
        "as it should be",
        "without an end",
        "without any time",
        "begun",
        "as it should be, by a plain PEM",
    }


def test_wix_believes_and_reads_the_webhooks_of_the_sandbox() -> None:
    told, heard = sandbox_webhooks(), library().heard
    assert {topic for topic, _, _ in told} == set(TOPICS) == set(HANDLERS)
    connection = Connection("wix", "INR", {"public_key": tokens.public_key(), "instance_id": site.INSTANCE}, {})
    for (topic, order, token), event in zip(told, heard, strict=True):
        assert event["name"] == HANDLERS[topic][1]
        assert (event["metadata"]["entityId"], event["metadata"]["instanceId"]) == (order, site.INSTANCE)
        entity = event.get("entity") or next(iter(event["data"].values()))
        assert order in (entity.get("_id"), entity.get("orderId"))
        assert verify(connection, {}, token).changed == (order,)


def refused(connection: Connection, token: bytes) -> bool:
    """Whether we do not believe it."""
    try:
        verify(connection, {}, token)
    except (Unauthenticated, Malformed):
        return True
    return False


def test_a_webhook_of_another_site_is_refused() -> None:
    (token, key) = minted()["as it should be"]
    elsewhere = Connection("wix", "INR", {"public_key": key, "instance_id": guid("other", 99)}, {})
    with pytest.raises(Unauthenticated, match="another site"):
        verify(elsewhere, {}, token)
