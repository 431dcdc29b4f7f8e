"""Files for a signed-in browser: what a search finds, streamed as it is read."""

from datetime import datetime

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from oms_app.api.errors import body_of, headers_of, status_of
from oms_app.domain.accounts import COOKIE
from oms_app.domain.errors import OmsError, Unauthenticated
from oms_app.services import exports, identity


async def orders(request: Request) -> Response:
    """The orders a search finds, as csv, xlsx or json."""
    asked = request.query_params
    kind, until = asked.get("format", "csv"), _moment(asked.get("until", ""))
    try:
        person = await run_in_threadpool(identity.person, request.cookies.get(COOKIE, ""))
        pieces = await run_in_threadpool(exports.orders, person.actor, asked.get("q", ""), kind, until=until)
    except Unauthenticated:
        return RedirectResponse("/login?next=/orders", 303)
    except OmsError as error:
        return Response(body_of(error), status_of(error), headers_of(error), "application/json")
    return StreamingResponse(
        pieces,
        media_type=exports.FORMATS[kind],
        headers={"content-disposition": f'attachment; filename="orders.{kind}"'},
    )


def _moment(text: str) -> datetime | None:
    """The instant of a figure; anything else counts as none given."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


routes = Starlette(routes=[Route("/export/orders", orders)])
