"""Every address that machines use, and the ASGI app that answers them."""

from oms_app.api import (
    board,
    catalogue,
    changes,
    channel_levels,
    channels,
    counts,
    drafts,
    health,
    holds,
    kits,
    lots,
    metrics,
    notices,
    openapi,
    orders,
    parcels,
    priorities,
    products,
    promises,
    purchasing,
    reconciliation,
    reference,
    related,
    reorder,
    rules,
    runs,
    shortfalls,
    sku_map,
    stock,
    stock_limits,
    stock_truth,
    suppliers,
    transfers,
)
from oms_app.api.gate import Gate
from oms_app.api.respond import Request, Responder, Response

ENDPOINTS = (
    *orders.endpoints,
    *changes.endpoints,
    *parcels.endpoints,
    *related.endpoints,
    *drafts.endpoints,
    *holds.endpoints,
    *notices.endpoints,
    *sku_map.endpoints,
    *runs.endpoints,
    *channel_levels.endpoints,
    *channels.endpoints,
    *reconciliation.endpoints,
    *rules.endpoints,
    *board.endpoints,
    *catalogue.endpoints,
    *kits.endpoints,
    *lots.endpoints,
    *products.endpoints,
    *stock.endpoints,
    *stock_truth.endpoints,
    *transfers.endpoints,
    *stock_limits.endpoints,
    *shortfalls.endpoints,
    *counts.endpoints,
    *priorities.endpoints,
    *promises.endpoints,
    *suppliers.endpoints,
    *purchasing.endpoints,
    *reorder.endpoints,
    *metrics.endpoints,
)


def _openapi(_request: Request, _client: str) -> Response:
    return Response(200, openapi.document(ENDPOINTS), route="/api/openapi.json")


def _docs(_request: Request, _client: str) -> Response:
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": reference.POLICY}
    return Response(200, reference.page(ENDPOINTS), headers, route="/api/docs")


app = Gate(
    Responder(ENDPOINTS),
    {
        "/api/openapi.json": _openapi,
        "/api/docs": _docs,
        "/health/live": health.live,
        "/health/ready": health.ready,
        "/metrics": health.measurements,
    },
)
