"""Shopify, held against what Shopify publishes: its schema, its scopes and its own check of signatures."""

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from graphql import (
    GraphQLAbstractType,
    GraphQLInputObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    NoDeprecatedCustomRule,
    TypeInfo,
    TypeInfoVisitor,
    build_client_schema,
    execute_sync,
    get_named_type,
    parse,
    validate,
    visit,
)
from graphql.execution.values import get_variable_values
from graphql.language import FieldNode, OperationDefinitionNode, Visitor
from graphql.type import is_enum_type

from oms_app.domain.channels import Cancellation, ChannelStatus, Fulfilment, Level, Position, Refund
from oms_app.domain.errors import Rejected, Unauthenticated, Unavailable
from oms_app.integrations.channels.shopify import operations
from oms_app.integrations.channels.shopify.channel import SCOPES
from oms_app.integrations.channels.shopify.client import VERSION, address
from oms_app.integrations.channels.shopify.read import is_cod, method
from oms_app.integrations.sandbox.buyers import BUYERS
from oms_app.integrations.sandbox.shopify import ShopifySandbox
from oms_app.integrations.sandbox.shopify.acts import IDEMPOTENT
from tests import npm
from tests.architecture.sources import ROOT
from tests.contract.rig import START, Rig, connected

HOOK = "https://shop.example/webhooks/shopify/secret-path"


@cache
def published() -> dict[str, Any]:
    """The vendor's own description of the version we speak."""
    folder = npm.packed("shopify-schema", "@shopify/dev-mcp@1.16.0")
    return json.loads(gzip.decompress((folder / "dist" / "data" / f"admin_{VERSION}.json.gz").read_bytes()))


@cache
def schema() -> GraphQLSchema:
    """The vendor's schema, made so that it executes on plain values."""
    made = build_client_schema(published()["data"], assume_valid=True)
    for each in made.type_map.values():
        if is_enum_type(each) and not each.name.startswith("__"):
            for name, value in each.values.items():
                value.value = name
            each.__dict__.pop("_value_lookup", None)
    return made


