"""Files for a signed-in browser: what a search finds, stock levels, results of a run, streamed as they are read."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from oms_app.api.errors import body_of, headers_of, status_of
from oms_app.domain.accounts import COOKIE
from oms_app.domain.channel_levels import LevelSearch
from oms_app.domain.errors import OmsError, Unauthenticated
from oms_app.domain.sku_queue import read_search
from oms_app.services import channel_levels, exports, identity, sheets, sku_queue

PAGES = {
    "orders": "orders",
    "stock": "inventory",
    "products": "products",
    "runs": "runs",
    "reconciliation": "reconciliation",
    "unknown-skus": "products/sku-map",
    "channel-stock": "channels/stock",
    "settlement": "reconciliation/settlements",
}
"""Where each file is asked for."""


async def orders(request: Request) -> Response:
    """The orders a search finds, as csv, xlsx or json."""
    asked, until = request.query_params, _moment(request.query_params.get("until", ""))
    return await _file(request, "orders", exports.orders, q=asked.get("q", ""), until=until)


async def stock(request: Request) -> Response:
    """Stock levels, of one location where it is named, as csv, xlsx or json."""
    asked = request.query_params
    return await _file(
        request, "stock", exports.stock, location=asked.get("location", ""), prefix=asked.get("prefix", "")
    )


async def products(request: Request) -> Response:
    """Products, as csv, xlsx or json."""
    return await _file(request, "products", exports.products, words=request.query_params.get("q", ""))


async def runs(request: Request) -> Response:
    """What became of each order of a run, as csv, xlsx or json."""
    asked = request.query_params.get("run", "")
    return await _file(request, "runs", exports.run, run_id=int(asked) if asked.isdecimal() and len(asked) < 19 else 0)


async def reconciliation(request: Request) -> Response:
    """What differs between a channel and the shop, as csv, xlsx or json."""
    asked = request.query_params
    given = {"channel": asked.get("channel", ""), "kind": asked.get("kind", "")}
    return await _file(request, "reconciliation", exports.differences, **given)


async def unknown_skus(request: Request) -> Response:
    """SKUs of channels that no product has, as csv, xlsx or json."""
    search = read_search(request.query_params.get("q", ""), request.query_params.get("show", ""))
    return await _file(request, "unknown-skus", sku_queue.export, search=search)


async def channel_stock(request: Request) -> Response:
    """What channels believe of our stock, as csv, xlsx or json."""
    asked = request.query_params
    search = LevelSearch(
        asked.get("q", ""), asked.get("channel", ""), asked.get("sku", ""), asked.get("show", "") == "problems"
    )
    return await _file(request, "channel-stock", channel_levels.export, search=search)


async def settlement(request: Request) -> Response:
    """What was settled of each order of a settlement, as csv, xlsx or json."""
    asked = request.query_params.get("settlement", "")
    given = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
    return await _file(request, "settlement", exports.settlement, settlement_id=given)


async def _file(request: Request, name: str, export: Callable[..., Iterator[bytes]], **asked: Any) -> Response:
    kind = request.query_params.get("format", "csv")
    try:
        person = await run_in_threadpool(identity.person, request.cookies.get(COOKIE, ""))
        pieces = await run_in_threadpool(export, person.actor, format=kind, **asked)
    except Unauthenticated:
        return RedirectResponse(f"/login?next=/{PAGES[name]}", 303)
    except OmsError as error:
        return Response(body_of(error), status_of(error), headers_of(error), "application/json")
    return StreamingResponse(
        pieces,
        media_type=sheets.FORMATS[kind],
        headers={"content-disposition": f'attachment; filename="{name}.{kind}"'},
    )


def _moment(text: str) -> datetime | None:
    """The instant of a figure; anything else counts as none given."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


routes = Starlette(
    routes=[
        Route("/export/orders", orders),
        Route("/export/stock", stock),
        Route("/export/products", products),
        Route("/export/runs", runs),
        Route("/export/reconciliation", reconciliation),
        Route("/export/unknown-skus", unknown_skus),
        Route("/export/channel-stock", channel_stock),
        Route("/export/settlement", settlement),
    ]
)
