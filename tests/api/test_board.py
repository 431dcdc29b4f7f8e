"""The board over the API."""

from oms_app.domain.lifecycle import FLOW, Stage
from oms_app.services import holds
from tests import make
from tests.api.client import Client, assert_error
from tests.api.conftest import As


def test_the_board_has_every_column_with_its_sums(api: Client) -> None:
    placed = [make.order() for _ in range(2)]
    make.order(stage=Stage.PACKED)
    columns = {column["stage"]: column for column in api.get("/board").json()["columns"]}
    assert list(columns) == list(FLOW)
    first = columns["placed"]
    assert (first["count"], first["total"], first["currency"]) == (2, "999.00", "INR")
    assert (first["on_time"], first["due"], first["late"]) == (2, 0, 0)
    assert [card["number"] for card in first["cards"]] == [order.number for order in placed]
    assert (columns["ready"]["count"], columns["ready"]["total"], columns["ready"]["cards"]) == (0, "0.00", [])


def test_a_card_says_where_it_may_go(api: Client, as_role: As) -> None:
    order = make.order(stage=Stage.PROCESSING)
    assert _only_card(api)["allowed_to"] == ["placed", "ready", "cancelled"]
    assert _only_card(as_role("warehouse"))["allowed_to"] == []
    holds.place(make.ADMIN, order.number, kind="manual", reason="call first")
    card = _only_card(api)
    assert (card["holds"], card["allowed_to"]) == (1, ["placed", "cancelled"])


def test_a_column_goes_on_where_it_was_left(api: Client) -> None:
    numbers = [make.order().number for _ in range(5)]
    first = _column(api, "?stage=placed&limit=2")
    second = _column(api, f"?stage=placed&limit=2&cursor={first['next_cursor']}")
    third = _column(api, f"?stage=placed&limit=2&cursor={second['next_cursor']}")
    assert [card["number"] for column in (first, second, third) for card in column["cards"]] == numbers
    assert (second["count"], second["total"], third["next_cursor"]) == (5, "2497.50", None)


def test_a_cursor_needs_its_column(api: Client) -> None:
    assert_error(api.get("/board?cursor=1.2"), 400, "malformed", field="stage")
    assert_error(api.get("/board?stage=placed&cursor=x"), 400, "malformed", field="cursor")
    assert_error(api.get("/board?stage=nowhere"), 400, "malformed")
    assert_error(api.get("/board?limit=51"), 400, "malformed")


def test_an_analyst_sees_initials(as_role: As) -> None:
    make.order()
    assert _only_card(as_role("analyst"))["customer"] == "A. R."


def _column(client: Client, query: str) -> dict:
    [column] = client.get(f"/board{query}").json()["columns"]
    return column


def _only_card(client: Client) -> dict:
    [card] = [card for column in client.get("/board").json()["columns"] for card in column["cards"]]
    return card
