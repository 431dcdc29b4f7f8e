"""A person's browser without the browser: signs in, opens a page over Reflex's socket, sends events, hears updates."""

import asyncio
import json
import re
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import websockets
from websockets.asyncio.client import ClientConnection

NAMESPACE = "/_event"
ROOT = "reflex___state____state"
ON_LOAD = "reflex___state____on_load_internal_state.on_load_internal"


def sign_in(url: str, email: str, password: str) -> str:
    """The cookie of a new session, as a header's value."""
    answer = httpx.post(f"{url}/auth/sign-in", data={"email": email, "password": password, "next": "/"})
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


@dataclass
class Tab:
    """One open page. `hear` gets each update as text, with the moment it arrived."""

    url: str
    cookie: str
    page: str
    hear: Callable[[str, float], None] = lambda _text, _at: None
    query: dict[str, str] = field(default_factory=dict)
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    _socket: ClientConnection | None = None
    _listener: asyncio.Task[None] | None = None

    async def open(self) -> "Tab":
        """Connect and load the page, as the front end does."""
        address = f"{self.url.replace('http', 'ws', 1)}{NAMESPACE}/?EIO=4&transport=websocket&token={self.token}"
        self._socket = await websockets.connect(
            address,
            additional_headers={"Cookie": self.cookie},
            origin=self.url,  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=60,
        )
        await self._socket.recv()
        boot = {"name": f"{ROOT}.hydrate_and_load", "payload": {}, "router_data": self._router()}
        await self._socket.send(f"40{NAMESPACE}," + json.dumps({"event": boot}))
        self._listener = asyncio.create_task(self._listen(self._socket))
        return self

    async def go(self, page: str, **query: str) -> float:
        """Walk to another page of the app; returns the moment the event was sent."""
        self.page, self.query = page, query
        return await self.send(ON_LOAD, {})

    async def send(self, handler: str, payload: dict[str, Any]) -> float:
        """Call a state's handler; returns the moment it was sent."""
        assert self._socket
        event = {"name": f"{ROOT}.{handler}", "payload": payload, "router_data": self._router()}
        sent = time.perf_counter()
        await self._socket.send(f"42{NAMESPACE}," + json.dumps(["event", event]))
        return sent

    async def close(self) -> None:
        """Close the tab."""
        assert self._socket
        assert self._listener
        self._listener.cancel()
        await self._socket.close()

    def _router(self) -> dict[str, Any]:
        path = f"{self.page}?{urlencode(self.query)}" if self.query else self.page
        return {"pathname": self.page, "asPath": path, "query": self.query}

    async def _listen(self, socket: ClientConnection) -> None:
        async for message in socket:
            now = time.perf_counter()
            text = message if isinstance(message, str) else message.decode()
            if text == "2":
                await socket.send("3")
            elif text.startswith("42"):
                self.hear(text, now)


def resident_mb(pid: int) -> float:
    """What a process weighs, in MB."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) / 1024


def heaviest(pid: int) -> int:
    """The web process of a shop: the heaviest of a process and its descendants."""
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return max([pid, *(heaviest(int(child)) for child in children)], key=resident_mb)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
