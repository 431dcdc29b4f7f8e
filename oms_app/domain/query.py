"""The search language: one parser for the palette, the list, the board, charts, exports and the API.

    status:shipped total:>5k placed:7d sku:KUR-* "new delhi" city:Pune OR city:Mumbai -courier:delhivery

`parse` never raises: what cannot be read stays text, and a hint says so. `str(query)` is the one canonical spelling,
and parsing it again gives the same query. OR binds tighter than the space between words, as people expect of a search
box: `a b OR c` is `a (b OR c)`. docs/search.md tells users all of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from oms_app.domain.query_fields import ALIASES, FIELDS, Field, Kind, choice
from oms_app.domain.query_values import read_amount, read_moment

MOST_CHARACTERS = 2000
MOST_TERMS = 100
_MOST_NESTED = 20

_FIELD = re.compile(r"([A-Za-z_]+)(?::|(?=[<>]))")
_UNKNOWN_FIELD = re.compile(r"([A-Za-z_]+):(?!//)")
_NUMBER_LIST = re.compile(r"#?[\w-]*\d[\w-]*(?:,#?[\w-]*\d[\w-]*)+")
_COMPARISON = re.compile(r"(>=|<=|>|<)?(.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_KEYWORDS = frozenset({"OR", "AND", "NOT"})
_BREAKS = frozenset('()"')


@dataclass(frozen=True, slots=True)
class Text:
    """Free text: words that begin with `text`, or exactly these words in this order where it was quoted."""

    text: str
    exact: bool = False

    def __str__(self) -> str:
        return f'"{self.text}"' if self.exact else self.text


@dataclass(frozen=True, slots=True)
class Match:
    """A field that is one of `values`; `*` in a value stands for any characters."""

    field: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.field}:{','.join(_quoted(value) for value in self.values)}"


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range, as `query_values` spells it; `strict` leaves the value itself out."""

    value: str
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """A number or a time inside a range; the same bound twice is one value (a day, an amount)."""

    field: str
    low: Bound | None
    high: Bound | None

    def __str__(self) -> str:
        low, high = self.low, self.high
        if low and high:
            return f"{self.field}:{low.value}" if low == high else f"{self.field}:{low.value}..{high.value}"
        sign, bound = (">", low) if low else ("<", high)
        assert bound is not None  # noqa: S101 - the parser makes no range without an end
        return f"{self.field}:{sign}{'' if bound.strict else '='}{bound.value}"


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but `item`."""

    item: "Node"

    def __str__(self) -> str:
        return f"-({self.item})" if isinstance(self.item, And | Or) else f"-{self.item}"


@dataclass(frozen=True, slots=True)
class And:
    """All of at least two items."""

    items: tuple["Node", ...]

    def __str__(self) -> str:
        return " ".join(f"({item})" if isinstance(item, Or) else str(item) for item in self.items)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of at least two items."""

    items: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(f"({item})" if isinstance(item, And) else str(item) for item in self.items)


