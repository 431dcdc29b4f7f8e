"""The one way out: a client with time-outs, the vendor's own rate, errors in our words, and a record of each call."""

import json
import math
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import httpx

from oms_app.domain.errors import Rejected, Unavailable

TIMEOUT = httpx.Timeout(30, connect=10)
_RETRY = {408, 425, 429}
_LONGEST_WAIT_S = 30.0
_PRIVATE = "(tokens, not kept)"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it went, before anything of it is masked. `status` 0: there was no answer."""

    method: str
    url: str
    request: str
    status: int
    response: str
    seconds: float
    error: str = ""


@dataclass
class Rate:
    """A token bucket that the vendor's own answers correct: `allowed` calls at once, `per_second` afterwards."""

    allowed: float
    per_second: float
    clock: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _at: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self._left, self._at = self.allowed, self.clock()

    def wait(self, cost: float = 1.0, longest: float = math.inf) -> float:
        """Seconds to wait before a call of this cost; the call is counted where it is no longer than `longest`."""
        with self._lock:
            now = self.clock()
            self._left = min(self.allowed, self._left + (now - self._at) * self.per_second)
            self._at = now
            pause = max(0.0, (cost - self._left) / self.per_second)
            if pause <= longest:
                self._left -= cost
            return pause

    def correct(self, left: float, per_second: float | None = None) -> None:
        """The vendor says how much is left, and how fast it grows."""
        with self._lock:
            self._left, self._at = min(left, self.allowed), self.clock()
            self.per_second = per_second or self.per_second


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Whom we believe, read once: it takes longer than most calls."""
    return httpx.create_ssl_context()


class Http:
    """Calls of one connection.

    rates  what the vendor allows, by the name of what is asked for where it counts apart ("" the rest); shared by all
           who call the same shop
    """

    def __init__(
        self,
        *,
        rates: dict[str, Rate] | None = None,
        record: Callable[[Call], None] = lambda _call: None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self._client = httpx.Client(
            timeout=TIMEOUT, transport=transport, follow_redirects=False, verify=_certificates()
        )
        self.rates: dict[str, Rate] = {} if rates is None else rates
        self._record, self._sleep = record, sleep

    @property
    def rate(self) -> Rate | None:
        """What the vendor allows of calls that it does not count apart."""
        return self.rates.get("")

    @rate.setter
    def rate(self, rate: Rate) -> None:
        self.rates[""] = rate

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        cost: float = 1.0,
        counted: str = "",
        hint: Callable[[httpx.Response], float | None] | None = None,
        private: bool = False,
    ) -> httpx.Response:
        """The answer, whatever 2xx it is. `body` goes as JSON, `content` as it is. `counted`: by which of the rates.

        Of a `private` call (tokens are exchanged) the record says only that it was made. `hint` reads out of a refusal
        how long to wait, where the vendor does not say it as Retry-After.

        Raises Unavailable (no answer, 408, 425, 429, 5xx; `details["retry_after"]` is the vendor's own hint in seconds,
        `details["sent"]` whether the vendor may have acted on it) or Rejected (any other, with the vendor's sentence).
        `details["code"]` is the vendor's own word for it, where its answer has one.
        """
        rate = self.rates.get(counted)
        if rate and (pause := rate.wait(cost, _LONGEST_WAIT_S)):
            if pause > _LONGEST_WAIT_S:
                details: dict[str, Any] = {"retry_after": pause, "sent": False}
                raise Unavailable("The channel takes no more calls for now.", details=details)
            self._sleep(pause)
        request = self._client.build_request(
            method, url, headers=headers, params=query, json=body, data=form, content=content
        )
        began = time.monotonic()
        try:
            answer = self._client.send(request)
        except httpx.HTTPError as error:
            sent = not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
            said = f"{request.url.host} did not answer: {type(error).__name__}."
            self._note(request, began, error=said, private=private)
            raise Unavailable(said, details={"sent": sent}) from error
        self._note(request, began, answer, private=private)
        if answer.is_success:
            return answer
        details = {"status": answer.status_code, "sent": True}
        if code := _code(answer):
            details |= {"code": code, "said": sentence(answer)}
        if answer.status_code in _RETRY or answer.status_code >= 500:
            if wait_s := (hint or _retry_after)(answer):
                details["retry_after"] = wait_s
            details["sent"] = answer.status_code >= 500
            raise Unavailable(f"{request.url.host} answered {answer.status_code}.", details=details)
        raise Rejected(f"{request.url.host} answered {answer.status_code}: {sentence(answer)}", details=details)

    def _note(
        self,
        request: httpx.Request,
        began: float,
        answer: httpx.Response | None = None,
        error: str = "",
        private: bool = False,
    ) -> None:
        self._record(
            Call(
                request.method,
                str(request.url.copy_with(query=None) if private else request.url),
                _PRIVATE if private else request.content.decode("utf-8", "replace"),
                answer.status_code if answer is not None else 0,
                "" if answer is None else _PRIVATE if private else answer.text,
                time.monotonic() - began,
                error,
            )
        )


def sentence(answer: httpx.Response) -> str:
    """What a vendor's refusal says, in the vendor's words."""
    try:
        found = _first_text(answer.json())
    except (json.JSONDecodeError, UnicodeDecodeError):
        found = ""
    return (found or answer.text.strip() or answer.reason_phrase)[:500]


def _first_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return next((text for each in value if (text := _first_text(each))), "")
    if isinstance(value, dict):
        for name in ("message", "error_description", "details", "detail", "errors", "error", "title"):
            if text := _first_text(value.get(name)):
                return text
    return ""


def _code(answer: httpx.Response) -> str:
    try:
        said = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return ""
    code = said.get("code") if isinstance(said, dict) else None
    return code if isinstance(code, str) else ""


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds the vendor asks for; a hint that is no number is none."""
    try:
        return max(0.0, float(answer.headers.get("retry-after", "")))
    except ValueError:
        return None
