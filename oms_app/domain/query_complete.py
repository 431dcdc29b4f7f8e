"""Finishing the word at the caret of a search: which word it is, and what it may become."""

from collections.abc import Iterator
from dataclasses import dataclass

from oms_app.domain.query_fields import ALIASES, FIELDS, Field, Kind

_MOMENTS = ("today", "yesterday", "7d", "30d", "90d")
_AHEAD = ("<now", "today", "tomorrow", "2d")


@dataclass(frozen=True, slots=True)
class Word:
    """The word around the caret, from `start` to `end` of the text.

    field  the field before its colon, if there is one      value  what is typed after it, up to the caret
    """

    start: int
    end: int
    negated: bool
    field: Field | None
    value: str

    def replaced(self, text: str, by: str) -> str:
        """The text with this word exchanged."""
        return text[: self.start] + by + text[self.end :].lstrip()


def word_at(text: str, caret: int) -> Word:
    """The word at a caret position; quotes hold a word together."""
    caret = max(0, min(caret, len(text)))
    start, quoted = 0, False
    for position, letter in enumerate(text[:caret]):
        quoted ^= letter == '"'
        if not quoted and (letter.isspace() or letter in "()"):
            start = position + 1
    end = caret
    while end < len(text) and (quoted or not (text[end].isspace() or text[end] in "()")):
        quoted ^= text[end] == '"'
        end += 1
    typed = text[start:caret]
    negated = typed.startswith("-")
    name, colon, value = typed.lstrip("-").partition(":")
    field = FIELDS.get(ALIASES.get(name.lower(), name.lower())) if colon else None
    shown = value if field else typed.lstrip("-")
    return Word(start, end, negated, field, shown.rpartition(",")[2].strip('"'))


def fields_like(begun: str, *, private: bool) -> list[Field]:
    """Fields whose name, or another word for them, begins so; those about the customer only where `private`."""
    wanted = begun.lower()
    if not wanted:
        return []
    names = [name for name in FIELDS if name.startswith(wanted)]
    names += [field for alias, field in ALIASES.items() if alias.startswith(wanted)]
    return [FIELDS[name] for name in dict.fromkeys(names) if private or not FIELDS[name].private]


def values_like(begun: str, of: Field | None = None) -> Iterator[tuple[str, str]]:
    """(field, value) pairs whose value begins so: of one field, or of all that offer a choice."""
    wanted = begun.lower()
    for field in (of,) if of else FIELDS.values():
        offered: tuple[str, ...] = tuple(field.choices)
        if of and field.kind is Kind.TIME:
            offered = _AHEAD if field.ahead else _MOMENTS
        if of and field.name == "assignee":
            offered = ("@me", "none")
        yield from ((field.name, value) for value in offered if value.startswith(wanted))
