"""The one shape of an error: `{"error": code, "message": sentence, "details": {…}}`, and each error's HTTP status."""

import json
from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from oms_app.domain import errors
from oms_app.domain.errors import OmsError


class Error(TypedDict):
    """What every answer with a status of 400 or more holds."""

    error: str
    message: str
    details: dict[str, Any]


class UnknownPath(OmsError):
    """No endpoint has this path."""

    code = "not_found"


class MethodNotAllowed(OmsError):
    """The path exists, the method does not."""

    code = "method_not_allowed"


class BodyTooLarge(OmsError):
    """The body is larger than the server reads."""

    code = "body_too_large"


class NotJson(OmsError):
    """The body is said to be something other than JSON."""

    code = "unsupported_media_type"


class TooManyRequests(OmsError):
    """The token asks faster than it may."""

    code = "too_many_requests"


class Broken(OmsError):
    """A defect of ours; the log has it under the request's id."""

    code = "internal_error"


STATUS: Mapping[type[OmsError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    UnknownPath: 404,
    MethodNotAllowed: 405,
    errors.Conflict: 409,
    BodyTooLarge: 413,
    NotJson: 415,
    errors.Refused: 422,
    TooManyRequests: 429,
    Broken: 500,
}


def status_of(error: OmsError) -> int:
    """The HTTP status that says what kind of error this is."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def body_of(error: OmsError) -> str:
    """The error as JSON text."""
    shape: Error = {"error": error.code, "message": error.message, "details": error.details}
    return json.dumps(shape, ensure_ascii=False, default=str)


def headers_of(error: OmsError) -> dict[str, str]:
    """Headers that HTTP asks for beside some of the errors."""
    if isinstance(error, errors.Unauthenticated):
        return {"www-authenticate": "Bearer"}
    if isinstance(error, MethodNotAllowed):
        return {"allow": ", ".join(error.details["allowed"])}
    if isinstance(error, TooManyRequests):
        return {"retry-after": str(error.details["retry_after_s"])}
    return {}
