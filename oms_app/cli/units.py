"""Units of articles as people type them: CODE=UNITS, one after another."""

from collections.abc import Iterable


def read_units(given: Iterable[str]) -> dict[str, int]:
    """Units by code; one that is said twice counts twice. Raises Malformed."""
    from oms_app.domain.errors import Malformed

    found: dict[str, int] = {}
    for each in given:
        code, _, count = each.rpartition("=")
        if not code or not count.isdecimal() or not int(count):
            raise Malformed(f"“{each}”: write a code and its units, like KUR-CHI-M=24.")
        found[code] = found.get(code, 0) + int(count)
    return found
