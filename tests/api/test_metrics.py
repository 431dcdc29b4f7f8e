"""The shop's numbers over the API."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from oms_app.domain.metrics import METRICS
from oms_app.services import catalogue
from tests import make
from tests.api.client import Client, assert_error
from tests.api.conftest import As

TODAY = datetime.now(UTC).astimezone(ZoneInfo("Asia/Kolkata")).date().isoformat()


def test_the_registry_is_listed_with_units_and_definitions(api: Client) -> None:
    listed = api.get("/metrics?limit=200").json()["items"]
    assert [each["name"] for each in listed] == sorted(METRICS)
    assert all(each["definition"] and each["unit"] for each in listed)


def test_a_count_and_a_sum_of_money(api: Client) -> None:
    make.order(lines=2)
    make.order()
    orders = api.get(f"/metrics/orders?from={TODAY}&to={TODAY}").json()
    assert (orders["unit"], orders["total"]["value"], orders["total"]["orders"]) == ("count", 2, 2)
    gross = api.get(f"/metrics/gross?from={TODAY}&to={TODAY}&by=channel").json()
    assert (gross["unit"], gross["currency"], gross["total"]["value"]) == ("money", "INR", "1498.50")
    assert [(point["key"], point["value"]) for point in gross["values"]] == [("manual", "1498.50")]


def test_a_search_narrows_it(api: Client) -> None:
    catalogue.add_channel(make.ADMIN, name="web", title="Web", kind="manual", currency="INR")
    make.order()
    make.order(channel="web")
    found = api.get(f"/metrics/orders?from={TODAY}&to={TODAY}&q=channel:web").json()
    assert found["total"]["value"] == 1


def test_every_metric_answers_every_split_it_has(api: Client) -> None:
    make.order()
    for metric in METRICS.values():
        for by in ("", *metric.by):
            answer = api.get(f"/metrics/{metric.name}{f'?by={by}' if by else ''}")
            assert answer.status_code == 200, (metric.name, by, answer.text)


@pytest.mark.parametrize("query", ["from=2026-01-01", "from=2026-02-01&to=2026-01-01", "from=soon&to=later", "by=mood"])
def test_a_period_or_split_that_makes_no_sense_is_malformed(api: Client, query: str) -> None:
    assert_error(api.get(f"/metrics/orders?{query}"), 400, "malformed")


def test_an_unknown_metric_is_not_found(as_role: As) -> None:
    assert_error(as_role("analyst").get("/metrics/happiness"), 404, "not_found")
