"""The OpenAPI 3.1 document, made of the endpoints themselves."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from oms_app.api.endpoint import Endpoint
from oms_app.api.errors import Error
from oms_app.api.respond import ROOT

REF = "#/components/schemas/{model}"
DESCRIPTION = """\
Orders, stock and measurements for programs. Send `Authorization: Bearer oms_…`; make a token with
`oms token create --role ROLE`. Money is a string in major units beside its currency, times are RFC 3339 in UTC.

Lists answer `{"items": […], "next_cursor": …}`; pass `next_cursor` as `cursor` to go on. Errors answer
`{"error": code, "message": sentence, "details": {…}}`. A POST with an `Idempotency-Key` is done once: the same request
gets the first answer again for 24 hours."""

REFUSALS = {
    400: "The request cannot be read; `details.fields` names each field.",
    401: "No token, or one that is unknown or revoked. Comes before every other answer.",
    403: "The token's role may not do this.",
    404: "There is no such thing.",
    405: "The address does not answer this method.",
    409: "Somebody was first, or the request with this key is still running.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not JSON.",
    422: "A rule says no, or the key came with another request.",
    429: "More than 500 requests a second; wait `Retry-After` seconds.",
    500: "Something broke on our side.",
}


def document(endpoints: Iterable[Endpoint]) -> str:
    """The document as JSON text."""
    return _document(tuple(endpoints))


@lru_cache(maxsize=4)
def _document(endpoints: tuple[Endpoint, ...]) -> str:
    return json.dumps(describe(endpoints), ensure_ascii=False)


def describe(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """The document as a dictionary."""
    wanted: list[Any] = [("error", "serialization", TypeAdapter(Error))]
    for endpoint in endpoints:
        wanted.append((endpoint.name, "serialization", endpoint.answer))
        if endpoint.body:
            wanted.append((f"{endpoint.name}:body", "validation", TypeAdapter(endpoint.body)))
    found, definitions = TypeAdapter.json_schemas(wanted, ref_template=REF)
    schemas = {key: schema for (key, _mode), schema in found.items()}
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        path = paths.setdefault(ROOT + endpoint.path, {})
        path[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "OMS", "version": "1", "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "`oms_…`"}},
        },
    }


def _operation(endpoint: Endpoint, schemas: dict[Any, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": adapter.json_schema()}
        for name, adapter in endpoint.parameters.items()
    ]
    if endpoint.query:
        parameters += _query_parameters(endpoint.query)
    if endpoint.method == "POST":
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema})
    done: dict[str, Any] = {"description": "Done.", "content": _json(schemas[endpoint.name])}
    if endpoint.location:
        done["headers"] = {"Location": {"description": "Where the new thing is.", "schema": {"type": "string"}}}
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [endpoint.slice],
        "summary": endpoint.summary,
        "description": f"{endpoint.description}\n\nPermission: `{endpoint.permission}`.".strip(),
        "parameters": parameters,
        "responses": {
            str(endpoint.status): done,
            **{str(status): _refusal(status, schemas) for status in _statuses(endpoint)},
        },
    }
    if endpoint.body:
        operation["requestBody"] = {"required": True, "content": _json(schemas[f"{endpoint.name}:body"])}
    return operation


def _statuses(endpoint: Endpoint) -> list[int]:
    statuses = {400, 401, 403, 429, 500, *endpoint.refusals}
    if endpoint.body:
        statuses |= {413, 415}
    if endpoint.method == "POST":
        statuses |= {409, 422}
    return sorted(statuses)


def _refusal(status: int, schemas: dict[Any, Any]) -> dict[str, Any]:
    return {"description": REFUSALS[status], "content": _json(schemas["error"])}


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=REF)
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": each.pop("description", ""),
            "schema": _inline(each, schema),
        }
        for name, each in schema["properties"].items()
    ]


def _inline(schema: Any, root: dict[str, Any]) -> Any:
    """A parameter's schema with its own definitions written out."""
    if isinstance(schema, list):
        return [_inline(each, root) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        return _inline(root["$defs"][reference.rpartition("/")[2]], root)
    return {name: _inline(each, root) for name, each in schema.items()}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
