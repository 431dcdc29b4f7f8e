"""Webhooks asked for at WooCommerce: made, and switched on again after WooCommerce gave up on them."""

import hashlib
from typing import Any

from oms_app.domain.channels import Connection
from oms_app.domain.errors import Rejected
from oms_app.integrations.channels.woocommerce.client import AT_ONCE, Client
from oms_app.integrations.channels.woocommerce.webhook import TOPICS, secret

_MOST_PAGES = 20


def subscribe(client: Client, connection: Connection, address: str) -> None:
    """Have every topic sent to `address`, once.

    WooCommerce disables a webhook after more than five failures in a row: that one is switched on again. One that
    somebody paused stays so. Its secret cannot be read, so the name says by a mark which one it was made with.
    """
    key = secret(connection)
    mark = hashlib.sha256(f"mark {key}".encode()).hexdigest()[:6]
    known: dict[str, dict[str, Any]] = {}
    for each in _all(client):
        if each["delivery_url"] == address:
            known.setdefault(each["topic"], each)
    for topic in TOPICS:
        name = f"Order management: {topic} ({mark})"
        there = known.get(topic)
        if there is None:
            wanted = {"name": name, "topic": topic, "delivery_url": address, "secret": key, "status": "active"}
            client.post("webhooks", wanted)
        elif there["status"] == "disabled" or there["name"] != name:
            status = "paused" if there["status"] == "paused" else "active"
            client.put(f"webhooks/{there['id']}", {"name": name, "secret": key, "status": status})


def _all(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in range(1, _MOST_PAGES + 1):
        some, _ = client.listed("webhooks", per_page=AT_ONCE, page=page, orderby="id", order="asc")
        found += some
        if len(some) < AT_ONCE:
            return found
    raise Rejected("WooCommerce lists more webhooks than a shop can have.")
