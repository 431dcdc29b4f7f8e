"""Health for load balancers and measurements for Prometheus: answers outside `/api/v1` that need no endpoint."""

import json
from ipaddress import ip_address

from oms_app.api import telemetry
from oms_app.api.caller import caller
from oms_app.api.errors import body_of, headers_of, status_of
from oms_app.api.respond import Request, Response
from oms_app.domain.errors import OmsError, Unauthenticated
from oms_app.services import condition

_PROXIED = {"x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"}


def live(_request: Request, _client: str) -> Response:
    """This process answers."""
    return Response(200, '{"status":"ok"}', route="/health/live")


def ready(_request: Request, _client: str) -> Response:
    """Whether requests may be sent here: database, migrations, worker; 503 where one is not."""
    checks = condition.readiness()
    is_ready = all(check.ok for check in checks)
    body = {
        "status": "ready" if is_ready else "not_ready",
        "checks": {check.name: {"ok": check.ok, "found": check.found} for check in checks},
    }
    return Response(200 if is_ready else 503, json.dumps(body, ensure_ascii=False), route="/health/ready")


def measurements(request: Request, client: str) -> Response:
    """What Prometheus scrapes: for this machine itself, or with a token."""
    try:
        if not _is_this_machine(request, client):
            caller(request.headers.get("authorization", ""))
    except OmsError as error:
        return Response(status_of(error), body_of(error), headers_of(error), route="/metrics")
    text = {"content-type": "text/plain; version=0.0.4; charset=utf-8"}
    return Response(200, telemetry.exposition(), text, route="/metrics")


def _is_this_machine(request: Request, client: str) -> bool:
    """Whether nobody stands behind the loopback address: a proxy on this machine passes strangers on."""
    if _PROXIED & set(request.headers):
        return False
    try:
        return ip_address(client).is_loopback
    except ValueError as error:
        raise Unauthenticated("Send a token: this request comes from nowhere.") from error
