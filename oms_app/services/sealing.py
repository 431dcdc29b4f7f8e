"""Secrets at rest: sealed with a key derived from the shop's own, and bound to where they belong."""

import json
import os
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from oms_app.domain.errors import Refused
from oms_app.settings import get_settings

_NONCE = 12


def seal(values: Mapping[str, str], place: str) -> bytes:
    """The values unreadable without the shop's key, and useless anywhere but at `place` ("channel:4")."""
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(get_settings().key()).encrypt(nonce, json.dumps(dict(values)).encode(), place.encode())


def unseal(sealed: bytes, place: str) -> dict[str, str]:
    """What was sealed. Raises Refused where the key is another one, or the bytes are from another place."""
    try:
        plain = _cipher(get_settings().key()).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except InvalidTag:
        raise Refused(
            "The secrets of this channel were sealed with another key: write them again, or bring the old "
            "OMS_SECRET_KEY back.",
            code="sealed",
        ) from None
    found: dict[str, str] = json.loads(plain)
    return found


@lru_cache(maxsize=4)
def _cipher(key: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"oms secrets at rest").derive(key.encode())
    return AESGCM(derived)
