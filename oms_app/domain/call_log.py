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
    *("address3", "addressline3", "companyname", "legalname", "gstin", "vatid", "taxregistrationnumber"),
    *("note", "buyernote", "customernote", "addressinstruction", "giftmessage", "customizedurl"),
    *("customattributes", "metadata", "customfields", "descriptionlines", "personalisation", "wishes"),
}
"""What is of a person, or said by one: buyers write into notes and wishes who they are and for whom it is."""
_PERSONS = {
    *("customer", "buyer", "recipient", "contact", "contactdetails", "address", "shippingaddress", "billingaddress"),
    *("deliveryaddress", "shipping", "billing", "destination"),
}
"""Things that have a person's name where others have an article's."""
_NAMES = {"name", "displayname"}
_EMAIL = re.compile(r"[^\s\"'<>,;:]+@[^\s\"'<>,;]+\.\w+")
_PHONE = re.compile(r"(?<![\w.-])\+?\d[\d \-]{8,14}\d(?![\w-])")


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the secrets, and without what names a person, where it is JSON by its fields."""
    for secret in secrets:
        if len(secret) > 3:
            text = text.replace(secret, MASK)
    try:
        text = json.dumps(_walk(json.loads(text), ""), ensure_ascii=False)
    except ValueError:
        text = _PHONE.sub(MASK, _EMAIL.sub(MASK, text))
    return text if len(text) <= MOST else f"{text[:MOST]} … ({len(text):,} characters)"


def _walk(value: Any, of: str) -> Any:
    if isinstance(value, dict):
        return {name: MASK if inner and _is_hidden(name, of) else _walk(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_walk(each, of) for each in value]
    return _EMAIL.sub(MASK, value) if isinstance(value, str) else value


def _is_hidden(name: str, of: str) -> bool:
    plain = _plain(name)
    return (
        plain in _PERSONAL
        or (plain in _NAMES and _plain(of) in _PERSONS)
        or any(word in name.lower() for word in _SECRET)
    )


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