Leaf = Text | Match | Between
Node = Leaf | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked (`root`, None for everything) and what people should know about how it was read."""

    root: Node | None = None
    hints: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return "" if self.root is None else str(self.root)

    def __bool__(self) -> bool:
        return self.root is not None

    @property
    def items(self) -> tuple[Node, ...]:
        """What all must hold: the chips of the query, in order."""
        if self.root is None:
            return ()
        return self.root.items if isinstance(self.root, And) else (self.root,)

    def without(self, position: int) -> "Query":
        """The query without the item at `position`."""
        return all_of(*(item for at, item in enumerate(self.items) if at != position))

    def leaves(self) -> Iterator[Leaf]:
        """Every leaf, left to right."""
        pending: list[Node] = [self.root] if self.root else []
        while pending:
            node = pending.pop()
            if isinstance(node, Not):
                pending.append(node.item)
            elif isinstance(node, And | Or):
                pending.extend(reversed(node.items))
            else:
                yield node


def parse(typed: str) -> Query:
    """Read what somebody typed."""
    return _Parser(typed).read()


def all_of(*parts: "Node | Query") -> Query:
    """The query that asks for everything the parts ask for."""
    nodes = [part.root if isinstance(part, Query) else part for part in parts]
    hints = tuple(hint for part in parts if isinstance(part, Query) for hint in part.hints)
    return Query(_join(And, [node for node in nodes if node is not None]), hints)


def _join(kind: type[And] | type[Or], nodes: list[Node]) -> Node | None:
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.items if isinstance(node, kind) else (node,))
    if len(flat) < 2:
        return flat[0] if flat else None
    return kind(tuple(flat))


def _quoted(value: str) -> str:
    plain = value and not any(letter.isspace() or letter in '(),"' for letter in value)
    return value if plain else f'"{value}"'


class _Parser:
    """A recursive-descent reader of one text."""

    def __init__(self, typed: str):
        clean = _CONTROL.sub(" ", typed.encode("utf-8", "replace").decode())
        self.text = clean[:MOST_CHARACTERS]
        self.at = 0
        self.terms = 0
        self.hints: list[str] = []
        if len(clean) > MOST_CHARACTERS:
            self.hint(f"Only the first {MOST_CHARACTERS} characters were read.")

    def read(self) -> Query:
        root = self.group(0)
        return Query(root, tuple(dict.fromkeys(self.hints)))

    def hint(self, sentence: str) -> None:
        self.hints.append(sentence)

    def group(self, depth: int) -> Node | None:
        """Items up to the end or the closing parenthesis; those joined by OR first, then all of them."""
        items: list[Node] = []
        joining = False
        while (letter := self.peek()) is not None:
            if letter == ")":
                self.at += 1
                if depth:
                    break
                continue
            if self.keyword("OR"):
                joining = bool(items)
                continue
            if self.keyword("AND"):
                continue
            item = self.unit(depth)
            if item is None:
                continue
            either = _join(Or, [items.pop(), item]) if joining else item
            joining = False
            if either is not None:
                items.append(either)
        return _join(And, items)

    def unit(self, depth: int) -> Node | None:
        """One item: negated, parenthesised, quoted, a field or a word."""
        negated = False
        while (negation := self.negation()) is not None:
            if not negation:
                return None
            negated = not negated
        letter = self.peek()
        node: Node | None = None
        if letter == "(":
            self.at += 1
            node = self.group(depth + 1) if depth < _MOST_NESTED else None
        elif letter == '"':
            node = self.phrase()
        elif letter is not None and letter != ")":
            node = self.word()
        if node is None or not negated:
            return node
        return node.item if isinstance(node, Not) else Not(node)

    def negation(self) -> bool | None:
        """Whether `-` or NOT stands here: True where it negates something, False where it stands alone, else None."""
        if self.peek() == "-":
            self.at += 1
            return self.at < len(self.text) and not self.text[self.at].isspace()
        return True if self.keyword("NOT") else None

    def phrase(self) -> Node | None:
        words = " ".join(self.quoted().split())
        return self.counted(Text(words, exact=True)) if words else None

    def word(self) -> Node | None:
        start = self.at
        if (named := _FIELD.match(self.text, self.at)) and (known := self.field(named[1])):
            self.at = named.end()
            return self.counted(self.value(known, start))
        while self.at < len(self.text) and not self.text[self.at].isspace() and self.text[self.at] not in _BREAKS:
            self.at += 1
        word = self.text[start : self.at]
        if word.lower() == "@me":
            return self.counted(Match("assignee", ("@me",)))
        if _NUMBER_LIST.fullmatch(word) and all(len(part) > 2 for part in word.split(",")):
            return self.counted(Match("number", tuple(part.lstrip("#") for part in word.split(","))))
        if unknown := _UNKNOWN_FIELD.match(word):
            self.hint(f"“{unknown[1]}” is not a search word, so “{word}” is searched as text.")
        return self.counted(Text(word, exact=word in _KEYWORDS))

    def field(self, name: str) -> Field | None:
        name = name.lower()
        return FIELDS.get(ALIASES.get(name, name))

    def value(self, of: Field, start: int) -> Leaf | None:
        """What follows the colon; unreadable numbers and times stay text, which finds nothing rather than too much."""
        parts = self.values()
        if not any(parts):
            self.hint(f"“{of.name}:” waits for a value, like {of.example}.")
            return None
        if of.kind in (Kind.NUMBER, Kind.TIME):
            return self.range(of, ",".join(parts), start)
        if of.kind is Kind.TEXT:
            return Match(of.name, tuple(part for part in parts if part))
        values = []
        for part in filter(None, parts):
            value = choice(of, part)
            if value is None:
                self.hint(f"“{part}” is not a {of.name}; use one of {', '.join(of.choices)}.")
            values.append(value or part.lower())
        return Match(of.name, tuple(dict.fromkeys(values)))

    def range(self, of: Field, raw: str, start: int) -> Leaf | None:
        read = read_amount if of.kind is Kind.NUMBER else read_moment
        found = _COMPARISON.fullmatch(raw)
        assert found is not None  # noqa: S101 - the pattern matches any text
        sign, rest = found[1], found[2].strip()
        if sign and not rest:
            self.hint(f"“{of.name}:{sign}” waits for a value, like {of.example}.")
            return None
        if not sign and ".." in rest:
            low, _, high = rest.partition("..")
            ends = [read(end) if end else "" for end in (low, high)]
            if None not in ends and any(ends):
                return Between(of.name, *(Bound(end) if end else None for end in ends))
        elif (value := read(rest)) is not None:
            bound = Bound(value, strict=sign in (">", "<"))
            return Between(
                of.name, bound if sign in (None, ">", ">=") else None, bound if sign in (None, "<", "<=") else None
            )
        wanted = "an amount" if of.kind is Kind.NUMBER else "a date or a time"
        self.hint(f"“{raw}” is not {wanted}, so “{of.name}:{raw}” is searched as text; write it like {of.example}.")
        source = " ".join(self.text[start : self.at].replace('"', "").split())
        return Text(source, exact=any(letter.isspace() or letter in "()" for letter in source))

    def values(self) -> list[str]:
        """Comma-separated parts, each bare or quoted, up to a space or a parenthesis."""
        parts = [""]
        while self.at < len(self.text) and not (letter := self.text[self.at]).isspace() and letter not in "()":
            if letter == '"':
                parts[-1] += " ".join(self.quoted().split())
                continue
            self.at += 1
            if letter == ",":
                parts.append("")
            else:
                parts[-1] += letter
        return parts

    def quoted(self) -> str:
        """The text up to the closing quote, or to the end where it is missing."""
        end = self.text.find('"', self.at + 1)
        inside = self.text[self.at + 1 : end if end >= 0 else None]
        self.at = end + 1 if end >= 0 else len(self.text)
        return inside

    def counted(self, leaf: Leaf | None) -> Leaf | None:
        if leaf is not None:
            self.terms += 1
            if self.terms > MOST_TERMS:
                self.hint(f"Only the first {MOST_TERMS} terms were read.")
                return None
        return leaf

    def peek(self) -> str | None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else None

    def keyword(self, word: str) -> bool:
        end = self.at + len(word)
        follows = self.text[end : end + 1]
        if not self.text.startswith(word, self.at) or not (not follows or follows.isspace() or follows in _BREAKS):
            return False
        self.at = end
        return True
