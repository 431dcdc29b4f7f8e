"""A mapping is checked before a file is touched, and says what is wrong."""

from typing import Any

import pytest

from oms_app.domain import mappings
from oms_app.domain.errors import Malformed
from oms_app.domain.lifecycle import Stage

SMALLEST: dict[str, Any] = {
    "order": {"number": "No", "placed_at": "Date"},
    "line": {"sku": "Code", "quantity": "Qty", "unit_price": "Rate"},
}


def test_the_smallest_mapping_has_defaults_for_the_rest() -> None:
    mapping = mappings.parse(SMALLEST)
    assert (mapping.time_zone, mapping.stage, mapping.tax_included) == ("UTC", None, True)
    assert mapping.file.dates == ("iso",)
    assert mapping.fields["order", "number"].columns == ("No",)


def test_words_of_the_file_are_compared_without_case() -> None:
    mapping = mappings.parse(SMALLEST | {"stages": {"Dispatched": "shipped"}})
    assert mapping.stages == {"dispatched": Stage.SHIPPED}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"chanel": "x"}, "The mapping has no “chanel”. It knows: title, channel"),
        ({"order": {"number": "No"}}, "[order] needs placed_at"),
        ({"line": {"sku": "Code", "quantity": "Qty"}}, "either unit_price (of one unit) or total"),
        ({"line": SMALLEST["line"] | {"total": "Sum"}}, "not both"),
        ({"line": SMALLEST["line"] | {"tax": "Tax"}}, "tax_included = false"),
        ({"currency": "rupees"}, "three capitals"),
        ({"time_zone": "India"}, "is not a zone"),
        ({"stage": "sent"}, "is no stage"),
        ({"stages": {"Sent": "gone"}}, "[stages] “Sent”"),
        ({"payment_statuses": {"ok": "captured"}}, "is none of paid, pending, refunded"),
        ({"file": {"delimiter": ";;"}}, "one character"),
        ({"file": {"encoding": "ansi-9"}}, "Python knows no “ansi-9”"),
        ({"file": {"thousands": "."}}, "cannot be the same"),
        ({"leave_out": [{"column": "Qty"}]}, "has no test"),
        ({"leave_out": [{"column": "Qty", "at_most": "0"}]}, "at_most needs a number"),
        ({"leave_out": [{"column": "Qty", "matches": "("}]}, "not a regular expression"),
        ({"customer": {"id": {"value": "1", "column": "Id"}}}, "exactly one of column, template or value"),
        ({"customer": {"id": {"column": "Id", "case": "camel"}}}, "case must be one of"),
        ({"tax_included": "no"}, "true or false"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Malformed) as refusal:
        mappings.parse(SMALLEST | change)
    assert sentence in refusal.value.message
