"""Pages that a word of the palette leads to."""

from oms_app import pages
from oms_app.pages import shell
from oms_app.state.palette import _places


def test_every_page_with_a_fixed_address_is_found_by_the_beginning_of_its_words() -> None:
    pages.load()
    for page in shell.pages:
        if page.framed and "[" not in page.route:
            word = page.title.casefold().split()[-1][:5]
            assert page.route in {row.href for row in _places(word, [page.needs or ""])}, page.title


def test_pages_that_a_role_may_not_open_are_not_offered() -> None:
    pages.load()
    assert [row.title_parts[0].text for row in _places("user", [])] == []
    assert [row.title_parts[0].text for row in _places("user", ["manage_users"])] == ["Users"]