@cache
def conversation() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Everything the adapter can send, as it went to the sandbox, with the variables and the answers."""
    with connected("shopify") as rig:
        sandbox = rig.sandbox
        assert isinstance(sandbox, ShopifySandbox)
        sandbox.remember = True
        speak(rig)
        return sandbox.seen


def speak(rig: Rig) -> None:
    """Every act of the adapter."""
    channel: Any = rig.channel
    channel.test()
    lines = [rig.shop.line("DIYA-12", 1) for _ in range(60)]
    long = rig.shop.place(lines, buyer=BUYERS[7], attributes=(("GSTIN", "27AAPFU0939F1ZV"),))
    order = rig.shop.place([("KUR-IND-M", 3), ("SAR-BAN", 1)], shipping=4_900, discount=1_00)
    channel.articles()
    channel.acknowledge(str(order.number), "OMS-1")
    channel.hold(str(order.number), "Address is wrong")
    assert rig.read(order).status is ChannelStatus.PENDING
    channel.release(str(order.number))
    assert rig.read(order).status is ChannelStatus.OPEN
    told = Fulfilment(
        "p", str(order.number), "Delhivery", "DL1", "https://a.example/DL1", START, rig.units(order, 1, 0)
    )
    channel.fulfil(told)
    channel.fulfil(Fulfilment("q", str(long.number), "", "", "", START, ()))
    channel.refund(Refund("r", str(order.number), 1_290_00, "INR", "Stain", rig.units(order, 1, 0)))
    rig.shop.extra["nowhere"] = {"SAR-BAN"}
    channel.stock([Level("KUR-IND-M", 5), Level("SAR-BAN", 2), Level('A"B', 1)], "s")
    channel.cancel(Cancellation("c", str(rig.shop.place([("DIYA-12", 1)]).number), "Fraud", True))
    channel.subscribe(HOOK)
    channel.subscribe(HOOK)
    assert {line.quantity for line in rig.read(long).lines} == {1}
    assert len(rig.read(long).parcels[0].units) == 60
    list(rig.walk())
    position = Position(START)
    while (page := channel.history(position)).following:
        position = Position(START, page.following)
    rig.sandbox.views.order = returned(rig.sandbox.views.order)  # type: ignore[attr-defined]
    assert rig.read(order).returns == ()


def returned(view: Any) -> Any:
    """Orders that say that something comes back."""
    return lambda order: view(order) | {"returnStatus": "RETURN_REQUESTED"}


def test_every_operation_was_sent() -> None:
    sent = {text for text, _, _ in conversation()}
    assert [name for name in operations.names() if operations.operation(name) not in sent] == []


@pytest.mark.parametrize("name", operations.names())
def test_an_operation_is_valid_and_uses_nothing_deprecated(name: str) -> None:
    document = parse(operations.operation(name))
    assert [str(each) for each in validate(schema(), document)] == []
    assert [str(each) for each in validate(schema(), document, [NoDeprecatedCustomRule])] == []
    assert sum(isinstance(each, OperationDefinitionNode) for each in document.definitions) == 1


def test_the_export_is_valid_and_within_its_limits() -> None:
    text = operations.bulk("orders")
    document = parse(text)
    assert [str(each) for each in validate(schema(), document)] == []
    assert [str(each) for each in validate(schema(), document, [NoDeprecatedCustomRule])] == []
    assert text.count("edges {") <= 5
    assert "..." not in text


def test_what_is_deprecated_is_found() -> None:
    old = parse("{ orders(first: 1) { nodes { totalPrice } } }")
    assert validate(schema(), old, [NoDeprecatedCustomRule])


def test_variables_are_what_the_schema_takes_and_nothing_deprecated_in_them() -> None:
    for text, variables, _ in conversation():
        declared = root(text).variable_definitions or ()
        assert not isinstance(get_variable_values(schema(), declared, variables), list)
        for each in declared:
            kind = schema().type_map[named(each.type)]
            assert list(deprecated(kind, variables.get(each.variable.name.value))) == []


def test_the_sandbox_answers_as_the_schema_says() -> None:
    assert len(conversation()) > 30
    for text, variables, answer in conversation():
        if "errors" in answer:
            assert {each["extensions"]["code"] for each in answer["errors"]} == {"MAX_COST_EXCEEDED"}
            continue
        shaped = execute_sync(
            schema(),
            parse(text),
            answer["data"],
            variable_values=variables,
            type_resolver=kind,
        )
        assert shaped.errors is None, (text, shaped.errors)
        assert shaped.data == answer["data"]


def test_what_must_be_idempotent_is() -> None:
    fields = next(each for each in published()["data"]["__schema"]["types"] if each["name"] == "Mutation")["fields"]
    required = {each["name"] for each in fields if "key is required" in (each["description"] or "").replace("\n", " ")}
    assert required == IDEMPOTENT
    sent = [field for text in map(operations.operation, operations.names()) for field in roots(text)]
    keyed = {each.name.value for each in sent if any(mark.name.value == "idempotent" for mark in each.directives or ())}
    assert keyed == {each.name.value for each in sent} & required
    assert len(keyed) == 3


def test_the_scopes_are_those_that_are_needed_and_documented() -> None:
    needed = list(scopes())
    granted = allowed(SCOPES)
    assert [each for each in needed if not each & granted] == []
    spare = [scope for scope in SCOPES if all(each & allowed([s for s in SCOPES if s != scope]) for each in needed)]
    assert spare == [], "nothing needs these"
    told = re.findall(r"`((?:read|write)_\w+)`", (ROOT / "docs" / "shopify.md").read_text())
    assert sorted({*told} - {"read_all_orders"}) == sorted(SCOPES)


def allowed(scopes: Any) -> set[str]:
    """What these scopes allow: who may write may read."""
    return {*scopes, *(f"read_{scope.removeprefix('write_')}" for scope in scopes if scope.startswith("write_"))}


def scopes() -> Iterator[set[str]]:
    """For each type and field used the scopes of which one is enough."""
    known = {
        (each["typeName"], each.get("fieldName")): set(each["offlineScopes"])
        for each in published()["offline_scopes"]["items"]
        if each["offlineScopes"]
    }
    used: set[tuple[str, str | None]] = set()
    info = TypeInfo(schema())

    class Collect(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent, found = info.get_parent_type(), info.get_type()
            if parent and found:
                used.update({(parent.name, node.name.value), (get_named_type(found).name, None)})

    for text in (*map(operations.operation, operations.names()), operations.bulk("orders")):
        visit(parse(text), TypeInfoVisitor(info, Collect()))
    yield from (known[each] for each in sorted(used, key=str) if each in known)


_ORACLE = """
require('@shopify/shopify-api/adapters/node');
const {shopifyApi} = require('@shopify/shopify-api');
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const api = shopifyApi({apiKey: 'k', apiSecretKey: cases.secret, hostName: 'shop.example', isEmbeddedApp: false,
  apiVersion: '2026-07', logger: {level: 0}});
