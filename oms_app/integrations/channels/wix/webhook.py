"""Webhooks of Wix: the body is a signed token; whether it is theirs, and which order is to be read back.

Pure functions. A token is believed where its RS256 signature holds by the app's public key and its time is not over.
"""

import base64
import binascii
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from oms_app.domain.channels import Connection, Delivery
from oms_app.domain.errors import Malformed, Unauthenticated

ORDER = "wix.ecom.v1.order"
TOPICS = (
    "wix.ecom.v1.order_created",
    "wix.ecom.v1.order_approved",
    "wix.ecom.v1.order_updated",
    "wix.ecom.v1.order_canceled",
    "wix.ecom.v1.order_fulfilled",
    "wix.ecom.v1.order_payment_status_updated",
    "wix.ecom.v1.fulfillments_updated",
    "wix.ecom.v1.order_transactions_updated",
)
"""The last two tell of a parcel or a payment that changed while its order did not."""

_TOKEN = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----")


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> Delivery:
    """What a webhook says. It is only a hint: it may be overtaken by a newer one, so the order is read back.

    Raises Unauthenticated, or Malformed for a token of theirs that holds something else than an event.
    """
    claims = opened(body, connection.settings.get("public_key", ""))
    try:
        envelope = json.loads(claims["data"])
        event = json.loads(envelope["data"])
        topic, instance = str(envelope["eventType"]), str(envelope.get("instanceId") or "")
        delivery_id = str(event.get("id") or "")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("This token of Wix's holds no event.") from error
    ours = connection.settings.get("instance_id", "")
    if ours and instance != ours:
        raise Unauthenticated("This webhook tells of another site.")
    order = _order(event)
    return Delivery(delivery_id or f"{topic}:{order}:{claims.get('iat', '')}", topic, changed=(order,) if order else ())


def opened(token: bytes, public_key: str, *, now: float | None = None) -> dict[str, Any]:
    """The claims of a token. Raises Unauthenticated where anything about it is not as it must be."""
    found = _TOKEN.fullmatch(token.strip())
    if not found:
        raise Unauthenticated("The body of this webhook is no token of Wix's.")
    header, claims = _json(found[1]), _json(found[2])
    if header.get("alg") != "RS256" or "crit" in header or header.get("b64") is False:
        raise Unauthenticated("This token is not signed as Wix signs.")
    if not _holds(public_key, found[1] + b"." + found[2], _bytes(found[3])):
        raise Unauthenticated("The signature of this webhook is not Wix's.")
    moment = time.time() if now is None else now
    for name in ("exp", "nbf", "iat"):
        if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], (int, float))):
            raise Unauthenticated("The times of this token cannot be read.")
    if claims.get("exp", moment + 1) <= int(moment) or claims.get("nbf", 0) > int(moment):
        raise Unauthenticated("The time of this token is over, or has not come.")
    return claims


def _holds(public_key: str, signed: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem(public_key).encode())
        if not isinstance(key, RSAPublicKey):
            return False
        key.verify(signature, signed, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def pem(text: str) -> str:
    """The public key as a PEM: Wix shows it so, or once more in base64; a form may swallow its line ends.

    Raises ValueError.
    """
    text = text.strip()
    if not text.startswith("-----"):
        text = base64.b64decode("".join(text.split()), validate=True).decode("ascii").strip()
    found = _PEM.fullmatch(text)
    if not found:
        raise ValueError("no public key")
    return f"-----BEGIN PUBLIC KEY-----\n{''.join(found[1].split())}\n-----END PUBLIC KEY-----\n"


def _order(event: Mapping[str, Any]) -> str:
    """The order an event is about: its entity is one, or the parcels or payments of one, under the order's id."""
    if event.get("entityFqdn") == ORDER:
        return str(event.get("entityId") or "")
    within: list[Any] = [event.get(name) for name in ("updatedEvent", "createdEvent", "actionEvent")]
    while within:
        each = within.pop(0)
        if isinstance(each, str) and each.startswith("{"):
            each = _read(each)
        if isinstance(each, dict):
            if isinstance(each.get("orderId"), str):
                return str(each["orderId"])
            within += each.values()
    return ""


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _json(part: bytes) -> dict[str, Any]:
    try:
        said = json.loads(_bytes(part))
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Unauthenticated("The body of this webhook is no token of Wix's.")
    return said


def _bytes(part: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except binascii.Error as error:
        raise Unauthenticated("The body of this webhook is no token of Wix's.") from error
