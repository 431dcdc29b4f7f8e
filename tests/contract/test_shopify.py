"""Shopify, held against what Shopify publishes: its schema, its scopes and its own check of signatures."""

import gzip
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
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

from oms_app.domain.channels import Cancellation, ChannelStatus, Fulfilment, Level, Listing, Position, Refund
from oms_app.domain.errors import Rejected, Unauthenticated
from oms_app.integrations.channels.shopify import operations
from oms_app.integrations.channels.shopify.channel import SCOPES
from oms_app.integrations.channels.shopify.client import VERSION
from oms_app.integrations.channels.shopify.consent import signed
from oms_app.integrations.sandbox.buyers import BUYERS
from oms_app.integrations.sandbox.shopify import ShopifySandbox
from oms_app.integrations.sandbox.shopify.access import Access
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
    new = Listing("NEW-1", "Stole, red", 649_500_000, "INR", True, "8901234567894", 180, "Cotton.\nDyed < by hand.")
    assert channel.push_product(new) == channel.push_product(new)
    channel.push_product(replace(new, sku="NEW-2", barcode="", weight_g=0, description=""))
    with pytest.raises(Rejected, match="Title can't be blank"):
        channel.push_product(replace(new, sku="NEW-3", title=" "))
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
    rig.shop.send_back(order, {order.lines[0].number: 1}, reason="Too small")
    assert rig.read(order).returns


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


_CAME_BACK = """
require('@shopify/shopify-api/adapters/node');
const {shopifyApi} = require('@shopify/shopify-api');
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const api = shopifyApi({apiKey: 'k', apiSecretKey: cases.secret, hostName: 'shop.example', isEmbeddedApp: false,
  apiVersion: '2026-07', logger: {level: 0}});
(async () => {
  const said = [];
  for (const query of cases.queries) {
    said.push(await api.utils.validateHmac(query).catch(() => false));
  }
  console.log(JSON.stringify(said));
})();
"""


def test_what_an_owner_comes_back_with_is_taken_exactly_where_shopifys_own_library_takes_it() -> None:
    home = npm.installed("shopify-api", "@shopify/shopify-api@15.0.0")
    access, now = Access("s3cret"), int(time.time())
    plain = {"code": "0907a61c", "shop": "my-store.myshopify.com", "state": "4.Ab-_~x", "timestamp": str(now)}
    odd = plain | {"host": "YWRtaW4/Pz8+Lw==", "odd": "a b+c*d~é/&=%"}
    good = [access.signed(each) for each in (plain, odd, plain | {"timestamp": str(now - 60)})]
    bad = [good[0] | {name: value + "0"} for name, value in good[0].items()]
    bad += [{name: value for name, value in good[0].items() if name != left} for left in good[0]]
    bad += [access.signed(plain | {"timestamp": each}) for each in (str(now - 600), str(now + 600), "soon", "")]
    given = {"secret": "s3cret", "queries": [*good, *bad, good[0] | {"signature": "x"}]}
    theirs = json.loads(npm.node(home, _CAME_BACK, json.dumps(given)).strip().splitlines()[-1])
    assert [signed("s3cret", each) for each in given["queries"]] == theirs  # type: ignore[arg-type]
    assert theirs == [True] * 3 + [False] * len(bad) + [True]


def holds(rig: Rig, headers: dict[str, str], body: str) -> bool:
    """Whether we take a webhook."""
    try:
        rig.adapter.verify(rig.connection, headers, body.encode())
    except Unauthenticated:
        return False
    return True


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
