"""The operations this adapter sends: one `.graphql` file each, with the fragments it uses put behind it."""

import re
from functools import cache
from importlib import resources

_FRAGMENT = re.compile(r"\.\.\.(\w+)Fields\b")
_HUMP = re.compile(r"(?<!^)([A-Z])")
_LOWER = r"_\1"


@cache
def operation(name: str) -> str:
    """The document of `graphql/NAME.graphql`."""
    text = _text(f"{name}.graphql")
    known: set[str] = set()
    while missing := set(_FRAGMENT.findall(text)) - known:
        for fragment in sorted(missing):
            text += "\n" + _text(_fragment(fragment))
        known |= missing
    return text


@cache
def bulk(name: str) -> str:
    """The export query of `graphql/bulk/NAME.graphql`, its fragments written out: it travels as a string."""

    def fields(found: re.Match[str]) -> str:
        return _text(_fragment(found.group(1))).partition("{")[2].rpartition("}")[0]

    text = _text(f"bulk/{name}.graphql")
    while _FRAGMENT.search(text):
        text = _FRAGMENT.sub(fields, text)
    return text


def names() -> list[str]:
    """Every operation there is."""
    files = resources.files(__package__).joinpath("graphql").iterdir()
    return sorted(file.name.removesuffix(".graphql") for file in files if file.name.endswith(".graphql"))


def _fragment(name: str) -> str:
    return f"fragments/{_HUMP.sub(_LOWER, name).lower()}.graphql"


def _text(name: str) -> str:
    return resources.files(__package__).joinpath("graphql", *name.split("/")).read_text("utf-8")
