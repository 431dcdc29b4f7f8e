"""Phones and e-mail addresses in one written form."""

from functools import lru_cache

import phonenumbers


def e164(phone: str, country: str = "IN") -> str:
    """The number as +919876543210 where it can be read, else as it was given without outer space."""
    given = phone.strip()
    number = _read(given, country) if given else None
    if number is None or not phonenumbers.is_possible_number(number):
        return given
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=10_000)
def is_phone(phone: str, country: str = "IN") -> bool:
    """Whether a number can exist where it says it is."""
    number = _read(phone.strip(), country)
    return number is not None and phonenumbers.is_valid_number(number)


@lru_cache(maxsize=10_000)
def _read(phone: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(phone, country or None)
    except phonenumbers.NumberParseException:
        return None


def email_key(email: str) -> str:
    """The form e-mail addresses are compared in."""
    return email.strip().casefold()
