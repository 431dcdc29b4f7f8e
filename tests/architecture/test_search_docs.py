"""The search language is documented whole."""

from oms_app.domain.query_fields import ALIASES, FIELDS
from tests.architecture.sources import ROOT

PAGE = (ROOT / "docs/search.md").read_text()


def test_every_field_and_every_other_word_for_one_is_documented() -> None:
    assert [name for name in (*FIELDS, *ALIASES) if f"`{name}:`" not in PAGE] == []


def test_every_field_is_documented_by_its_own_example_and_meaning() -> None:
    assert [field.name for field in FIELDS.values() if f"`{field.example}`" not in PAGE or field.help not in PAGE] == []


def test_everything_an_order_can_be_or_have_is_documented() -> None:
    words = [f"{name}:{choice}" for name in ("is", "has") for choice in FIELDS[name].choices]
    assert [word for word in words if f"`{word}`" not in PAGE] == []
