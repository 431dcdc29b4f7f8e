"""Webhooks of WooCommerce: whether the signature holds, and which order is to be read back. Pure functions."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from oms_app.domain.channels import Connection, Delivery
from oms_app.domain.errors import Malformed, Unauthenticated

TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")
_REQUIRED = ("topic", "signature", "delivery-id")


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> Delivery:
    """What a webhook says: which order changed. Its body lacks the refunds' lines, so the order is read back.

    WooCommerce makes its delivery id out of the webhook and the second: two orders of one second share it. What names
    a delivery here holds the body too.

    Raises Unauthenticated, or Malformed for a signed body that is no JSON object.
    """
    said = {name: headers.get(f"x-wc-webhook-{name}", "") for name in _REQUIRED}
    if not all(said.values()) or not body:
        raise Unauthenticated("A webhook of WooCommerce's lacks its headers or its body.")
    key = secret(connection)
    if not key or not hmac.compare_digest(said["signature"].encode(), sign(key, body)):
        raise Unauthenticated("The signature of this webhook is not WooCommerce's.")
    try:
        resource = json.loads(body)
    except ValueError:
        resource = None
    if not isinstance(resource, dict):
        raise Malformed("The body of this webhook is no JSON object.")
    name = hashlib.sha256(f"{said['topic']} {said['delivery-id']} ".encode() + body).hexdigest()[:32]
    order = resource.get("id") if said["topic"].startswith("order.") else None
    return Delivery(name, said["topic"], changed=(str(order),) if order else ())


def sign(key: str, body: bytes) -> bytes:
    """The signature of a body: base64 of its HMAC-SHA256."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest())


def secret(connection: Connection) -> str:
    """What the webhooks are signed with: the merchant's own, else one that only who has the key can work out."""
    own = connection.secrets.get("webhook_secret", "")
    key = connection.secrets.get("consumer_secret", "")
    return own or (hmac.new(key.encode(), b"webhooks", hashlib.sha256).hexdigest() if key else "")
