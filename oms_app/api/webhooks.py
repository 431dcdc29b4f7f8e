"""Webhooks of channels: their signature is checked and they are stored before they are answered."""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from oms_app.api.errors import body_of, headers_of, status_of
from oms_app.domain.errors import OmsError
from oms_app.services import intake

MAX_BODY = 4_000_000
"""Bytes: the largest order a vendor sends is a tenth of it."""


async def webhook(request: Request) -> Response:
    """Store what a channel tells. 200 says that it is on disk; 503 asks to send it again."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY:
                return Response("Too large.", 413, media_type="text/plain")
        await run_in_threadpool(intake.receive, request.path_params["path"], dict(request.headers), bytes(body))
    except ClientDisconnect:
        return Response(status_code=400)
    except OmsError as error:
        return Response(body_of(error), status_of(error), headers_of(error), "application/json")
    return Response(status_code=200)


routes = Starlette(routes=[Route("/webhooks/{channel}/{path}", webhook, methods=["POST"])])
