"""Prism on Amazon's own models: it answers as they say, and says what of a call they do not allow."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from oms_app.cli import frontend
from tests import npm
from tests.shared import shared

PACKAGE = "@stoplight/prism-cli@5.14.2"
MODELS = ("orders_2026-01-01", "ordersV0", "listingsItems_2021-08-01", "reports_2021-06-30", "feeds_2021-06-30")
_LISTENS = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")
_MODELLED = re.compile(r"/(?:orders|listings|reports|feeds)/")


def models(into: Path) -> Path:
    """Amazon's models as one; two that call a thing the same keep it apart."""
    whole: dict[str, Any] = {
        "swagger": "2.0",
        "info": {"title": "Selling Partner API", "version": "1"},
        "host": "127.0.0.1",
        "schemes": ["http"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": {},
        "definitions": {},
    }
    for place, name in enumerate(MODELS):
        text = shared(f"contracts/amazon-spapi/{name}.json").read_text()
        model = json.loads(text.replace("#/definitions/", f"#/definitions/m{place}-"))
        whole["paths"] |= model["paths"]
        whole["definitions"] |= {f"m{place}-{title}": each for title, each in model["definitions"].items()}
    file = into / "amazon.json"
    file.write_text(json.dumps(whole))
    return file


@contextmanager
def prism(home: Path, *words: str) -> Iterator[str]:
    """The address of a Prism that runs; `words` are its command and what that takes."""
    command = [frontend.node() / "node", "node_modules/@stoplight/prism-cli/dist/index.js", *words]
    environment = os.environ | {"NO_COLOR": "1"}
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", "0"],
        cwd=npm.installed("prism", PACKAGE),
        env=environment,
        stdout=(log := home.open("w")),
        stderr=subprocess.STDOUT,
    )
    try:
        until = time.monotonic() + 60
        while not (found := _LISTENS.search(home.read_text())):
            assert process.poll() is None, home.read_text()
            assert time.monotonic() < until, home.read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{found.group(1)}"
    finally:
        process.terminate()
        process.wait(10)
        log.close()


@dataclass
class Through(httpx.BaseTransport):
    """Calls that Amazon's models know go through Prism, the rest where they were meant to on this machine.

    `held_against` counts them by method and path, `violations` is what Prism objects to.
    """

    prism: str
    elsewhere: dict[str, httpx.Response] = field(default_factory=dict)
    held_against: list[tuple[str, str, int]] = field(default_factory=list)
    violations: list[dict[str, Any]] = field(default_factory=list)
    _out: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if not _MODELLED.match(request.url.path):
            return self.elsewhere.get(request.url.path) or self._out.handle_request(request)
        base = httpx.URL(self.prism)
        url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port)
        headers = [(name, value) for name, value in request.headers.items() if name.lower() != "host"]
        answer = self._out.handle_request(httpx.Request(request.method, url, headers=headers, content=request.content))
        answer.read()
        self.held_against.append((request.method, request.url.path, answer.status_code))
        self.violations += [
            {"call": f"{request.method} {request.url.raw_path.decode()}", **each}
            for each in json.loads(answer.headers.get("sl-violations", "[]"))
        ]
        return answer

    def close(self) -> None:
        """Let the connections go."""
        self._out.close()
