"""Webhooks of Shopify: whether the signature holds, and which order is to be read back. Pure functions."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from oms_app.domain.channels import Connection, Delivery
from oms_app.domain.errors import Malformed, Unauthenticated

_REQUIRED = ("topic", "hmac-sha256", "shop-domain", "api-version", "webhook-id")


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> Delivery:
    """What a webhook says. After the client secret was changed the one before still signs for an hour.

    The body is only a hint: it may be overtaken by a newer one, so the order is read back.
    Raises Unauthenticated, or Malformed for a signed body that is no JSON object.
    """
    said = {name: headers.get(f"x-shopify-{name}", "") for name in (*_REQUIRED, "event-id")}
    if not all(said[name] for name in _REQUIRED):
        raise Unauthenticated("A webhook of Shopify's lacks one of its headers.")
    if not body:
        raise Unauthenticated("A webhook of Shopify's came without a body.")
    secrets = [connection.secrets.get(name) for name in ("client_secret", "client_secret_before")]
    if not any(secret and hmac.compare_digest(said["hmac-sha256"].encode(), sign(secret, body)) for secret in secrets):
        raise Unauthenticated("The signature of this webhook is not Shopify's.")
    try:
        resource = json.loads(body)
    except ValueError:
        resource = None
    if not isinstance(resource, dict):
        raise Malformed("The body of this webhook is no JSON object.")
    topic = said["topic"]
    order = resource.get("order_id") or (resource.get("id") if topic.startswith("orders/") else None)
    return Delivery(said["event-id"] or said["webhook-id"], topic, changed=(str(order),) if order else ())


def sign(secret: str, body: bytes) -> bytes:
    """The signature of a body: base64 of its HMAC-SHA256."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
