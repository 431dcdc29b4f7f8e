"""The API held against its own OpenAPI document, by Schemathesis and by hand, and against its description in docs/."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from PIL import Image
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as openapi_checks

from oms_app.api.respond import ROOT
from oms_app.api.routes import ENDPOINTS, app
from oms_app.domain.drafts import Draft as OrderDraft
from oms_app.domain.drafts import DraftKind
from oms_app.domain.lots import Terms
from oms_app.domain.purchasing import Wanted
from oms_app.domain.rules import Draft
from oms_app.domain.runs import Selection
from oms_app.domain.suppliers import Supplier
from oms_app.services import (
    catalogue,
    counts,
    drafts,
    holds,
    lots,
    parcels,
    pictures,
    purchasing,
    reservations,
    rules,
    runs,
    suppliers,
    transfers,
    variants,
)
from tests import make
from tests.api.client import Client
from tests.servers import ROOT as HOUSE

ALWAYS = [
    not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
AS_GENERATED = [*ALWAYS, openapi_checks.negative_data_rejection, openapi_checks.ignored_auth]
BOUNDED = settings(
    max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)

schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
REFUSALS = ["400", "401", "403", "404", "405", "413", "415", "422"]
schema.config.checks.negative_data_rejection.expected_statuses = REFUSALS
schema.config.phases.coverage.unexpected_methods = {"DELETE"}  # every other one is refused by the same line
at_random = schemathesis.openapi.from_asgi("/api/openapi.json", app)
at_random.config.phases.update(phases=["examples", "fuzzing"])


@pytest.fixture
def real(shop: str) -> Callable[[schemathesis.Case], None]:
    """Puts numbers and SKUs that exist into the address of a request."""
    sku = make.product("KUR-1", on_hand=1_000)
    order = make.order(make.line(sku, 2))
    held = holds.place(make.ADMIN, order.number, kind="manual", reason="tried")
    split = parcels.split(make.ADMIN, order.number, {order.lines[0].id: 1}, version=held.version)
    catalogue.add_location(make.ADMIN, code="BHI", name="Bhiwandi")
    ids: dict[str, Any] = {
        "hold_id": held.holds[0].id,
        "parcel_id": split.parcels[0].id,
        "transfer_id": transfers.draft(make.ADMIN, "MAIN", "BHI", [(sku, 1)]).row.id,
    }
    short = make.order(make.line(make.product("KUR-2", on_hand=1), 3))
    ids |= {
        "line_id": short.lines[0].id,
        "reservation_id": reservations.of_order(make.ADMIN, short.number)[0].id,
    }
    ids["draft_id"] = drafts.save(make.ADMIN, OrderDraft(DraftKind.PHONE, make.draft(make.line(sku)))).row.id
    picture = io.BytesIO()
    Image.new("RGB", (2, 2)).save(picture, "PNG")
    ids["picture_id"] = pictures.add(make.ADMIN, sku, picture.getvalue()).pictures[0].id
    variants.generate(make.ADMIN, "KAF", name="Kaftan", options={"Size": ["S"]})
    ids["count_id"] = counts.request(make.ADMIN, "MAIN").row.id
    ids["supplier_id"] = suppliers.add(make.ADMIN, Supplier("Anand Weavers")).id
    drafted = purchasing.draft(make.ADMIN, ids["supplier_id"], "MAIN", [Wanted(sku, 5, 1_000_000)])
    ids["purchase_number"] = drafted.row.number
    draft = Draft("x", "placed", "", rules.read_steps([{"do": "tag", "tags": "x"}]))
    ids["rule_id"] = rules.save(make.ADMIN, draft).id
    ids["run_id"] = runs.start(make.ADMIN, "tag", {"tags": "tried"}, Selection(((order.number, None),))).id
    lots.set_terms(make.ADMIN, make.product("KUR-3", on_hand=2), Terms(True))
    ids["lot_id"] = lots.of_product(make.ADMIN, "KUR-3")[0].id
    known = {"number": order.number, "sku": sku, "tag": "vip", "code": "KAF", "name": "orders", **ids}
    known |= {"valid_from": "2099-04-01", "channel": "manual", "channel_sku": "SHOP-77"}

    def put(case: schemathesis.Case) -> None:
        case.path_parameters.update({name: known[name] for name in case.path_parameters})

    return put


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@schema.parametrize()
@BOUNDED
def test_whatever_is_sent_the_answer_is_as_described(case: schemathesis.Case, api: Client) -> None:
    case.call_and_validate(headers=api.headers, checks=AS_GENERATED)


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@at_random.parametrize()
@BOUNDED
def test_whatever_is_sent_about_real_things_the_answer_is_as_described(
    case: schemathesis.Case, api: Client, real: Callable[[schemathesis.Case], None]
) -> None:
    real(case)
    case.call_and_validate(headers=api.headers, checks=ALWAYS)


def test_the_document_names_every_endpoint_below_the_root(api: Client) -> None:
    paths = api.get("//api/openapi.json").json()["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert described == {(each.method, ROOT + each.path) for each in ENDPOINTS}


def test_the_docs_page_shows_every_endpoint_and_loads_nothing(stranger: Client) -> None:
    answer = stranger.get("//api/docs")
    page = answer.text
    assert [each.name for each in ENDPOINTS if f'id="{each.name}"' not in page] == []
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!#|/)[^"]*"', page) == []
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_every_link_on_the_docs_page_leads_somewhere(stranger: Client) -> None:
    page = stranger.get("//api/docs").text
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets - set(re.findall(r'id="([^"]+)"', page)) == set()


def test_docs_api_names_every_endpoint() -> None:
    text = (HOUSE / "docs/api.md").read_text()
    missing = [f"{each.method} {each.path}" for each in ENDPOINTS if f"`{each.method} {each.path}`" not in text]
    assert missing == []
