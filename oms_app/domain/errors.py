"""The whole tree of errors a caller can meet."""

from collections.abc import Mapping
from typing import Any


class OmsError(Exception):
    """An error with its facts: a stable `code`, a sentence, and `details` a program can read."""

    code = "error"

    def __init__(self, message: str, *, details: Mapping[str, Any] | None = None, code: str | None = None):
        super().__init__(message)
        self.message = message
        self.details = dict(details or {})
        if code:
            self.code = code


class Malformed(OmsError):
    """The input cannot be read; the sentence says what was expected."""

    code = "malformed"


class Unauthenticated(OmsError):
    """Nobody is signed in, or the token is unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(OmsError):
    """This actor's role does not include the permission."""

    code = "forbidden"


class NotFound(OmsError):
    """There is no such thing, or it is not this actor's to see."""

    code = "not_found"


class Conflict(OmsError):
    """Somebody was first: the row changed since it was read, or the thing already exists."""

    code = "conflict"


class Refused(OmsError):
    """A rule says no; the sentence says which and what to do next."""

    code = "refused"


class Rejected(OmsError):
    """Another company's system said no; trying again cannot help."""

    code = "rejected"


class Unavailable(OmsError):
    """Another company's system did not answer, or not now; it is worth another try."""

    code = "unavailable"
