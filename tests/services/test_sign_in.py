"""Signing in and out, sessions, passwords and reset links, on both databases."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from oms_app.db.engine import reading, transaction
from oms_app.db.tables.accounts import LoginAttempt, LoginSession, PasswordReset
from oms_app.domain.accounts import ATTEMPTS_PER_ACCOUNT, RESET_LIFETIME, SESSION_LIFETIME, TooManyAttempts
from oms_app.domain.errors import Conflict, NotFound, Refused, Unauthenticated
from oms_app.domain.permissions import Role
from oms_app.services import identity, passwords, sign_in, users
from tests import make

pytestmark = pytest.mark.usefixtures("database")

PASSWORD = "a horse that is correct"
HERE = {"address": "192.0.2.7", "agent": "Mozilla/5.0 (X11; Linux) Chrome/130"}


@pytest.fixture(autouse=True)
def _nobody_is_remembered() -> None:
    identity.forget()


def somebody(email: str = "asha@shop.example", role: str = "manager") -> int:
    return users.add(make.ADMIN, email, role=role, password=PASSWORD).id


def enter(email: str = "asha@shop.example", password: str = PASSWORD) -> str:
    return sign_in.sign_in(email, password, **HERE)


def test_the_right_password_opens_a_session_that_knows_who_acts() -> None:
    user_id = somebody()
    signed_in = identity.person(enter(" Asha@Shop.example "))
    assert (signed_in.user_id, signed_in.actor.name, signed_in.actor.role) == (user_id, "asha@shop.example", "manager")
    assert signed_in.actor.source == "web"


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer() -> None:
    somebody()
    with pytest.raises(Unauthenticated) as wrong:
        enter(password="something else")
    with pytest.raises(Unauthenticated) as unknown:
        enter("nobody@shop.example")
    assert (wrong.value.message, wrong.value.code) == (unknown.value.message, unknown.value.code)


def test_no_secret_reaches_the_database() -> None:
    somebody()
    cookie = enter()
    with reading() as tx:
        tables = ("user_account", "login_session", "login_attempt", "password_reset", "event", "setting")
        everything = "\n".join(str(row) for table in tables for row in tx.execute(text(f"SELECT * FROM {table}")))
    assert PASSWORD not in everything
    assert cookie not in everything
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in everything


def test_guessing_is_stopped_and_says_how_long() -> None:
    somebody()
    for _ in range(ATTEMPTS_PER_ACCOUNT):
        with pytest.raises(Unauthenticated):
            enter(password="a guess, a guess")
    with pytest.raises(TooManyAttempts) as stopped:
        enter()
    assert stopped.value.message == "Too many failed sign-ins. Wait 15 minutes, then try again."
    assert stopped.value.details == {"retry_after_s": 900}


def test_guesses_at_the_same_moment_are_all_counted() -> None:
    somebody()
    answers: list[type[Exception]] = []

    def guess() -> None:
        try:
            enter(password="a guess, a guess")
        except Exception as error:
            answers.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(ATTEMPTS_PER_ACCOUNT + 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(Unauthenticated) == ATTEMPTS_PER_ACCOUNT
    assert answers.count(TooManyAttempts) == 6


def test_guessing_is_forgiven_after_a_quarter_of_an_hour() -> None:
    somebody()
    for _ in range(ATTEMPTS_PER_ACCOUNT):
        with pytest.raises(Unauthenticated):
            enter(password="a guess, a guess")
    with transaction() as tx:
        tx.execute(update(LoginAttempt).values(at=datetime.now(UTC) - timedelta(minutes=16)))
    assert enter()


def test_a_successful_sign_in_forgets_earlier_slips() -> None:
    somebody()
    for _ in range(3):
        for _ in range(ATTEMPTS_PER_ACCOUNT - 1):
            with pytest.raises(Unauthenticated):
                enter(password="a slip of the finger")
        enter()


def test_signing_out_ends_the_session_at_once() -> None:
    somebody()
    cookie, other = enter(), enter()
    sign_in.sign_out(cookie)
    with pytest.raises(Unauthenticated):
        identity.person(cookie)
    assert identity.person(other)
    sign_in.sign_out(cookie)


def test_a_session_that_nobody_used_for_two_weeks_is_over() -> None:
    somebody()
    cookie = enter()
    with transaction() as tx:
        tx.execute(update(LoginSession).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    identity.forget()
    with pytest.raises(Unauthenticated):
        identity.person(cookie)


def test_using_a_session_keeps_it_open() -> None:
    somebody()
    cookie = enter()
    long_ago = datetime.now(UTC) - timedelta(days=10)
    with transaction() as tx:
        tx.execute(update(LoginSession).values(seen_at=long_ago, expires_at=long_ago + SESSION_LIFETIME))
    identity.forget()
    identity.person(cookie)
    with reading() as tx:
        expires_at = tx.execute(text("SELECT expires_at FROM login_session")).scalar_one()
    assert expires_at > (datetime.now(UTC) + SESSION_LIFETIME - timedelta(minutes=1)).timestamp() * 1000


def test_one_sees_and_revokes_only_ones_own_browsers() -> None:
    somebody()
    somebody("ravi@shop.example")
    here, there = identity.person(enter()), identity.person(enter())
    stranger = identity.person(enter("ravi@shop.example"))
    seen = sign_in.open_sessions(here.actor, here.session_id)
    assert {(each.id, each.current) for each in seen} == {(here.session_id, True), (there.session_id, False)}
    with pytest.raises(NotFound):
        sign_in.revoke_session(here.actor, stranger.session_id)
    sign_in.revoke_session(here.actor, there.session_id)
    assert [each.id for each in sign_in.open_sessions(here.actor, here.session_id)] == [here.session_id]


def test_a_new_password_signs_the_other_browsers_out() -> None:
    somebody()
    cookie, other = enter(), enter()
    here = identity.person(cookie)
    with pytest.raises(Refused, match="current password is not right"):
        sign_in.change_password(here.actor, here.session_id, "not the current one", "an entirely new one")
    sign_in.change_password(here.actor, here.session_id, PASSWORD, "an entirely new one")
    assert identity.person(cookie)
    with pytest.raises(Unauthenticated):
        identity.person(other)
    assert enter(password="an entirely new one")
    with pytest.raises(Unauthenticated):
        enter()


@pytest.mark.parametrize("weak", ["short", "asha@shop.example", "aaaaaaaaaaaa", "x" * 201])
def test_weak_passwords_are_refused_and_nothing_changes(weak: str) -> None:
    somebody()
    cookie, here = enter(), identity.person(enter())
    with pytest.raises(Refused) as refused:
        sign_in.change_password(here.actor, here.session_id, PASSWORD, weak)
    assert refused.value.code == "weak_password"
    assert identity.person(cookie)


def test_a_reset_link_sets_a_password_once() -> None:
    user_id = somebody()
    cookie = enter()
    link = users.reset_link(make.ADMIN, user_id)
    assert sign_in.reset_email(link) == "asha@shop.example"
    sign_in.reset_password(link, "an entirely new one")
    with pytest.raises(Unauthenticated):
        identity.person(cookie)
    assert enter(password="an entirely new one")
    with pytest.raises(NotFound):
        sign_in.reset_password(link, "and another new one")


def test_a_newer_link_and_a_day_end_a_reset_link() -> None:
    user_id = somebody()
    first, second = users.reset_link(make.ADMIN, user_id), users.reset_link(make.ADMIN, user_id)
    with pytest.raises(NotFound):
        sign_in.reset_email(first)
    with transaction() as tx:
        tx.execute(update(PasswordReset).values(expires_at=datetime.now(UTC) - RESET_LIFETIME))
    with pytest.raises(NotFound):
        sign_in.reset_email(second)


def test_a_link_used_by_two_at_once_serves_one() -> None:
    user_id = somebody()
    link = users.reset_link(make.ADMIN, user_id)
    outcomes: list[str] = []

    def use(password: str) -> None:
        try:
            outcomes.append(sign_in.reset_password(link, password))
        except NotFound:
            outcomes.append("too late")

    threads = [threading.Thread(target=use, args=(f"password number {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["asha@shop.example", "too late", "too late", "too late"]


def test_the_first_admin_is_made_once() -> None:
    assert sign_in.is_first_run()
    cookie = sign_in.first_admin("owner@shop.example", "The Owner", PASSWORD, **HERE)
    assert identity.person(cookie).actor.role is Role.ADMIN
    assert not sign_in.is_first_run()
    with pytest.raises(Conflict):
        sign_in.first_admin("thief@shop.example", "A Thief", PASSWORD, **HERE)
    assert [account.email for account in users.every(make.ADMIN)] == ["owner@shop.example"]


def test_two_who_race_to_be_the_first_admin_are_told_apart() -> None:
    outcomes: list[str] = []

    def claim(email: str) -> None:
        try:
            sign_in.first_admin(email, "Somebody", PASSWORD, **HERE)
            outcomes.append("admin")
        except Conflict:
            outcomes.append("too late")

    threads = [threading.Thread(target=claim, args=(f"n{n}@shop.example",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["admin", "too late", "too late", "too late"]


def test_a_password_is_hashed_the_slow_way() -> None:
    hashed = passwords.hash_password(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(PASSWORD, hashed)
    assert not passwords.verify(PASSWORD, None)
