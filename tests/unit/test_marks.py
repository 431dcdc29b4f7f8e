"""Marking what was searched for."""

from oms_app.domain.marks import parts, words
from oms_app.domain.query import parse


def test_the_beginning_of_a_word_is_marked_whatever_its_case():
    assert parts("Asha Rao, Pune", ["ra"]) == [("Asha ", False), ("Ra", True), ("o, Pune", False)]


def test_the_middle_of_a_word_is_not_marked():
    assert parts("Farah", ["ra"]) == [("Farah", False)]


def test_signs_of_a_pattern_are_only_letters():
    assert parts("a.b a+b", ["a+"]) == [("a.b ", False), ("a+", True), ("b", False)]


def test_only_free_text_is_marked():
    assert words(parse("status:placed asha OR pun")) == ("asha", "pun")
