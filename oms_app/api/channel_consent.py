"""Where the owner of a channel comes back to after consenting there; the browser is sent on to the channels page."""

from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from oms_app.domain.accounts import COOKIE
from oms_app.domain.errors import OmsError, Unauthenticated
from oms_app.services import channel_consent, identity


async def authorised(request: Request) -> Response:
    """Keep the tokens, and go on to the page; its address names the channel, or the refusal by its code."""
    try:
        person = await run_in_threadpool(identity.person, request.cookies.get(COOKIE, ""))
    except Unauthenticated:
        return RedirectResponse("/login?next=/channels", 303)
    try:
        name = await run_in_threadpool(channel_consent.finish, person.actor, dict(request.query_params))
    except OmsError as refusal:
        return RedirectResponse(f"/channels?{urlencode({'refused': refusal.code})}", 303)
    return RedirectResponse(f"/channels?{urlencode({'authorised': name})}", 303)


routes = Starlette(routes=[Route(channel_consent.PATH, authorised, methods=["GET"])])
