"""An endpoint as data: what it answers to, who may call it, what it reads and what it answers.

A handler is a plain function: `actor`, path parameters by name, `body` and `query` as pydantic models, and a TypedDict
back. Its signature is the contract that requests are read by and that the OpenAPI document is made of.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, TypeAdapter

from oms_app.domain.permissions import Permission

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One method on one path. `permission` is what a caller needs at least; services check the rest."""

    method: str
    path: str
    act: Callable[..., Any]
    permission: Permission
    status: int
    location: str
    refusals: tuple[int, ...]
    slice: str
    segments: tuple[str | None, ...] = field(init=False)
    parameters: dict[str, TypeAdapter[Any]] = field(init=False)
    body: type[BaseModel] | None = field(init=False)
    query: type[BaseModel] | None = field(init=False)
    answer: TypeAdapter[Any] = field(init=False)

    def __post_init__(self) -> None:
        parts = self.path.strip("/").split("/")
        hints = get_type_hints(self.act, include_extras=True)
        names = re.findall(r"{(\w+)}", self.path)
        expected = {"actor", *names} | ({"body", "query"} & set(hints))
        if set(inspect.signature(self.act).parameters) != expected:
            raise TypeError(f"{self.method} {self.path}: {self.act.__name__} must take {sorted(expected)}")
        put = object.__setattr__
        put(self, "segments", tuple(None if part.startswith("{") else part for part in parts))
        put(self, "parameters", {name: TypeAdapter(hints[name]) for name in names})
        put(self, "body", hints.get("body"))
        put(self, "query", hints.get("query"))
        put(self, "answer", TypeAdapter(hints["return"]))

    @property
    def name(self) -> str:
        """The operation id."""
        return self.act.__name__

    @property
    def summary(self) -> str:
        """First line of the handler's docstring."""
        return (inspect.getdoc(self.act) or "").partition("\n")[0]

    @property
    def description(self) -> str:
        """The rest of the handler's docstring."""
        return (inspect.getdoc(self.act) or "").partition("\n")[2].strip()

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The path parameters, where these decoded segments are this path."""
        if len(segments) != len(self.segments):
            return None
        values = []
        for own, given in zip(self.segments, segments, strict=True):
            if own is None:
                values.append(given)
            elif own != given:
                return None
        return dict(zip(self.parameters, values, strict=True))


class Endpoints:
    """The endpoints of one slice, in the order they are read by people."""

    def __init__(self, slice_: str):
        self.slice = slice_
        self._all: list[Endpoint] = []

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._all)

    def get(self, path: str, permission: Permission, *, refusals: tuple[int, ...] = ()) -> Callable[[Handler], Handler]:
        """A read."""
        return self._add("GET", path, permission, 200, "", refusals)

    def post(
        self,
        path: str,
        permission: Permission,
        *,
        status: int = 201,
        location: str = "",
        refusals: tuple[int, ...] = (404, 422),
    ) -> Callable[[Handler], Handler]:
        """A write. `location` names the new thing's path, filled in from the answer."""
        return self._add("POST", path, permission, status, location, refusals)

    def delete(
        self, path: str, permission: Permission, *, refusals: tuple[int, ...] = (404, 422)
    ) -> Callable[[Handler], Handler]:
        """A removal."""
        return self._add("DELETE", path, permission, 200, "", refusals)

    def _add(
        self, method: str, path: str, permission: Permission, status: int, location: str, refusals: tuple[int, ...]
    ) -> Callable[[Handler], Handler]:
        def add(act: Handler) -> Handler:
            self._all.append(Endpoint(method, path, act, permission, status, location, refusals, self.slice))
            return act

        return add
