"""The tokens of the sandbox's webhooks, signed with a key of this process, and what a query packs into one word."""

import base64
import functools
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_LIVES_S = 300_000
"""Longer than Wix goes on sending one."""


@functools.cache
def key() -> rsa.RSAPrivateKey:
    """The app's key; its private half is Wix's."""
    return rsa.generate_private_key(65_537, 2_048)


def public_key() -> str:
    """Its public half, a PEM in base64 as Wix gives it to the app's owner."""
    return base64.b64encode(pem()).decode()


def pem() -> bytes:
    """The same, plain."""
    return key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed(topic: str, instance: str, event: dict[str, Any]) -> bytes:
    """A webhook's body: a token whose claim is JSON that holds JSON."""
    identity = json.dumps({"identityType": "WIX_USER", "wixUserId": instance})
    envelope = {"data": json.dumps(event), "instanceId": instance, "eventType": topic, "identity": identity}
    now = int(time.time())
    return token({"data": json.dumps(envelope), "iat": now, "exp": now + _LIVES_S})


def token(
    claims: dict[str, Any], *, header: dict[str, Any] | None = None, by: rsa.RSAPrivateKey | None = None
) -> bytes:
    """Claims, signed with RS256."""
    head = header or {"alg": "RS256", "kid": "sandbox"}
    text = b".".join(packed(json.dumps(each).encode()) for each in (head, claims))
    return text + b"." + packed((by or key()).sign(text, PKCS1v15(), SHA256()))


def packed(data: bytes) -> bytes:
    """base64url without its padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def unpacked(word: str) -> Any:
    """What a query's word holds. Raises ValueError."""
    return json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
