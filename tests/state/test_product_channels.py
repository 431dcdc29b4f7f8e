"""Where a product is sold, as the product's page says it."""

import pytest

from oms_app.domain.channel_levels import GONE, SOON, LevelView
from oms_app.services.channel_listings import Presence
from oms_app.state.product_channels import rows_of


def article(why: str = "", sent: int | None = 1_200) -> LevelView:
    """Something a channel sells of it."""
    return LevelView("corner", "Corner", "CUP-1", "", "Cup", "CUP", "Cup", 1, 1_200, sent, None, None, why)


@pytest.mark.parametrize(
    ("there", "rows"),
    [
        (Presence("corner", "Corner", (article(),), False, "", False), [("CUP-1", "1,200", "", False, "")]),
        (Presence("corner", "Corner", (article(SOON, None),), False, "", False), [("CUP-1", "–", SOON, False, "")]),
        (
            Presence("corner", "Corner", (article(GONE),), False, "", True),
            [("CUP-1", "1,200", GONE, True, ""), ("", "–", "Not sold there yet.", False, "corner")],
        ),
        (Presence("corner", "Corner", (), True, "", False), [("", "–", "It is made there within seconds.", False, "")]),
        (
            Presence("corner", "Corner", (), True, "No price.", False),
            [("", "–", "Refused, and tried again: No price.", True, "")],
        ),
        (Presence("corner", "Corner", (), False, "No.", True), [("", "–", "Refused: No.", True, "corner")]),
        (Presence("corner", "Corner", (), False, "No price.", False), [("", "–", "No price.", False, "")]),
    ],
    ids=["sold", "on its way", "gone there", "waits", "waits, refused before", "refused", "cannot"],
)
def test_a_row_says_what_a_channel_has_or_why_not(there: Presence, rows: list[tuple[str, str, str, bool, str]]) -> None:
    assert [(row.theirs, row.level, row.said, row.bad, row.sells) for row in rows_of(there)] == rows
