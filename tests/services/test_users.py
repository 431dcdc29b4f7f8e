"""Accounts of people and tokens of programs, on both databases."""

import pytest
from sqlalchemy import select

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import accounts as queries
from oms_app.db.tables.spine import Event
from oms_app.domain.errors import Conflict, Forbidden, Malformed, NotFound, Refused, Unauthenticated
from oms_app.domain.permissions import MATRIX, Permission, Role
from oms_app.services import identity, sign_in, tokens, users
from tests import make

pytestmark = pytest.mark.usefixtures("database")

PASSWORD = "a horse that is correct"
HERE = {"address": "192.0.2.7", "agent": ""}


@pytest.fixture(autouse=True)
def _nobody_is_remembered() -> None:
    identity.forget()


def add(email: str = "asha@shop.example", role: str = "manager") -> int:
    return users.add(make.ADMIN, email, role=role, password=PASSWORD).id


def kinds() -> list[str]:
    with reading() as tx:
        return list(tx.scalars(select(Event.kind).order_by(Event.id)))  # type: ignore[arg-type]


def test_an_account_is_made_once_with_a_name_from_its_address() -> None:
    account = users.add(make.ADMIN, "Asha.Rao@Shop.example", role="Service")
    assert (account.email, account.name, account.role) == ("asha.rao@shop.example", "Asha Rao", Role.SERVICE)
    with pytest.raises(Conflict):
        users.add(make.ADMIN, "asha.rao@shop.example", role="admin")
    assert kinds() == ["user_added"]


@pytest.mark.parametrize(("email", "role"), [("no address", "admin"), ("a@b", "admin"), ("a@b.example", "boss")])
def test_what_cannot_be_read_is_refused(email: str, role: str) -> None:
    with pytest.raises(Malformed):
        users.add(make.ADMIN, email, role=role)
    assert kinds() == []


@pytest.mark.parametrize("role", [role for role in Role if role not in MATRIX[Permission.MANAGE_USERS]])
def test_only_an_admin_manages_accounts_and_tokens(role: Role) -> None:
    user_id = add()
    actor = make.actor(role)
    tries = (
        lambda: users.add(actor, "x@shop.example", role="admin"),
        lambda: users.every(actor),
        lambda: users.get(actor, "asha@shop.example"),
        lambda: users.change(actor, user_id, name="X", role="admin"),
        lambda: users.disable(actor, user_id),
        lambda: users.enable(actor, user_id),
        lambda: users.reset_link(actor, user_id),
        lambda: tokens.create(actor, role="admin"),
        lambda: tokens.every(actor),
        lambda: tokens.revoke(actor, 1),
    )
    for attempt in tries:
        with pytest.raises(Forbidden):
            attempt()
    assert kinds() == ["user_added"]


def test_a_disabled_account_is_out_at_once_and_stays_out() -> None:
    user_id = add()
    cookie = sign_in.sign_in("asha@shop.example", PASSWORD, **HERE)
    assert identity.person(cookie)
    users.disable(make.ADMIN, user_id)
    with pytest.raises(Unauthenticated):
        identity.person(cookie)
    with pytest.raises(Unauthenticated):
        sign_in.sign_in("asha@shop.example", PASSWORD, **HERE)
    users.enable(make.ADMIN, user_id)
    with pytest.raises(Unauthenticated):
        identity.person(cookie)
    assert sign_in.sign_in("asha@shop.example", PASSWORD, **HERE)


def test_a_new_role_and_exception_hold_with_the_next_call() -> None:
    user_id = add(role="warehouse")
    cookie = sign_in.sign_in("asha@shop.example", PASSWORD, **HERE)
    assert not identity.person(cookie).actor.may(Permission.EXPORT)
    users.change(make.ADMIN, user_id, name="Asha", role="warehouse", granted=("export",))
    assert identity.person(cookie).actor.may(Permission.EXPORT)
    users.change(make.ADMIN, user_id, name="Asha", role="manager")
    actor = identity.person(cookie).actor
    assert (actor.role, actor.granted) == (Role.MANAGER, frozenset())


