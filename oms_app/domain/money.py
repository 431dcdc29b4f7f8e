"""Money: integers in minor units with a currency, read and written without ever being a float.

Unit prices may be finer than a minor unit (four articles of a real shop cost 0.001), so they are kept in
micros: millionths of the major unit. A line total is rounded half up to the minor unit once.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from oms_app.domain.errors import Malformed

MICROS = 1_000_000

_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3}
_SYMBOLS = {"INR": "₹", "GBP": "£", "USD": "$", "EUR": "€", "JPY": "¥", "AUD": "A$", "CAD": "C$", "SGD": "S$"}
_INDIAN = ((10_000_000, "Cr"), (100_000, "L"), (1_000, "K"))
_WESTERN = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K"))


def digits(currency: str) -> int:
    """Decimal places of a currency's minor unit: 2 for INR, 0 for JPY."""
    return _DIGITS.get(currency, 2)


def to_decimal(text: str | int | Decimal) -> Decimal:
    """Read an amount in major units. Raises Malformed for anything but a plain finite number."""
    try:
        amount = Decimal(str(text).strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= 10**12:
        raise Malformed(f"“{text}” is not an amount; write it like 1234.50.")
    return amount


def to_minor(amount: str | int | Decimal, currency: str) -> int:
    """Major units to minor units, magnitude rounded half up: ("12.345", "INR") → 1235 paise."""
    return _round(to_decimal(amount) * 10 ** digits(currency))


def to_micros(amount: str | int | Decimal) -> int:
    """Major units to micros of a unit price: "0.001" → 1000."""
    return _round(to_decimal(amount) * MICROS)


def line_total(unit_price_micros: int, quantity: int, currency: str) -> int:
    """Total of a line in minor units, its magnitude rounded half up once."""
    scale: int = 10 ** (6 - digits(currency))
    magnitude = (abs(unit_price_micros * quantity) + scale // 2) // scale
    return magnitude if unit_price_micros * quantity >= 0 else -magnitude


def percentage(minor: int, rate: Decimal | float | int) -> int:
    """That many per cent of an amount, its magnitude rounded half up: (1999, 18) → 360."""
    return _round(Decimal(minor) * Decimal(str(rate)) / 100)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Shares of an amount in proportion to the weights, which add up to it; what does not divide goes to the largest.

    Weights that are all zero share alike.
    """
    parts = [abs(weight) for weight in weights] if any(weights) else [1] * len(weights)
    whole = sum(parts)
    shares = [amount * part // whole for part in parts]
    left = amount - sum(shares)
    for index in sorted(range(len(parts)), key=lambda index: -parts[index])[:left]:
        shares[index] += 1
    return shares


def to_major(minor: int, currency: str) -> str:
    """Minor units as the plain string machines exchange: (123450, "INR") → "1234.50"."""
    places = digits(currency)
    if not places:
        return str(minor)
    sign, magnitude = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{magnitude // 10**places}.{magnitude % 10**places:0{places}d}"


def micros_to_major(micros: int, currency: str) -> str:
    """A unit price as a plain string with at least the currency's places: (1000, "GBP") → "0.001"."""
    whole, _, fraction = f"{Decimal(micros) / MICROS:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(digits(currency), "0")
    return f"{whole}.{fraction}" if fraction else whole


def show_micros(micros: int, currency: str) -> str:
    """A unit price as people read it, with all its places: ₹1,290.00, £0.001."""
    whole, _, fraction = micros_to_major(abs(micros), currency).partition(".")
    return (
        f"{'−' if micros < 0 else ''}{symbol(currency)}{_grouped(whole, currency)}{'.' + fraction if fraction else ''}"
    )


def show(minor: int, currency: str) -> str:
    """Minor units as people read them: ₹12,34,567.00, £1,234,567.00."""
    whole, _, fraction = to_major(abs(minor), currency).partition(".")
    sign = "−" if minor < 0 else ""
    return f"{sign}{symbol(currency)}{_grouped(whole, currency)}{'.' + fraction if fraction else ''}"


def show_short(minor: int, currency: str) -> str:
    """Minor units in a few characters: ₹1.2 Cr, ₹4.5 L, £1.2 M."""
    major = Decimal(abs(minor)) / 10 ** digits(currency)
    sign = "−" if minor < 0 else ""
    for size, unit in _INDIAN if currency == "INR" else _WESTERN:
        if major >= size:
            scaled = (major / size).quantize(Decimal("0.1"), ROUND_HALF_UP)
            return f"{sign}{symbol(currency)}{f'{scaled:f}'.removesuffix('.0')} {unit}"
    return f"{sign}{symbol(currency)}{_round(major)}"


def show_count(number: int, currency: str = "INR") -> str:
    """A count with the grouping of the shop's country: 12,34,567 or 1,234,567."""
    return _grouped(str(number), currency)


def symbol(currency: str) -> str:
    """Sign before an amount: ₹ for INR; the code and a space where there is none."""
    return _SYMBOLS.get(currency, f"{currency} ")


def _grouped(whole: str, currency: str) -> str:
    return _group_indian(whole) if currency == "INR" else f"{int(whole):,}"


def _group_indian(whole: str) -> str:
    head, tail = whole[:-3], whole[-3:]
    parts = [tail]
    while head:
        head, part = head[:-2], head[-2:]
        parts.insert(0, part)
    return ",".join(parts)


def _round(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
