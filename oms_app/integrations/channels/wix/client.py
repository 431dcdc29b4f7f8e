"""HTTP to one Wix site: its calls as Wix's own library writes them, and the token that runs out."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from oms_app.domain.channels import Connection
from oms_app.domain.errors import Malformed, Rejected, Unavailable
from oms_app.integrations.http import Http, Rate

WIX = "https://www.wixapis.com"
_HERE = re.compile(r"http://127\.0\.0\.1:\d+")
_ALLOWED = (50, 2.5)
"""Calls at once, and a second afterwards: never more than the 200 a minute that Wix takes for one installation."""
_LONGEST_QUERY = 4_000
_EARLY = timedelta(minutes=2)
"""A token is renewed this long before it runs out."""


class Client:
    """Calls of one site, signed in by an API key or as an app."""

    def __init__(self, connection: Connection, http: Http):
        self._connection, self._http = connection, http
        self._address = address(connection.settings.get("address", ""))
        if self._address == WIX and http.rate is None:
            http.rate = Rate(*_ALLOWED)

    def get(self, path: str, **said: Any) -> dict[str, Any]:
        """What a path answers; `{id}` in it is filled with what is said, and said again in the query as Wix does.

        What no query can hold goes as one encoded word, and beyond 4,000 characters as a POST to the same path.
        """
        query: dict[str, Any] = said
        if any(isinstance(each, (dict, list)) for each in said.values()):
            text = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
            query = {".r": base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")}
            if len(query[".r"]) + len(".r=") > _LONGEST_QUERY:
                return self._call("POST", path, body=said)
        return self._call("GET", _filled(path, said), query=query)

    def post(self, path: str, **said: Any) -> dict[str, Any]:
        """What a call that carries a body answers; ids stand in the path and in the body, as Wix writes them."""
        return self._call("POST", _filled(path, said), body=said)

    def patch(self, path: str, *ids: str, **said: Any) -> dict[str, Any]:
        """The same for a change; the ids of its path stand somewhere inside of what is said."""
        return self._call("PATCH", path.format(*(quote(each, safe="") for each in ids)), body=said)

    def _call(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None
    ) -> dict[str, Any]:
        try:
            return self._once(method, path, query, body)
        except Rejected as refusal:
            if refusal.details.get("status") != 401 or self._by_key():
                raise
        self._renew()
        return self._once(method, path, query, body)

    def _once(self, method: str, path: str, query: Mapping[str, Any] | None, body: Any) -> dict[str, Any]:
        answer = self._http.call(
            method, f"{self._address}{path}", headers=self._headers(), query=query or None, body=body
        )
        try:
            said = answer.json()
        except json.JSONDecodeError:
            said = None
        if not isinstance(said, dict):
            raise Unavailable("Wix answered something that is no JSON.", details={"sent": True})
        return said

    def _headers(self) -> dict[str, str]:
        settings, secrets = self._connection.settings, self._connection.secrets
        if self._by_key():
            return {"Authorization": secrets["api_key"], "wix-site-id": settings["site_id"]}
        if not secrets.get("access_token") or _until(secrets) <= datetime.now(UTC):
            self._renew()
        return {"Authorization": secrets["access_token"]}

    def _by_key(self) -> bool:
        return bool(self._connection.secrets.get("api_key") and self._connection.settings.get("site_id"))

    def _renew(self) -> None:
        """Get a new access token; it is kept before it is used, and a new refresh token with it."""
        settings, secrets = self._connection.settings, self._connection.secrets
        app = {"client_id": settings.get("app_id"), "client_secret": secrets.get("app_secret")}
        if not all(app.values()) or not (settings.get("instance_id") or secrets.get("refresh_token")):
            raise Rejected(
                "Wix needs an API key with its site ID, or an app's ID and secret with the ID of its instance."
            )
        if refresh := secrets.get("refresh_token"):
            path, grant = "/oauth/access", {"refresh_token": refresh, "grant_type": "refresh_token"}
        else:
            path, grant = (
                "/oauth2/token",
                {
                    "instance_id": settings["instance_id"],
                    "grant_type": "client_credentials",
                },
            )
        said = self._http.call("POST", f"{self._address}{path}", body=app | grant, private=True).json()
        if not said.get("access_token"):
            raise Rejected("Wix gave no access token; install the app on the site again.")
        until = datetime.now(UTC) + timedelta(seconds=float(said.get("expires_in") or 300)) - _EARLY
        fresh = {"access_token": said["access_token"], "access_token_until": until.isoformat()}
        if refresh and said.get("refresh_token"):
            fresh["refresh_token"] = said["refresh_token"]
        self._connection.keep(fresh)
        secrets.update(fresh)


def address(here: str) -> str:
    """Where the API is: Wix itself, or a sandbox on this machine. Raises Malformed for anything else."""
    here = here.strip().rstrip("/")
    if here and not _HERE.fullmatch(here):
        raise Malformed(f"“{here}” is no sandbox; leave the address empty for Wix itself.")
    return here or WIX


def _until(secrets: Mapping[str, str]) -> datetime:
    try:
        return datetime.fromisoformat(secrets["access_token_until"])
    except (KeyError, ValueError):
        return datetime.min.replace(tzinfo=UTC)


def _filled(path: str, said: Mapping[str, Any]) -> str:
    return path.format_map({name: quote(value, safe="") for name, value in said.items() if isinstance(value, str)})
