"""What an unknown SKU of a channel may be: by barcode, by SKU, by the channel's rules, then by name; with the reason.

Only what cannot well be anything else is called sure. A name that is alike is never sure by itself, and nothing is
whose size, colour, measure or pack differs.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any

from oms_app.domain import sku_words
from oms_app.domain.search_words import fold
from oms_app.domain.sku_words import Traits

MOST = 4
"""So many suggestions are made for one SKU."""

_LEAST = 50
_LIKELIEST = 94
"""Scores of what is only alike lie between these."""

_RARE = 1_500
_GATHERED = 400
_COMPARED = 24


@dataclass(frozen=True, slots=True)
class Ours:
    """A product of ours. `kit`: it is made of others."""

    sku: str
    name: str
    barcode: str = ""
    kit: bool = False


@dataclass(frozen=True, slots=True)
class Theirs:
    """An article as a channel has it."""

    sku: str
    title: str = ""
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a channel puts before and behind our SKUs; `by_itself`: what is sure is mapped without asking."""

    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another channel calls a product of ours: `quantity` units of it."""

    sku: str
    channel_title: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product that an unknown SKU may be, of 100 points; `quantity` units of it make one of theirs."""

    sku: str
    name: str
    score: int
    sure: bool
    quantity: int
    kit: bool
    reason: str


@dataclass(slots=True)
class _Entry:
    """A product as it is compared; `text` are the telling words of its name in their order."""

    product: Ours
    text: str
    code: str
    traits: Traits


@dataclass(slots=True)
class Matcher:
    """All products, ready to be asked. Some 1.5 kB a product: it is made for a round of questions and let go."""

    products: Iterable[Ours]
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)
    _entries: list[_Entry] = field(default_factory=list)
    _by_barcode: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _by_code: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _by_word: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _place: dict[str, int] = field(default_factory=dict)
    _traits: dict[Traits, Traits] = field(default_factory=dict)
    _long_words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for place, product in enumerate(self.products):
            said = sku_words.told(product.name)
            code = sku_words.joined(product.sku)
            text = " ".join(sorted(said))
            traits = sku_words.traits(product.sku, product.name)
            traits = self._traits.setdefault(traits, traits)  # thousands have the same
            self._entries.append(_Entry(product, text, code, traits))
            self._place[product.sku] = place
            self._by_code[code].append(place)
            if barcode := _barcode(product.barcode):
                self._by_barcode[barcode].append(place)
            for word in said.union(sku_words.words(product.sku)):
                self._by_word[word].append(place)
        self._long_words = [word for word in self._by_word if len(word) > 3 and word.isalpha()]

    def suggest(self, theirs: Theirs, rules: Rules = Rules()) -> tuple[Suggestion, ...]:  # noqa: B008 - frozen
        """What it may be, the likeliest first; at most one of them is sure, and then it is the first."""
        traits = sku_words.traits(theirs.sku, theirs.title)
        found: dict[int, Suggestion] = {}
        for place, points, reason, certain in (*self._exact(theirs, rules), *self._alike(theirs, traits)):
            made = self._judge(place, traits, points, reason, certain)
            if place not in found or made.score > found[place].score:
                found[place] = made
        best = sorted(found.values(), key=_order)[:MOST]
        sure = [each for each in best if each.sure]
        if len(sure) > 1:  # two that are both certain are neither
            best = [_doubted(each) if each.sure else each for each in best]
        return tuple(each for each in best if each.score >= _LEAST)

    def _judge(self, place: int, traits: Traits, points: int, reason: str, certain: bool) -> Suggestion:
        """Weigh what was found against size, colour, measure and pack."""
        entry = self._entries[place]
        product, quantity = entry.product, 1
        if apart := sku_words.difference(traits, entry.traits):
            points, certain, reason = 60 if points > _LIKELIEST else 0, False, f"{reason}, but {apart}."
        elif traits.pieces and not entry.traits.pieces and not product.kit:
            quantity, certain = traits.pieces, False
            points, reason = min(points, 92), f"{reason}; theirs is a pack of {traits.pieces}."
        else:
            certain = certain and sku_words.agree(traits, entry.traits)
            points, reason = points if certain else min(points, _LIKELIEST), f"{reason}."
        return Suggestion(product.sku, product.name, points, certain, quantity, product.kit, reason)

    def _exact(self, theirs: Theirs, rules: Rules) -> Iterator[tuple[int, int, str, bool]]:
        """(place, points, reason, certain) of what barcode, SKU and rules name."""
        same = self._by_barcode.get(_barcode(theirs.barcode), []) if theirs.barcode.strip() else []
        for place in same:
            yield place, 100, f"The same barcode, {theirs.barcode.strip()}", len(same) == 1
        yield from self._coded(theirs.sku, 99, "Our SKU but for capitals and separators")
        for rest, left in _stripped(theirs.sku, rules):
            yield from self._coded(rest, 98, f"Our SKU without {left}, by the channel's rule")
        bare = sku_words.without_pieces(theirs.sku)
        if bare != theirs.sku:
            for rest, _ in ((bare, ""), *_stripped(bare, rules)):
                yield from self._coded(rest, 92, "Our SKU without the number of pieces")
        known = self.elsewhere.get(sku_words.joined(theirs.sku))
        if known is not None and known.sku in self._place:
            yield self._place[known.sku], 93, f"{known.channel_title} calls it so", False

    def _coded(self, code: str, points: int, reason: str) -> Iterator[tuple[int, int, str, bool]]:
        places = self._by_code.get(sku_words.joined(code), [])
        for place in places:
            same = sku_words.same_code(code, self._entries[place].product.sku)
            yield place, points if same else 90, reason, same and len(places) == 1

    def _alike(self, theirs: Theirs, traits: Traits) -> Iterator[tuple[int, int, str, bool]]:
        """(place, points, reason, certain) of products whose name or code is like it."""
        from rapidfuzz import fuzz  # who asks nothing does not load it

        said, code = sku_words.told(theirs.title), sku_words.joined(theirs.sku)
        text, parts = " ".join(sorted(said)), sku_words.words(theirs.sku)
        for place in self._candidates(said, parts):
            entry = self._entries[place]
            name = fuzz.token_sort_ratio(text, entry.text) if text and entry.text else 0.0
            whole = fuzz.token_set_ratio(text, entry.text) if text and entry.text else 0.0
            name = (name + whole) / 2
            inside = _holds(parts, sku_words.words(entry.product.sku))
            like = 95.0 if inside else fuzz.ratio(code, entry.code) if code and entry.code else 0.0
            points = int(max(0.9 * name, 0.88 * like, 0.6 * name + 0.4 * like))
            certain = inside and text == entry.text and len(said) > 1 and _says_nothing(parts, entry.product.sku)
            yield place, 96 if certain else min(points, _LIKELIEST), _alike_in(name, like, inside), certain

    def _candidates(self, said: frozenset[str], parts: list[str]) -> list[int]:
        """Places of the products that share the most telling words."""
        total = len(self._entries) or 1
        postings = {word: self._by_word.get(word) or () for word in said.union(parts)}
        for word in [word for word, found in postings.items() if not found and len(word) > 4 and word.isalpha()]:
            postings |= {near: self._by_word[near] for near in self._near(word)}
        by_rarity = sorted((found for found in postings.values() if found), key=len)
        weight: dict[int, float] = defaultdict(float)
        for number, found in enumerate(by_rarity):
            worth = log(1 + total / len(found))
            if len(found) <= _RARE or not number:
                for place in found:
                    weight[place] += worth
                continue
            if len(weight) > _GATHERED:
                weight = dict(sorted(weight.items(), key=_weight)[:_GATHERED])
            for place in weight:  # places stand in their order in `found`
                at = bisect_left(found, place)
                if at < len(found) and found[at] == place:
                    weight[place] += worth
        return [place for place, _ in sorted(weight.items(), key=_weight)[:_COMPARED]]

    def _near(self, word: str) -> list[str]:
        """Words of ours that are a typo away."""
        from rapidfuzz import fuzz, process

        found: list[Any] = process.extract(word, self._long_words, scorer=fuzz.ratio, score_cutoff=82, limit=3)
        return [each[0] for each in found]


