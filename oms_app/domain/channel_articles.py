"""What a channel sells, against what we have: why an article of its own is told no level, or a doubtful one."""

from collections.abc import Mapping
from enum import StrEnum


class ArticleProblem(StrEnum):
    """What stands between an article of a channel and its level."""

    NO_SKU = "no_sku"
    UNKNOWN = "unknown"
    TWICE = "twice"
    IGNORED = "ignored"
    """Unknown, and somebody chose to leave it so: no article is kept with this word."""


SENTENCES: Mapping[str, str] = {
    ArticleProblem.NO_SKU: "It has no SKU on the channel: give it one there.",
    ArticleProblem.UNKNOWN: "No product of ours has this SKU.",
    ArticleProblem.IGNORED: "It is ignored: not sold from here.",
    ArticleProblem.TWICE: "Several articles there have this SKU: only one of them is told the level.",
}


def problem_of(sku: str, *, known: bool, articles: int) -> str:
    """What is wrong with an article; `articles` of the channel have its SKU."""
    if not sku.strip():
        return ArticleProblem.NO_SKU
    if not known:
        return ArticleProblem.UNKNOWN
    return ArticleProblem.TWICE if articles > 1 else ""
