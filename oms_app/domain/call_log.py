"""What the log of calls keeps of a call: nothing secret, nothing of a person, not more than one reads."""

import json
import re
from collections.abc import Iterable
from typing import Any

from oms_app.domain.privacy import MASK

MOST = 20_000
"""Characters that are kept of a request or an answer."""

_SECRET = ("token", "secret", "password", "authorization", "signature", "hmac", "api_key", "apikey", "client_id")
_PERSONAL = {
    *("email", "phone", "mobile", "firstname", "lastname", "fullname", "customername", "buyername", "recipientname"),
    *("address1", "address2", "addressline1", "addressline2", "addressline", "line1", "line2", "streetline1"),
    *("streetline2", "streetname", "street", "phonenumber", "contactemail", "emailaddress", "company", "buyeremail"),
    *("latitude", "longitude", "ip", "browserip", "customerip", "customeripaddress"),
}
_EMAIL = re.compile(r"[^\s\"'<>,;:]+@[^\s\"'<>,;]+\.\w+")
_PHONE = re.compile(r"(?<![\w.-])\+?\d[\d \-]{8,14}\d(?![\w-])")


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the secrets, and without what names a person, where it is JSON by its fields."""
    for secret in secrets:
        if len(secret) > 3:
            text = text.replace(secret, MASK)
    try:
        text = json.dumps(_walk(json.loads(text)), ensure_ascii=False)
    except ValueError:
        text = _PHONE.sub(MASK, _EMAIL.sub(MASK, text))
    return text if len(text) <= MOST else f"{text[:MOST]} … ({len(text):,} characters)"


def _walk(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: MASK if inner and _is_hidden(name) else _walk(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_walk(each) for each in value]
    return _EMAIL.sub(MASK, value) if isinstance(value, str) else value


def _is_hidden(name: str) -> bool:
    plain = name.lower()
    return plain.replace("_", "").replace("-", "") in _PERSONAL or any(word in plain for word in _SECRET)
