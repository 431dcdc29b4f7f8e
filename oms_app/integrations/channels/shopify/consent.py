"""The owner's consent (OAuth, authorization code grant): the page they are sent to, and what they come back with."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from oms_app.domain.channels import Connection
from oms_app.domain.errors import Rejected, Unauthenticated
from oms_app.integrations.channels.shopify import tokens
from oms_app.integrations.channels.shopify.channel import SCOPES
from oms_app.integrations.channels.shopify.client import address as store
from oms_app.integrations.http import Http
from oms_app.integrations.ports import Authorisation

_CLOCKS_APART_S = 90
"""What Shopify's own library allows between its clock and ours."""


def address(settings: Mapping[str, str], state: str, back: str) -> str:
    """The page on which the owner installs the app. No `grant_options`: the token is the store's, not a person's."""
    asked = {"client_id": settings["client_id"], "scope": ",".join(SCOPES), "redirect_uri": back, "state": state}
    return f"{store(settings['shop'])}/admin/oauth/authorize?{urlencode(asked)}"


def exchange(connection: Connection, query: Mapping[str, str], http: Http) -> dict[str, str]:
    """An access token that lasts an hour, and the refresh token that renews it."""
    if not signed(connection.secrets["client_secret"], query):
        raise Unauthenticated("What came back is not signed by Shopify: begin again.")
    here = store(connection.settings["shop"])
    if query.get("shop", "") != urlsplit(here).netloc:
        raise Unauthenticated(f"Another store came back than {urlsplit(here).netloc}: begin again.")
    if not query.get("code"):
        raise Rejected("The app was not installed in Shopify.")
    grant = {"code": query["code"], "expiring": "1"}
    return tokens.asked(http, here, connection.settings, connection.secrets, grant)


def signed(secret: str, query: Mapping[str, str]) -> bool:
    """Whether Shopify sent this, just now: all but the signature, sorted, as a query is written."""
    given, at = query.get("hmac", ""), query.get("timestamp", "")
    if not at.isdecimal() or abs(time.time() - int(at)) > _CLOCKS_APART_S:
        return False
    pairs = sorted((name, value) for name, value in query.items() if name not in ("hmac", "signature"))
    message = "&".join(f"{_written(name)}={_written(value)}" for name, value in pairs)
    right = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.encode(), right.encode())


def _written(text: str) -> str:
    return quote(text, safe="*").replace("~", "%7E")


CONSENT = Authorisation(("shop", "client_id", "client_secret"), address, exchange)
