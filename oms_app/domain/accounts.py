"""Accounts as people and programs see them, and the rules of names, passwords and guessing."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from oms_app.domain.errors import Malformed, Refused
from oms_app.domain.permissions import Permission, Role

COOKIE = "oms_session"
COOKIE_LIFETIME = timedelta(days=365)
"""The browser keeps the cookie longer than any session: only the server knows when a session is over."""

SESSION_LIFETIME = timedelta(days=14)
"""A browser stays signed in this long after it was last used."""

RESET_LIFETIME = timedelta(hours=24)
ATTEMPT_WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_ACCOUNT = 10
ATTEMPTS_PER_ADDRESS = 50
PASSWORD_MIN, PASSWORD_MAX = 10, 200

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in; `granted` are exceptions beyond the role, `seen_at` their last use of any browser."""

    id: int
    email: str
    name: str
    role: Role
    active: bool
    demo: bool
    location_id: int | None
    granted: tuple[Permission, ...]
    created_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser; `current` is the one that asks."""

    id: int
    agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A program's bearer token, without its secret."""

    id: int
    name: str
    role: Role
    created_by: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody chose for their own screen."""

    shortcuts: bool = True
    rail_open: bool = True
    checklist: bool = True


class TooManyAttempts(Refused):
    """Somebody guesses passwords; sign-in rests for a while."""

    code = "too_many_attempts"

    def __init__(self, wait: timedelta):
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        super().__init__(
            f"Too many failed sign-ins. Wait {minutes} {'minute' if minutes == 1 else 'minutes'}, then try again.",
            details={"retry_after_s": minutes * 60},
        )


def normal_email(text: str) -> str:
    """The e-mail address as accounts are known by: trimmed, lower case. Raises Malformed."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Malformed(f"“{text.strip()[:80]}” is not an e-mail address.")
    return email


def normal_name(text: str) -> str:
    """A person's or token's name: trimmed, one line, at most 80 characters. Raises Malformed when empty."""
    name = " ".join(text.split())
    if not name or len(name) > 80:
        raise Malformed("A name has 1 to 80 characters.")
    return name


def check_password(password: str, email: str) -> None:
    """Raise Refused for a password that is too short, too long or the account's own address."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Refused(f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters.", code="weak_password")
    if password.strip().lower() in (email, email.partition("@")[0]):
        raise Refused("The password must not be the e-mail address.", code="weak_password")
    if len(set(password)) < 4:
        raise Refused("Use at least four different characters.", code="weak_password")


def initials(name: str) -> str:
    """Two letters for an avatar: "Asha Rao" → "AR"."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device(agent: str) -> str:
    """What a browser says it is, in words: "Firefox on Windows"."""
    browser = next((word for mark, word in _BROWSERS if mark in agent), "A browser")
    system = next((word for mark, word in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser
