"""Calls to a Vendure shop's Admin API: signing in, one operation at a time, its errors in our words."""

from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from oms_app.domain.channels import Connection
from oms_app.domain.errors import NotFound, Rejected, Unavailable
from oms_app.integrations.http import Http

_FOLDER = Path(__file__).parent / "graphql"
_WHY = ("paymentErrorMessage", "fulfillmentHandlerError", "transitionError")
_NOTHING_TO_CARRY = (
    "Vendure signs in but gives no token. Add 'bearer' to authOptions.tokenMethod in its configuration, and keep "
    "authOptions.authTokenHeaderKey as it was."
)

_sessions: dict[str, str] = {}
"""Tokens by the sign-in they are of, in this process and nowhere else: Vendure takes long to check a password."""


class Client:
    """A session of an administrator, begun with the first call and again when the shop has forgotten it."""

    def __init__(self, connection: Connection, http: Http):
        self._connection, self._http = connection, http
        self._who = {
            "username": connection.settings.get("username", ""),
            "password": connection.secrets.get("password", ""),
        }
        self._url = connection.settings.get("url", "").rstrip("/")
        self._session = sha256(repr((self._url, self._who)).encode()).hexdigest()

    def ask(self, operation: str, **variables: Any) -> dict[str, Any]:
        """What the operation of that name answers. Raises Unavailable, Rejected, NotFound."""
        if token := _sessions.get(self._session):
            answer, _token = self._post(operation, variables, token)
            if _code(answer) != "FORBIDDEN":
                return _data(answer)
        token = _sessions[self._session] = self._sign_in()
        answer, _token = self._post(operation, variables, token)
        return _data(answer)

    def tell(self, operation: str, **variables: Any) -> dict[str, Any]:
        """What an operation of one field did. Raises as `ask` does, and Rejected where the shop said why not."""
        [result] = self.ask(operation, **variables).values()
        return _done(result)

    def everywhere(self) -> "Client":
        """The same shop through its default channel, which has the articles of every other."""
        settings = {name: value for name, value in self._connection.settings.items() if name != "channel_token"}
        return Client(replace(self._connection, settings=settings), self._http)

    def _sign_in(self) -> str:
        answer, token = self._post("login", self._who)
        _done(_data(answer)["login"])
        if not token:
            raise Rejected(_NOTHING_TO_CARRY)
        return token

    def _post(self, operation: str, variables: dict[str, Any], token: str = "") -> tuple[dict[str, Any], str]:
        headers = {}
        if token:
            headers["authorization"] = f"Bearer {token}"
        if channel := self._connection.settings.get("channel_token"):
            headers["vendure-token"] = channel
        body = {"query": _document(operation), "variables": variables}
        answer = self._http.call("POST", self._url, headers=headers, body=body)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Rejected(f"{answer.url} is not Vendure's Admin API: it does not answer in JSON.")
        return found, answer.headers.get("vendure-auth-token", "")


@cache
def _document(operation: str) -> str:
    """The operation with the fragments it names, and those they name."""
    text = (_FOLDER / f"{operation}.graphql").read_text()
    for name, fragment in (("...TheOrder", "order"), ("...TheArticle", "article"), ("...Money", "money")):
        if name in text:
            text += (_FOLDER / f"{fragment}.fragment.graphql").read_text()
    return text


def _code(answer: dict[str, Any]) -> str:
    """The code of the first error; one without a code is the server's own fault."""
    errors = answer.get("errors")
    if not errors:
        return ""
    return str((errors[0].get("extensions") or {}).get("code") or "INTERNAL_SERVER_ERROR")


def _data(answer: dict[str, Any]) -> dict[str, Any]:
    code = _code(answer)
    if not code:
        return dict(answer["data"])
    said = str(answer["errors"][0].get("message") or code)
    if code == "ENTITY_NOT_FOUND":
        raise NotFound(said)
    if code == "INTERNAL_SERVER_ERROR":
        raise Unavailable(f"Vendure could not do it: {said}", details={"sent": True})
    raise Rejected(f"Vendure says: {said}", details={"code": code})


def _done(result: Any) -> dict[str, Any]:
    """What came of it, or Rejected with the shop's own sentences."""
    if isinstance(result, list):
        return {"items": result}
    if "errorCode" in result:
        said = " ".join(dict.fromkeys(result[name] for name in ("message", *_WHY) if result.get(name)))
        raise Rejected(f"Vendure says: {said}", details={"code": result["errorCode"]})
    return dict(result)