(async () => {
  const said = [];
  for (const {headers, body} of cases.messages) {
    const answer = await api.webhooks.validate({rawBody: body, rawRequest: {headers, url: '/', method: 'POST'}});
    said.push(answer.valid);
  }
  console.log(JSON.stringify(said));
})();
"""


def test_signatures_hold_exactly_where_shopifys_own_library_says_so() -> None:
    home = npm.installed("shopify-api", "@shopify/shopify-api@15.0.0")
    with connected("shopify") as rig:
        rig.sandbox.send_to(HOOK)
        message = rig.sandbox.messages("created", rig.shop.place([("DIYA-12", 1)]))[0]
        good = {name.lower(): value for name, value in message.headers.items()}
        body = message.body.decode()
        cases = [(good, body), (good, body + " "), (good, ""), ({}, body)]
        cases += [({key: value for key, value in good.items() if key != name}, body) for name in good]
        cases += [(good | {name: ""}, body) for name in good]
        signature = good["x-shopify-hmac-sha256"]
        wrong = (signature.lower(), signature[:-1], f" {signature}", f"{signature}=", signature.rstrip("="), "é")
        cases += [(good | {"x-shopify-hmac-sha256": each}, body) for each in wrong]
        given = {"secret": "sandbox-client-secret", "messages": [{"headers": h, "body": b} for h, b in cases]}
        theirs = json.loads(npm.node(home, _ORACLE, json.dumps(given)).strip().splitlines()[-1])
        assert [holds(rig, headers, text) for headers, text in cases] == theirs
        assert theirs[0] is True
        assert theirs.count(False) > 10


def holds(rig: Rig, headers: dict[str, str], body: str) -> bool:
    """Whether we take a webhook."""
    try:
        rig.adapter.verify(rig.connection, headers, body.encode())
    except Unauthenticated:
        return False
    return True


def test_the_secret_before_still_signs() -> None:
    with connected("shopify") as rig:
        rig.sandbox.send_to(HOOK)
        message = rig.sandbox.messages("created", rig.shop.place([("DIYA-12", 1)]))[0]
        headers = {name.lower(): value for name, value in message.headers.items()}
        rig.connection.secrets.update(client_secret="new", client_secret_before="sandbox-client-secret")
        assert rig.adapter.verify(rig.connection, headers, message.body).topic == "orders/create"


def test_a_token_that_ran_out_is_renewed_once_and_kept() -> None:
    with connected("shopify") as rig:
        sandbox: Any = rig.sandbox
        sandbox.rotate()
        rig.connection.secrets["refresh_token"] = sandbox.refresh_token
        assert rig.channel.test() == rig.shop.name
        assert rig.kept == {"access_token": sandbox.access_token, "refresh_token": sandbox.refresh_token}
        shown = "".join(map(repr, rig.calls))
        assert not any(secret in shown for secret in (*rig.kept.values(), sandbox.secret))


def test_throttling_says_how_long_and_the_pace_follows_the_stores_own_numbers() -> None:
    with connected("shopify") as rig:
        sandbox: Any = rig.sandbox
        rig.channel.test()
        assert rig.http.rate
        assert (rig.http.rate.allowed, rig.http.rate.per_second) == (50_000, 10_000)
        sandbox.points, sandbox.restored, sandbox._left = 900, 0.001, 0
        rig.http.rate = None
        with pytest.raises(Unavailable) as error:
            rig.channel.articles()
        assert error.value.details["retry_after"] > 1


def test_an_export_is_resumed_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oms_app.integrations.channels.shopify.export._PART", 6_000)
    with connected("shopify") as rig:
        orders = [rig.shop.place([("DIYA-12", 1), ("SAR-BAN", 2)], buyer=BUYERS[i % 8]) for i in range(25)]
        rig.shop.fulfil(orders[3], {line.number: line.quantity for line in orders[3].lines}, courier="D", tracking="T")
        rig.shop.fulfil(orders[4], {orders[4].lines[0].number: 1}, courier="D", tracking="U")
        channel: Any = rig.channel
        found, token, pages = {}, "", 0
        while True:
            page = channel.history(Position(START, token))
            again = rig.adapter.connect(rig.connection, rig.http)
            channel, pages = again, pages + 1
            found |= {raw.external_id: rig.adapter.read(raw.body) for raw in page.items}
            assert page.following != token
            if not (token := page.following):
                break
        assert pages > 4
        assert found == {str(order.number): rig.read(order) for order in orders}


def test_other_buyers_gstin_is_taken_from_the_note_attributes_and_a_wrong_one_is_not() -> None:
    with connected("shopify") as rig:
        for given, read in (
            ("27AAPFU0939F1ZV", "27AAPFU0939F1ZV"),
            ("27aapfu0939f1zv ", "27AAPFU0939F1ZV"),
            ("27X", ""),
        ):
            order = rig.shop.place([("DIYA-12", 1)], attributes=(("GST Number", given), ("Gift", "yes")))
            assert (rig.read(order).gstin, rig.read(order).note) == (read, "Gift: yes")


@pytest.mark.parametrize("name", ["Cash on Delivery (COD)", "cash_on_delivery", "COD", "GoKwik COD", "Pay on Delivery"])
def test_cash_on_delivery_by_the_names_it_has_in_india(name: str) -> None:
    assert is_cod({"paymentGatewayNames": [name], "transactions": []})


def test_gateways_are_read_as_far_as_their_names_say() -> None:
    said = {
        "Razorpay UPI": "upi",
        "PhonePe": "upi",
        "Razorpay Secure": "other",
        "gift_card": "wallet",
        "Paytm Wallet": "wallet",
    }
    assert {name: str(method(name)) for name in said} == said
    assert not is_cod({"paymentGatewayNames": ["Razorpay Secure (UPI, Cards)"], "transactions": []})


def test_only_a_store_of_shopifys_or_a_sandbox_here_is_called() -> None:
    assert address("My-Store.myshopify.com/") == "https://my-store.myshopify.com"
    assert address("http://127.0.0.1:8040") == "http://127.0.0.1:8040"
    for wrong in ("evil.example", "http://10.0.0.1", "my-store.myshopify.com.evil.example", ""):
        with pytest.raises(Exception, match="is not a store"):
            address(wrong)


def test_a_missing_permission_and_another_currency_are_said() -> None:
    with connected("shopify") as rig:
        sandbox: Any = rig.sandbox
        sandbox.scopes = tuple(scope for scope in sandbox.scopes if scope != "write_inventory")
        with pytest.raises(Rejected, match="permissions: write_inventory\\."):
            rig.channel.test()


def root(text: str) -> OperationDefinitionNode:
    """The operation of a document."""
    return next(each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode))


def roots(text: str) -> list[FieldNode]:
    """The fields an operation starts with."""
    return [each for each in root(text).selection_set.selections if isinstance(each, FieldNode)]


def named(node: Any) -> str:
    """The name inside a type of a variable."""
    while hasattr(node, "type"):
        node = node.type
    return str(node.name.value)


def deprecated(kind: Any, value: Any) -> Iterator[str]:
    """Fields of an input that are not to be used any more."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(kind, GraphQLInputObjectType) and isinstance(each, dict):
            for name, inner in each.items():
                if kind.fields[name].deprecation_reason:
                    yield f"{kind.name}.{name}"
                yield from deprecated(get_named_type(kind.fields[name].type), inner)


def kind(value: dict[str, Any], info: GraphQLResolveInfo, abstract: GraphQLAbstractType) -> str:
    """The type of a value: its global id says it, or the id that was asked for."""
    if abstract.name == "Node":
        return str(value.get("id") or info.variable_values.coerced["id"]).split("/")[3]
    return abstract.name.removesuffix("Type")
