"""Tokens as they may arrive: Wix's own, and others that look like them."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

from oms_app.integrations.sandbox.wix import site, tokens
from tests.contract.wix_acts import ORDER


@cache
def minted() -> dict[str, tuple[bytes, str]]:
    """Tokens as they may arrive, with the key they are to be checked by."""
    now, key = int(time.time()), tokens.public_key()
    stranger = rsa.generate_private_key(65_537, 2_048)
    event = {"id": "e1", "entityFqdn": site.ORDER, "slug": "updated", "entityId": ORDER}
    envelope = {"data": json.dumps(event), "instanceId": site.INSTANCE, "eventType": f"{site.ORDER}_updated"}
    data = json.dumps(envelope)
    good = {"data": data, "iat": now, "exp": now + 100}

    def signed(claims: dict[str, Any] = good, **header: Any) -> bytes:
        return tokens.token(claims, header={"alg": "RS256", "kid": "k"} | header)

    def otherwise(alg: str, sign: Callable[[bytes], bytes]) -> bytes:
        text = b".".join(tokens.packed(json.dumps(each).encode()) for each in ({"alg": alg}, good))
        return text + b"." + tokens.packed(sign(text))

    pss, pem = PSS(MGF1(SHA256()), 32), tokens.pem()
    made = {
        "as it should be": signed(),
        "without an end": signed({"data": data, "iat": now}),
        "without any time": signed({"data": data}),
        "signed by a stranger": tokens.token(good, by=stranger),
        "expired": signed(good | {"exp": now - 1}),
        "expired now": signed(good | {"exp": now}),
        "not yet": signed(good | {"nbf": now + 100}),
        "begun": signed(good | {"nbf": now - 100}),
        "an end that is no number": signed(good | {"exp": str(now + 100)}),
        "a beginning that is no number": signed(good | {"iat": "now"}),
        "alg none": otherwise("none", lambda _text: b""),
        "alg none, signed": otherwise("none", lambda text: tokens.key().sign(text, PKCS1v15(), SHA256())),
        "alg HS256 by the public key": otherwise("HS256", lambda text: hmac.digest(pem, text, "sha256")),
        "alg RS512": otherwise("RS512", lambda text: tokens.key().sign(text, PKCS1v15(), SHA512())),
        "alg PS256": otherwise("PS256", lambda text: tokens.key().sign(text, pss, SHA256())),
        "alg of another letter case": signed(alg="rs256"),
        "with a critical word": signed(crit=["exp"], exp=now + 100),
        "claims that are none": tokens.token([good]),  # type: ignore[arg-type]
        "data that is no text": signed(good | {"data": envelope}),
        "no data": signed({"iat": now, "exp": now + 100}),
        "data that is no event": signed(good | {"data": json.dumps({"eventType": "x", "data": "no"})}),
        "cut": signed()[:-10],
        "of two parts": signed().rpartition(b".")[0],
        "of four parts": signed() + b".e30",
        "changed": b".".join(
            (*signed().split(b".")[:1], *signed(good | {"iat": now - 1}).split(b".")[1:2], signed().split(b".")[2])
        ),
        "nothing": b"",
    }
    checked = {name: (token, key) for name, token in made.items()}
    checked["as it should be, by a plain PEM"] = (signed(), tokens.pem().decode())
    checked["with a key that is none"] = (signed(), base64.b64encode(b"no key").decode())
    return checked