def read_rules(given: Mapping[str, Any]) -> Rules:
    """Rules as they are kept."""
    return Rules(tuple(given.get("prefixes") or ()), tuple(given.get("suffixes") or ()), bool(given.get("by_itself")))


def _order(each: Suggestion) -> tuple[bool, int, str]:
    return not each.sure, -each.score, each.sku


def _doubted(each: Suggestion) -> Suggestion:
    reason = f"{each.reason} Others are as certain."
    return Suggestion(each.sku, each.name, min(each.score, 90), False, each.quantity, each.kit, reason)


def _barcode(text: str) -> str:
    """A barcode as it is compared: a GTIN of 8, 12, 13 or 14 digits is one number, whatever zeros stand before it."""
    bare = "".join(text.split())
    return bare.lstrip("0") if bare.isdigit() else bare.upper()


def _stripped(code: str, rules: Rules) -> Iterator[tuple[str, str]]:
    """(rest, what was left off) of a code, by each rule and each pair of rules that fits."""
    folded = fold(code)
    before = ["", *(each for each in rules.prefixes if each and folded.startswith(fold(each)))]
    behind = ["", *(each for each in rules.suffixes if each and folded.endswith(fold(each)))]
    for prefix in before:
        for suffix in behind:
            rest = code[len(prefix) : len(code) - len(suffix)]
            if (prefix or suffix) and rest.strip():
                yield rest, " and ".join(f"“{each}”" for each in (prefix, suffix) if each)


def _holds(parts: list[str], ours: list[str]) -> bool:
    """Whether our SKU stands inside theirs, word by word."""
    if not ours or len(ours) >= len(parts) or sum(map(len, ours)) < 4:
        return False
    return any(parts[place : place + len(ours)] == ours for place in range(len(parts) - len(ours) + 1))


def _says_nothing(parts: list[str], ours: str) -> bool:
    """Whether what their code has beyond ours is no number, size or colour: those would make it another article."""
    rest = list(parts)
    for word in sku_words.words(ours):
        rest.remove(word)
    seen = sku_words.traits(" ".join(rest), "")
    return not any(any(map(str.isdigit, word)) for word in rest) and not (seen.sizes or seen.colours or seen.pieces)


def _alike_in(name: float, code: float, inside: bool) -> str:
    if inside:
        return "Our SKU stands inside theirs" + (f", the name is {name:.0f} % alike" if name >= _LEAST else "")
    if name >= code:
        return f"The name is {name:.0f} % alike"
    return f"The SKU is {code:.0f} % alike"


def _weight(item: tuple[int, float]) -> tuple[float, int]:
    return -item[1], item[0]
