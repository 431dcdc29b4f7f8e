"""What is kept of a call: no secret, nobody's name, and of much only the beginning."""

import json

from oms_app.domain.call_log import MOST, masked
from oms_app.domain.privacy import MASK

ORDER = {
    "id": 7,
    "access_token": "shpat-1",
    "shipping_address": {"name": "Asha Rao", "address1": "12 MG Road", "city": "Pune"},
    "line_items": [{"name": "Kurta", "sku": "KUR-M"}],
    "said": "write to asha@customer.example",
}


def test_secrets_and_persons_are_masked_and_articles_are_not() -> None:
    kept = json.loads(masked(json.dumps(ORDER)))
    assert kept == {
        "id": 7,
        "access_token": MASK,
        "shipping_address": {"name": MASK, "address1": MASK, "city": "Pune"},
        "line_items": [{"name": "Kurta", "sku": "KUR-M"}],
        "said": f"write to {MASK}",
    }


def test_of_much_only_the_beginning_is_kept_and_it_says_so() -> None:
    page = json.dumps({"orders": [ORDER] * 2_000})
    kept = masked(page, ["KUR-M"])
    assert kept.endswith(" characters)")
    assert len(kept) <= MOST + 40
    assert not any(word in kept for word in ("Asha", "MG Road", "shpat", "@customer", "KUR-M"))


def test_what_is_mostly_hidden_still_says_that_it_was_cut() -> None:
    page = json.dumps([f"{number}@customer.example" for number in range(2_000)])
    kept = masked(page)
    assert len(kept) < MOST
    assert "characters)" in kept


def test_what_is_no_json_is_masked_by_its_look() -> None:
    assert masked("call +91 98765 43210 or asha@customer.example") == f"call {MASK} or {MASK}"
