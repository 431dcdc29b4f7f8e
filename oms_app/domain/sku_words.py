"""What codes and names of articles say: their words, sizes, colours, measures, and how many pieces make a pack."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from oms_app.domain.search_words import fold

_SIZES: Mapping[str, str] = {
    **{size: size for size in ("xxs", "xs", "s", "m", "l", "xl", "2xl", "3xl", "4xl", "5xl", "6xl")},
    "small": "s",
    "medium": "m",
    "med": "m",
    "large": "l",
    "lrg": "l",
    "sml": "s",
    "xxl": "2xl",
    "xxxl": "3xl",
    "xxxxl": "4xl",
    "2x": "2xl",
    "4x": "4xl",
    "5x": "5xl",
    "freesize": "free",
    "onesize": "free",
}
_COLOURS: Mapping[str, str] = {
    **{
        each: each
        for each in (
            *("red", "blue", "green", "black", "white", "yellow", "pink", "orange", "purple", "brown", "grey", "beige"),
            *("maroon", "navy", "teal", "indigo", "mustard", "ivory", "cream", "olive", "peach", "magenta", "lavender"),
            *("turquoise", "rust", "gold", "silver", "khaki", "violet", "coral", "mint", "wine", "saffron", "crimson"),
        )
    },
    "blu": "blue",
    "blk": "black",
    "wht": "white",
    "grn": "green",
    "ylw": "yellow",
    "pnk": "pink",
    "gray": "grey",
    "brn": "brown",
    "gry": "grey",
    "mrn": "maroon",
    "org": "orange",
    "prp": "purple",
    "golden": "gold",
}
_SEVERAL = re.compile(r"\b(?:pack|set|box|combo|bundle|lot|pair)\s*of\s*(\d{1,3})\b|\b(\d{1,3})[\s-]*(?:pack|pk)\b")
_SEVERAL_CODE = re.compile(r"(?<=[a-z0-9])[^a-z0-9](?:x|pk|pack|po|set)(\d{1,3})(?=$|[^a-z0-9])")
_MEASURE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(ml|ltr|l|kg|gm|g|mg|cm|mm|inch|in|mtr|m|gb|tb|w|v|pcs)\b")
_UNITS = {"ltr": "l", "gm": "g", "mtr": "m", "inch": "in"}
_POSSESSIVE = re.compile(r"['’]s\b")
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")
_FILLERS = frozenset({"a", "an", "and", "the", "for", "with", "of", "in", "by", "to", "size", "colour", "color"})


@dataclass(frozen=True, slots=True)
class Traits:
    """What tells an article from its sisters; `pieces` is 0 where nothing says that it is a pack."""

    sizes: frozenset[str]
    colours: frozenset[str]
    measures: frozenset[str]
    pieces: int


def words(text: str) -> list[str]:
    """Runs of letters and digits, folded: “KUR-M/01” → ["kur", "m", "01"]."""
    return _WORD.findall(_POSSESSIVE.sub("", fold(text)))


def told(title: str) -> frozenset[str]:
    """The words of a title that say something, sizes and colours in one spelling."""
    return frozenset(_SIZES.get(word) or _COLOURS.get(word) or word for word in words(title) if word not in _FILLERS)


def joined(code: str) -> str:
    """A code without capitals and separators."""
    return "".join(words(code))


def digits(code: str) -> tuple[str, ...]:
    """The numbers of a code: 11-0 is not 1-10, though both are 110 without the dash."""
    return tuple(_DIGITS.findall(code))


def same_code(one: str, other: str) -> bool:
    """Whether two codes differ in capitals and separators only."""
    return joined(one) == joined(other) != "" and digits(one) == digits(other)


def pieces(code: str, title: str) -> int:
    """How many an article holds by its own words; 0 where they say nothing, or one."""
    said = [int(number) for found in _SEVERAL.findall(fold(title)) for number in found if number]
    said += [int(number) for number in _SEVERAL_CODE.findall(fold(code))]
    return max(said, default=0) if max(said, default=0) > 1 else 0


def without_pieces(code: str) -> str:
    """A code without the part that says how many it holds: KUR-M-X3 → KUR-M."""
    found = _SEVERAL_CODE.search(fold(code))
    return code[: found.start()] + code[found.end() :] if found and len(fold(code)) == len(code) else code


def traits(code: str, title: str) -> Traits:
    """Size, colour, measure and pack of an article, as code and title have them."""
    text, said = fold(title), [*words(code), *words(title)]
    both = {f"{one} {other}" for one, other in pairwise(said)}
    sizes = {_SIZES[word] for word in said if word in _SIZES} | ({"free"} if "free size" in both else set())
    if "extra large" in both or "x large" in both:
        sizes = sizes - {"l"} | {"xl"}
    if "extra small" in both or "x small" in both:
        sizes = sizes - {"s"} | {"xs"}
    measures = {f"{float(number):g} {_UNITS.get(unit, unit)}" for number, unit in _MEASURE.findall(text)}
    return Traits(
        frozenset(sizes),
        frozenset(_COLOURS[word] for word in said if word in _COLOURS),
        frozenset(measures),
        pieces(code, title),
    )


def difference(theirs: Traits, ours: Traits) -> str:
    """What of size, colour and measure tells them apart for certain, as words; empty: nothing."""
    for name, one, other in (
        ("size", theirs.sizes, ours.sizes),
        ("colour", theirs.colours, ours.colours),
        ("measure", theirs.measures, ours.measures),
    ):
        if one and other and not one & other:
            return f"the {name} is {_said(other)}, theirs is {_said(one)}"
    return ""


def agree(theirs: Traits, ours: Traits) -> bool:
    """Whether nothing about size, colour, measure and pack speaks against their being one and the same."""
    pairs = ((theirs.sizes, ours.sizes), (theirs.colours, ours.colours), (theirs.measures, ours.measures))
    return theirs.pieces == ours.pieces and all(one == other or not one or not other for one, other in pairs)


def _said(values: frozenset[str]) -> str:
    return ", ".join(sorted(each.upper() if each in _SIZES else each for each in values))
