"""Pictures of products for a signed-in browser. Their addresses name their content, so that they never go stale."""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from oms_app.api.errors import body_of, headers_of, status_of
from oms_app.domain.accounts import COOKIE
from oms_app.domain.errors import OmsError
from oms_app.services import identity, pictures

FOREVER = "private, max-age=31536000, immutable"


async def picture(request: Request) -> Response:
    """A picture in one of its sizes."""
    digest, size = request.path_params["digest"], request.path_params["size"]
    try:
        person = await run_in_threadpool(identity.person, request.cookies.get(COOKIE, ""))
        path = await run_in_threadpool(pictures.file, person.actor, digest, size)
    except OmsError as error:
        return Response(body_of(error), status_of(error), headers_of(error), "application/json")
    headers = {"cache-control": FOREVER, "etag": f'"{digest}-{size}"', "x-content-type-options": "nosniff"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type="image/webp", headers=headers)


routes = Starlette(routes=[Route("/pictures/{digest}/{size}", picture)])
