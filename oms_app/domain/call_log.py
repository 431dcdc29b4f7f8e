"""What the log of calls keeps of a call: nothing secret, nothing of a person, not more than one reads."""

import itertools
import json
import re
from collections.abc import Iterable
from functools import lru_cache
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
    size, mask = len(text), _Mask()
    try:
        text = json.dumps(mask.walk(json.loads(text), ""), ensure_ascii=False)
    except ValueError:
        text = _PHONE.sub(MASK, _EMAIL.sub(MASK, text))
    return text if len(text) <= MOST and mask.left >= 0 else f"{text[:MOST]} … ({size:,} characters)"


class _Mask:
    """Walks through a value until as much of it is masked as is kept: a page of a hundred orders is cut anyway."""

    def __init__(self) -> None:
        self.left = MOST

    def walk(self, value: Any, of: str) -> Any:
        if isinstance(value, dict):
            return {
                name: MASK if inner and _is_hidden(name, of) else self.walk(inner, name)
                for name, inner in itertools.takewhile(self._fits, value.items())
            }
        if isinstance(value, list):
            return [self.walk(each, of) for each in itertools.takewhile(self._fits, value)]
        self.left -= len(value) if isinstance(value, str) else 1
        return _EMAIL.sub(MASK, value) if isinstance(value, str) else value

    def _fits(self, _each: Any) -> bool:
        self.left -= 1
        return self.left >= 0


@lru_cache(maxsize=4_096)
def _is_hidden(name: str, of: str) -> bool:
    plain = _plain(name)
    return (
        plain in _PERSONAL
        or (plain in _NAMES and _plain(of) in _PERSONS)
        or any(word in name.lower() for word in _SECRET)
    )


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
