"""The seller as values, and what a legal profile must satisfy: GSTIN, PAN, IFSC, pictures."""

import base64
import binascii
import re
from dataclasses import dataclass, field

from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.in_ import pan

from oms_app.domain.errors import Malformed
from oms_app.domain.states import STATES

MAX_PICTURE = 256 * 1024
"""Bytes of a logo or signature."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GSTIN = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]")
_IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
_OTHER_CODES = {"97": "Other territory", "99": "Centre jurisdiction"}
STATE_OF_CODE = {state.gst: state.name for state in STATES} | _OTHER_CODES


@dataclass(frozen=True, slots=True)
class PlainAddress:
    """A postal address of the seller."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = "IN"


@dataclass(frozen=True, slots=True)
class Bank:
    """Where buyers pay to."""

    account_name: str = ""
    account_number: str = ""
    ifsc: str = ""
    bank: str = ""
    upi: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """A GSTIN of the seller and the State it belongs to."""

    gstin: str
    state: str


@dataclass(frozen=True, slots=True)
class CompanyView:
    """The seller's profile; pictures are data addresses (`data:image/png;base64,…`)."""

    legal_name: str = ""
    trade_name: str = ""
    pan: str = ""
    email: str = ""
    phone: str = ""
    address: PlainAddress = field(default_factory=PlainAddress)
    bank: Bank = field(default_factory=Bank)
    logo: str = ""
    signature: str = ""
    registrations: tuple[Registration, ...] = ()


def read_gstin(text: str) -> Registration:
    """A GSTIN with its State. Raises Malformed where form, State code, PAN or check digit is wrong.

    Source: CGST Rules 2017, Rule 10: State code, PAN, entity number, Z, check digit (Luhn mod 36).
    """
    number = re.sub(r"[\s-]", "", text).upper()
    if not _GSTIN.fullmatch(number):
        raise Malformed("A GSTIN has 15 characters: State code, PAN, a digit or letter, Z, check digit.")
    state = STATE_OF_CODE.get(number[:2])
    if state is None:
        raise Malformed(f"No State has the code {number[:2]}.")
    read_pan(number[2:12])
    try:
        luhn.validate(number, _ALPHABET)
    except ValidationError:
        raise Malformed(
            "The last character of this GSTIN does not fit the others: a digit is wrong somewhere."
        ) from None
    return Registration(number, state)


def read_pan(text: str) -> str:
    """A PAN in its written form; empty stays empty. Raises Malformed."""
    if not text.strip():
        return ""
    try:
        return pan.validate(text)
    except ValidationError:
        raise Malformed("A PAN has ten characters, like AAPFU0939F.") from None


def read_ifsc(text: str) -> str:
    """A bank branch's IFSC; empty stays empty. Raises Malformed."""
    code = re.sub(r"\s", "", text).upper()
    if code and not _IFSC.fullmatch(code):
        raise Malformed("An IFSC has eleven characters, the fifth a zero, like HDFC0001234.")
    return code


def read_picture(data: str) -> str:
    """A data address checked for size and content. Raises Malformed for anything but a PNG or JPEG of at most 256 KB.

    The content is looked at, not the name: SVG can hold scripts and is refused.
    """
    head, _, body = data.partition(",")
    try:
        content = base64.b64decode(body, validate=True) if head.startswith("data:") and head.endswith("base64") else b""
    except binascii.Error:
        content = b""
    if len(content) > MAX_PICTURE:
        raise Malformed(
            f"The picture has {len(content) // 1024} KB; at most {MAX_PICTURE // 1024} KB fit on a document."
        )
    kind = next((kind for start, kind in _PICTURES.items() if content.startswith(start)), None)
    if kind is None:
        raise Malformed("A logo or signature is a PNG or JPEG picture.")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
