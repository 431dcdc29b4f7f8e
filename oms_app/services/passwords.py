"""Passwords and random secrets: argon2id for what people choose, SHA-256 for what we draw ourselves."""

import hashlib
import secrets
import threading
from functools import lru_cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
_TURNS = threading.BoundedSemaphore(4)
"""A hash takes 19 MiB and 40 ms: a burst of sign-ins waits its turn instead of taking all memory."""


def hash_password(password: str) -> str:
    """The hash to store."""
    with _TURNS:
        return _HASHER.hash(password)


def verify(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash; takes as long when there is no hash, so that nobody can tell."""
    with _TURNS:
        fits = _HASHER.verify(password, password_hash or _nobody())
    return fits and password_hash is not None


def new_secret(prefix: str = "") -> str:
    """256 random bits as text that fits a cookie, a header and an address."""
    return prefix + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """What is stored of a random secret. It holds 256 bits, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))
