"""Phones and e-mail addresses in one written form."""

from functools import lru_cache

import phonenumbers


def e164(phone: str, country: str = "IN") -> str:
    """The number as +919876543210 where it can be read, else as it was given without outer space."""
    given = phone.strip()
    if not given:
        return ""
    try:
        parsed = phonenumbers.parse(given, country or None)
    except phonenumbers.NumberParseException:
        return given
    if not phonenumbers.is_possible_number(parsed):
        return given
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=10_000)
def is_phone(phone: str, country: str = "IN") -> bool:
    """Whether a number can exist where it says it is."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(phone, country or None))
    except phonenumbers.NumberParseException:
        return False


def email_key(email: str) -> str:
    """The form e-mail addresses are compared in."""
    return email.strip().casefold()
