"""The page at `/api/docs`: the OpenAPI document for people, whole in one file, without a script."""

import json
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

from oms_app.api import openapi
from oms_app.api.endpoint import Endpoint

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"

_STYLE = """
:root { color-scheme: light dark; --text: #1c2024; --soft: #60646c; --line: #d9d9e0; --back: #fff; --code: #f0f0f3;
  --accent: #3a5bc7 }
@media (prefers-color-scheme: dark) { :root { --text: #edeef0; --soft: #b0b4ba; --line: #363a3f; --back: #111113;
  --code: #212225; --accent: #9eb1ff } }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 14px/1.5 system-ui, sans-serif; color: var(--text);
  background: var(--back) }
h1 { font-size: 24px } h2 { font-size: 18px; margin-top: 2.5rem; text-transform: capitalize }
a { color: var(--accent) }
code, pre { font: 13px/1.5 ui-monospace, monospace; background: var(--code); border-radius: 4px; padding: 1px 4px }
pre { padding: 12px; overflow-x: auto }
details { border: 1px solid var(--line); border-radius: 8px; margin: 8px 0; padding: 0 12px }
summary { cursor: pointer; padding: 10px 0; min-height: 24px }
summary b { display: inline-block; min-width: 4rem }
h4 { margin: 12px 0 4px }
table { border-collapse: collapse; width: 100%; margin-bottom: 12px }
th, td { border-top: 1px solid var(--line); padding: 6px 8px; text-align: left; vertical-align: top }
td p { margin: 0 } .soft { color: var(--soft) }
"""


def page(endpoints: Iterable[Endpoint]) -> str:
    """The page as HTML."""
    return _page(tuple(endpoints))


@lru_cache(maxsize=4)
def _page(endpoints: tuple[Endpoint, ...]) -> str:
    document = openapi.describe(endpoints)
    schemas = document["components"]["schemas"]
    groups: dict[str, list[str]] = {}
    for endpoint in endpoints:
        operation = document["paths"][openapi.ROOT + endpoint.path][endpoint.method.lower()]
        groups.setdefault(endpoint.slice, []).append(_operation(endpoint, operation))
    sections = "".join(
        f'<section aria-labelledby="{name}"><h2 id="{name}">{name}</h2>{"".join(operations)}</section>'
        for name, operations in groups.items()
    )
    shapes = "".join(_schema(name, schema) for name, schema in sorted(schemas.items()))
    intro = "".join(f"<p>{_prose(part)}</p>" for part in openapi.DESCRIPTION.split("\n\n"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>API · OMS</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>API</h1>{intro}"
        '<p><a href="/api/openapi.json">OpenAPI document</a> · <a href="/">Dashboard</a></p>'
        f'{sections}<section aria-labelledby="shapes"><h2 id="shapes">Shapes</h2>{shapes}</section>'
        "</main></body></html>"
    )


def _operation(endpoint: Endpoint, operation: dict[str, Any]) -> str:
    parts = [f"<p>{_prose(part)}</p>" for part in operation["description"].split("\n\n")]
    if operation["parameters"]:
        rows = [(p["name"], _type(p["schema"]), p.get("description", "")) for p in operation["parameters"]]
        parts.append(f"<h4>Parameters</h4>{_table(rows)}")
    if body := operation.get("requestBody"):
        parts.append(f"<h4>Body</h4><p>{_type(body['content']['application/json']['schema'])}</p>")
    answers = [
        (status, _type(answer["content"]["application/json"]["schema"]), answer["description"])
        for status, answer in operation["responses"].items()
    ]
    parts.append(f"<h4>Answers</h4>{_table(answers)}<h4>Example</h4><pre>{escape(_example(endpoint))}</pre>")
    return (
        f'<details id="{endpoint.name}"><summary><b>{endpoint.method}</b> <code>{openapi.ROOT}{endpoint.path}</code> '
        f'<span class="soft">{escape(endpoint.summary)}</span></summary>{"".join(parts)}</details>'
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = [
        (field, _type(each) + ("" if field in required else " <span class=soft>optional</span>"), _note(each))
        for field, each in schema.get("properties", {}).items()
    ]
    values = f"<p>One of {_type(schema)}.</p>" if "enum" in schema else ""
    about = escape(schema.get("description", ""))
    return (
        f'<details id="shape-{name}"><summary><code>{escape(name)}</code> <span class="soft">{about}</span></summary>'
        f"{values}{_table(rows) if rows else ''}</details>"
    )


def _table(rows: list[tuple[str, str, str]]) -> str:
    cells = "".join(
        f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{kind}</td><td><p>{_prose(about)}</p></td></tr>'
        for name, kind, about in rows
    )
    return f"<table><tbody>{cells}</tbody></table>"


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to shapes."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return f'<a href="#shape-{name}">{escape(name)}</a>'
    if options := schema.get("anyOf"):
        return " or ".join(_type(each) for each in options)
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " ".join(f"<code>{escape(str(value))}</code>" for value in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    words = [str(schema.get("format", schema.get("type", "anything")))]
    if "minimum" in schema or "exclusiveMaximum" in schema or "maximum" in schema:
        most = schema.get("maximum", schema.get("exclusiveMaximum", ""))
        words.append(f"{schema.get('minimum', '')}…{most if most != 2**63 else ''}")
    if "maxLength" in schema:
        words.append(f"≤ {schema['maxLength']} characters")
    return escape(" ".join(words))


def _note(schema: dict[str, Any]) -> str:
    example = schema.get("examples", [None])[0]
    default = schema.get("default")
    said = [schema.get("description", ""), f"For example `{example}`." if example else ""]
    return " ".join([*said, f"Default `{json.dumps(default)}`." if default not in (None, "") else ""]).strip()


def _example(endpoint: Endpoint) -> str:
    lines = [f'curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000{openapi.ROOT}{endpoint.path}']
    if endpoint.method != "GET":
        lines[0] = lines[0].replace("curl", f"curl -X {endpoint.method}")
    if endpoint.body:
        lines += ['-H "Content-Type: application/json"', "-d @body.json"]
    return " \\\n     ".join(lines)


def _prose(text: str) -> str:
    """Escaped text with `code` marked."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
