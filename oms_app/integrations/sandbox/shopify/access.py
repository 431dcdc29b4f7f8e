"""Who may call the sandbox's store: the app's tokens, asked for, renewed, or given by the owner's consent."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode

from oms_app.integrations.sandbox.vendor import Answer, Asked

SCOPES = (
    "read_all_orders",
    "read_customers",
    "read_locations",
    "read_returns",
    "write_inventory",
    "write_merchant_managed_fulfillment_orders",
    "write_orders",
    "write_products",
)
_CONSENT = "/admin/oauth/authorize"
_TOKENS = "/admin/oauth/access_token"


class Access:
    """One app with its secret, and the tokens that are worth something now."""

    def __init__(self, secret: str = ""):
        self.client_id = "sandbox-client"
        self.secret = secret or "sandbox-client-secret"
        self.access_token, self.refresh_token = "sandbox-access-1", "sandbox-refresh-1"
        self.scopes = SCOPES
        self.given = 0
        """How often tokens were given."""
        self._codes: set[str] = set()

    def allows(self, asked: Asked) -> bool:
        """Whether a call comes with the token."""
        return hmac.compare_digest(asked.headers.get("x-shopify-access-token", ""), self.access_token)

    def respond(self, asked: Asked) -> Answer | None:
        """The page where the owner consents, and what tokens are asked for with. None: the call is another."""
        if asked.path == _TOKENS and asked.method == "POST":
            return self._give(dict(parse_qsl(asked.body.decode())))
        if asked.path == _CONSENT and asked.method in ("GET", "POST"):
            return self._consent(asked)
        return None

    def rotate(self) -> None:
        """New tokens; those before are worth nothing any more."""
        number = int(self.access_token.rsplit("-", 1)[1]) + 1
        self.access_token, self.refresh_token = f"sandbox-access-{number}", f"sandbox-refresh-{number}"

    def expire(self) -> None:
        """The access token runs out, the refresh token still holds."""
        self.access_token = f"expired-{self.access_token}"

    def _give(self, form: Mapping[str, str]) -> Answer:
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.secret):
            said = "The client ID or the client secret is wrong."
            return Answer.json({"error": "application_cannot_be_found", "error_description": said}, 400)
        match form.get("grant_type"):
            case "refresh_token":
                right = form.get("refresh_token") == self.refresh_token
                expires = True
            case "client_credentials":
                right, expires = True, False
            case _:
                right = form.get("code") in self._codes
                self._codes.discard(form.get("code", ""))
                expires = form.get("expiring") == "1"
        if not right:
            said = "The refresh token or the code is not valid any more."
            return Answer.json({"error": "invalid_grant", "error_description": said}, 400)
        self.rotate()
        self.given += 1
        told = {"access_token": self.access_token, "scope": ",".join(self.scopes)}
        if form.get("grant_type") == "client_credentials":
            return Answer.json(told | {"expires_in": 86_399})
        if not expires:
            return Answer.json(told)
        renewal = {"refresh_token": self.refresh_token, "refresh_token_expires_in": 7_776_000}
        return Answer.json(told | {"expires_in": 3_600} | renewal)

    def _consent(self, asked: Asked) -> Answer:
        wanted, back = asked.query.get("scope", "").split(","), asked.query.get("redirect_uri", "")
        if asked.query.get("client_id") != self.client_id or not back.startswith(("http://", "https://")):
            return Answer.json({"error": "invalid_request", "error_description": "No such app, or no way back."}, 400)
        if asked.method == "GET":
            rows = "".join(f"<li>{escape(each)}</li>" for each in wanted)
            page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Install app</title></head>
<body style="font:16px/1.5 system-ui;margin:3rem auto;max-width:36rem"><h1>Install this app?</h1>
<p>It asks for:</p><ul>{rows}</ul>
<form method="post"><button style="font:inherit">Install</button></form></body></html>"""
            return Answer(200, page.encode(), {"content-type": "text/html; charset=utf-8"})
        code = hashlib.sha256(f"{asked.query.get('state')}:{time.monotonic_ns()}".encode()).hexdigest()[:32]
        self._codes.add(code)
        told = {
            "code": code,
            "shop": asked.headers.get("host", ""),
            "state": asked.query.get("state", ""),
            "timestamp": str(int(time.time())),
        }
        return Answer(302, b"", {"location": f"{back}?{urlencode(self.signed(told))}"})

    def signed(self, query: Mapping[str, str]) -> dict[str, str]:
        """What the store sends its owner back with, signed."""
        message = urlencode(sorted(query.items())).replace("+", "%20").replace("~", "%7E").replace("%2A", "*")
        return dict(query) | {"hmac": hmac.new(self.secret.encode(), message.encode(), hashlib.sha256).hexdigest()}