def test_another_process_learns_of_a_revocation_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    user_id = add()
    cookie = sign_in.sign_in("asha@shop.example", PASSWORD, **HERE)
    assert identity.person(cookie)
    here = identity._memory
    with monkeypatch.context() as elsewhere:  # the other process has a memory of its own
        elsewhere.setattr(identity, "_memory", identity._Memory())
        users.disable(make.ADMIN, user_id)
    assert identity._memory is here
    here.checked -= 1.01
    with pytest.raises(Unauthenticated):
        identity.person(cookie)


def test_who_is_remembered_costs_no_query(monkeypatch: pytest.MonkeyPatch) -> None:
    add()
    cookie = sign_in.sign_in("asha@shop.example", PASSWORD, **HERE)
    identity.person(cookie)
    monkeypatch.setattr(identity, "reading", None)
    assert identity.person(cookie).actor.name == "asha@shop.example"


def test_the_last_admin_stays() -> None:
    owner = add("owner@shop.example", "admin")
    with pytest.raises(Refused) as refused:
        users.disable(make.ADMIN, owner)
    assert refused.value.code == "last_admin"
    with pytest.raises(Refused):
        users.change(make.ADMIN, owner, name="Owner", role="manager")
    second = add("second@shop.example", "admin")
    users.disable(make.ADMIN, owner)
    with pytest.raises(Refused):
        users.disable(make.ADMIN, second)
    with reading() as tx:
        assert queries.active_admins(tx) == 1


def test_a_change_is_recorded_with_before_and_after_and_no_change_is_not() -> None:
    user_id = add(role="warehouse")
    users.change(make.ADMIN, user_id, name="Asha", role="warehouse")
    users.change(make.ADMIN, user_id, name="Asha", role="manager", granted=("import", "export"))
    users.change(make.ADMIN, user_id, name="Asha", role="manager", granted=("export", "import"))
    with reading() as tx:
        rows = tx.execute(select(Event.kind, Event.before, Event.after).order_by(Event.id)).all()  # type: ignore[call-overload]
    assert [row.kind for row in rows] == ["user_added", "user_changed"]
    assert rows[1].before == {"role": "warehouse", "granted": []}
    assert rows[1].after == {"role": "manager", "granted": ["export", "import"]}


def test_preferences_are_ones_own_and_known_by_name() -> None:
    add()
    actor = identity.person(sign_in.sign_in("asha@shop.example", PASSWORD, **HERE)).actor
    assert users.set_preferences(actor, shortcuts=False).shortcuts is False
    assert users.me(actor)[1].checklist is True
    with pytest.raises(Malformed):
        users.set_preferences(actor, role=True)


def test_a_token_acts_with_its_role_until_it_is_revoked() -> None:
    secret = tokens.create(make.ADMIN, role="analyst", name="charts")
    assert secret.startswith("oms_")
    program = identity.program(secret)
    assert (program.actor.name, program.actor.role, program.actor.source) == ("charts", Role.ANALYST, "api")
    tokens.revoke(make.ADMIN, program.token_id)
    with pytest.raises(Unauthenticated):
        identity.program(secret)
    with pytest.raises(NotFound):
        tokens.revoke(make.ADMIN, program.token_id)
    assert kinds() == ["token_created", "token_revoked"]


def test_the_first_use_of_a_token_is_noted_and_its_secret_is_nowhere() -> None:
    secret = tokens.create(make.ADMIN, role="manager")
    assert tokens.every(make.ADMIN)[0].used_at is None
    identity.program(secret)
    [token] = tokens.every(make.ADMIN)
    assert token.used_at is not None
    assert secret not in repr(token)


def test_nonsense_is_nobody() -> None:
    for nonsense in ("", "x", "oms_x", "\x00", "ä" * 100):
        with pytest.raises(Unauthenticated):
            identity.person(nonsense)
        with pytest.raises(Unauthenticated):
            identity.program(nonsense)


def test_a_lookup_that_began_before_a_change_is_not_remembered() -> None:
    user_id = add()
    cookie = sign_in.sign_in("asha@shop.example", PASSWORD, **HERE)
    generation = identity._memory.generation
    known = identity._find_session(cookie)
    assert known is not None
    users.disable(make.ADMIN, user_id)
    identity._memory.put("session:late", known, generation)
    assert identity._memory.known == {}
    with transaction() as tx:
        assert queries.user(tx, user_id).active is False  # type: ignore[union-attr]
