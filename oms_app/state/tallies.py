"""Counts as people read them: “1,000+” where counting stopped."""

from collections.abc import Iterable

from oms_app.domain import money
from oms_app.domain.search import Count
from oms_app.settings import get_settings


def said(count: Count) -> str:
    """A count in words."""
    return f"{money.show_count(count.number, get_settings().currency)}{'+' if count.more else ''}"


def total(counts: Iterable[Count]) -> Count:
    """All of them together."""
    found = list(counts)
    return Count(sum(each.number for each in found), any(each.more for each in found))
