"""Tokens of a store: by its owner's consent, by the app's own credentials, and renewed."""

from collections.abc import Mapping

from oms_app.domain.errors import Rejected
from oms_app.integrations.http import Http


def renewed(http: Http, store: str, settings: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    """A new access token: by the refresh token, which is spent with it, or, where there is none, by the app's own.

    The second way is that of a seller's own app, whose tokens last a day.
    """
    refresh = secrets.get("refresh_token", "")
    if refresh:
        return asked(http, store, settings, secrets, {"grant_type": "refresh_token", "refresh_token": refresh})
    return asked(http, store, settings, secrets, {"grant_type": "client_credentials"})


def asked(
    http: Http, store: str, settings: Mapping[str, str], secrets: Mapping[str, str], grant: Mapping[str, str]
) -> dict[str, str]:
    """What a store gives for a grant: the access token, and a refresh token where it is to be renewed by one."""
    app = {"client_id": settings.get("client_id", ""), "client_secret": secrets.get("client_secret", "")}
    answer = http.call("POST", f"{store}/admin/oauth/access_token", form={**app, **grant}, cost=0, private=True)
    said = answer.json()
    fresh = {name: str(said[name]) for name in ("access_token", "refresh_token") if said.get(name)}
    if "access_token" not in fresh:
        raise Rejected("Shopify gave no access token; connect the store again.")
    return fresh
