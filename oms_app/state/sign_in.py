"""What the pages outside the frame say: why a sign-in was refused, and which link is open."""

import asyncio
from urllib.parse import parse_qs

import reflex as rx

from oms_app.domain.accounts import PASSWORD_MAX, PASSWORD_MIN
from oms_app.domain.errors import NotFound
from oms_app.services import demo
from oms_app.services import sign_in as accounts

SENTENCES = {
    "wrong_password": accounts.WRONG,
    "too_many_attempts": "Too many failed sign-ins. Wait a little, then try again.",
    "weak_password": f"Choose a password of {PASSWORD_MIN} to {PASSWORD_MAX} characters, not your e-mail address.",
    "malformed": "Enter a name and an e-mail address like name@example.com.",
    "conflict": "There is an admin already: sign in, or ask them for an account.",
    "not_found": "This link was used or is too old. Ask an admin for a new one.",
    "password_set": "Your new password is set. Sign in with it.",
}


class SignInState(rx.State):
    """Open to everybody, so it says nothing that depends on an account."""

    message: str = ""
    good: bool = False
    onward: str = "/"
    usable: bool = True
    demo_accounts: list[str] = []
    demo_password: str = ""

    @rx.event
    async def read_address(self):
        """Take the message and the page to go on to from the address; the first visitor makes the first admin."""
        query = {name: values[-1] for name, values in parse_qs(self.router.url.query).items()}
        code, wait = query.get("error", ""), query.get("wait", "")
        self.good = code == "password_set"
        self.message = SENTENCES.get(code, "That did not work. Try again." if code else "")
        if code == "too_many_attempts" and wait.isdigit():
            minutes = "1 minute" if wait == "1" else f"{wait[:4]} minutes"
            self.message = f"Too many failed sign-ins. Wait {minutes}, then try again."
        self.onward = query.get("next", "/")[:500]
        await self._offer_demo()
        first = await asyncio.to_thread(accounts.is_first_run)
        at_welcome = self.router.url.path.startswith("/welcome")
        if first != at_welcome:
            return rx.redirect("/welcome" if first else "/login")
        return None

    async def _offer_demo(self) -> None:
        """Name the demo accounts and the one password they share: it opens nothing but the demo shop's own."""
        found = await asyncio.to_thread(demo.sign_ins)
        self.demo_accounts = [each.email for each in found]
        self.demo_password = demo.PASSWORD if found else ""

    @rx.event
    async def read_link(self):
        """Whether the link in the address still works. Its account is not named."""
        query = parse_qs(self.router.url.query)
        self.message = SENTENCES.get(query.get("error", [""])[-1], "")
        self.good = False
        try:
            await asyncio.to_thread(accounts.reset_email, self.router.url.path.rstrip("/").rpartition("/")[2])
            self.usable = True
        except NotFound:
            self.usable, self.message = False, SENTENCES["not_found"]
