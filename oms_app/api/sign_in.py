"""Signing in and out over plain HTTP, because only an answer can set an HttpOnly cookie.

The forms are posted by the browser itself and answered with a redirect. Another site's page cannot post them:
`api.edge` compares Origin with Host, and the cookie is SameSite=Lax.
"""

from ipaddress import ip_address
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from oms_app.domain.accounts import COOKIE, COOKIE_LIFETIME, TooManyAttempts
from oms_app.domain.errors import OmsError
from oms_app.services import sign_in as accounts
from oms_app.settings import get_settings

MAX_FIELD = 1_000


async def sign_in(request: Request) -> Response:
    """Check e-mail and password, set the cookie and go on to the page in `next`."""
    form = await _fields(request)
    try:
        cookie = await run_in_threadpool(
            accounts.sign_in, form["email"], form["password"], address=_address(request), agent=_agent(request)
        )
    except OmsError as refusal:
        return _back("/login", refusal, next=form["next"])
    return _signed_in(request, cookie, form["next"])


async def sign_out(request: Request) -> Response:
    """End the session and forget its cookie."""
    await run_in_threadpool(accounts.sign_out, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=_is_https(request))
    return answer


async def welcome(request: Request) -> Response:
    """Make the first admin, while nobody has an account, and sign them in."""
    form = await _fields(request)
    try:
        cookie = await run_in_threadpool(
            accounts.first_admin,
            form["email"],
            form["name"],
            form["password"],
            address=_address(request),
            agent=_agent(request),
        )
    except OmsError as refusal:
        return _back("/welcome", refusal)
    return _signed_in(request, cookie, "/")


async def reset(request: Request) -> Response:
    """Set a new password with a one-time link, then sign in with it."""
    form = await _fields(request)
    link = form["link"]
    try:
        await run_in_threadpool(accounts.reset_password, link, form["password"])
    except OmsError as refusal:
        return _back(f"/reset/{link}" if link.replace("-", "").replace("_", "").isalnum() else "/login", refusal)
    return RedirectResponse("/login?error=password_set", 303)


routes = Starlette(
    routes=[
        Route("/auth/sign-in", sign_in, methods=["POST"]),
        Route("/auth/sign-out", sign_out, methods=["POST"]),
        Route("/auth/welcome", welcome, methods=["POST"]),
        Route("/auth/reset", reset, methods=["POST"]),
    ]
)


async def _fields(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=10)
    return {name: str(form.get(name, ""))[:MAX_FIELD] for name in ("email", "password", "name", "link", "next")}


def _back(page: str, refusal: OmsError, **query: str) -> Response:
    """Back to the form; the address names the error by its code, the page knows the sentence."""
    wait = {"wait": str(refusal.details["retry_after_s"] // 60)} if isinstance(refusal, TooManyAttempts) else {}
    given = {name: value for name, value in query.items() if value}
    return RedirectResponse(f"{page}?{urlencode({'error': refusal.code} | wait | given)}", 303)


def _signed_in(request: Request, cookie: str, onward: str) -> Response:
    answer = RedirectResponse(onward if _is_own(onward) else "/", 303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(COOKIE_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_is_https(request),
    )
    return answer


def _is_own(path: str) -> bool:
    """Whether this is a path of this shop; anything else could lead to a page that looks like it."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


def _is_https(request: Request) -> bool:
    return request.url.scheme == "https" or get_settings().public_url.startswith("https:")


def _address(request: Request) -> str:
    """The browser's address. A proxy's word is taken only where one is known to stand in front."""
    direct = request.client.host if request.client else ""
    if not get_settings().public_url:
        return direct
    try:
        return str(ip_address(request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()))
    except ValueError:
        return direct


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")
