"""The seller's profile is written by admins, checked, and seen without its bank by everybody else."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from oms_app.db.engine import reading
from oms_app.db.tables.spine import Event
from oms_app.domain.company import Bank, CompanyView, PlainAddress
from oms_app.domain.errors import Conflict, Forbidden, Malformed, NotFound
from oms_app.services import company
from tests import make
from tests.unit.test_company import PNG, data

pytestmark = pytest.mark.usefixtures("database")

WANTED = CompanyView(
    legal_name=" Kurta House Private Limited ",
    pan="aapfu0939f",
    email="Office@Shop.example",
    phone="98765 43210",
    address=PlainAddress(line1="12 MG Road", city="Pune", state="MH", postal_code="411001"),
    bank=Bank(account_number="123456", ifsc="hdfc0001234"),
)


def kinds() -> list[str]:
    with reading() as tx:
        return list(tx.scalars(select(Event.kind).order_by(Event.id)))  # type: ignore[arg-type]


def test_the_profile_is_empty_before_anybody_wrote_it() -> None:
    assert company.profile(make.ADMIN) == CompanyView()


def test_the_profile_is_kept_in_its_written_form() -> None:
    company.save(make.ADMIN, WANTED)
    saved = company.profile(make.ADMIN)
    assert (saved.legal_name, saved.pan, saved.email) == (
        "Kurta House Private Limited",
        "AAPFU0939F",
        "office@shop.example",
    )
    assert (saved.phone, saved.address.state, saved.bank.ifsc) == ("+919876543210", "Maharashtra", "HDFC0001234")
    company.save(make.ADMIN, saved)
    assert kinds() == ["company_changed"]


def test_others_see_the_name_and_not_the_bank() -> None:
    company.save(make.ADMIN, WANTED)
    company.set_picture(make.ADMIN, "signature", data(PNG))
    seen = company.profile(make.actor("manager"))
    assert seen.legal_name == "Kurta House Private Limited"
    assert (seen.bank, seen.signature) == (Bank(), "")


@pytest.mark.parametrize(
    "wrong",
    [
        replace(WANTED, legal_name=" "),
        replace(WANTED, pan="123"),
        replace(WANTED, email="nobody"),
        replace(WANTED, bank=Bank(ifsc="123")),
        replace(WANTED, trade_name="x" * 201),
        replace(WANTED, address=PlainAddress(line1="x" * 201)),
    ],
)
def test_a_wrong_field_is_refused_and_nothing_is_written(wrong: CompanyView) -> None:
    with pytest.raises(Malformed):
        company.save(make.ADMIN, wrong)
    assert (company.profile(make.ADMIN), kinds()) == (CompanyView(), [])


def test_gstins_are_registered_once_and_removed() -> None:
    company.add_gstin(make.ADMIN, "27AAPFU0939F1ZV")
    with pytest.raises(Conflict):
        company.add_gstin(make.ADMIN, "27aapfu0939f1zv")
    assert [each.state for each in company.profile(make.ADMIN).registrations] == ["Maharashtra"]
    company.remove_gstin(make.ADMIN, "27AAPFU0939F1ZV")
    with pytest.raises(NotFound):
        company.remove_gstin(make.ADMIN, "27AAPFU0939F1ZV")
    assert kinds() == ["gstin_added", "gstin_removed"]


def test_a_logo_is_put_on_and_taken_off() -> None:
    company.set_picture(make.ADMIN, "logo", data(PNG))
    assert company.profile(make.ADMIN).logo == data(PNG)
    company.set_picture(make.ADMIN, "logo", "")
    assert company.profile(make.ADMIN).logo == ""
    with pytest.raises(Malformed):
        company.set_picture(make.ADMIN, "legal_name", data(PNG))  # type: ignore[arg-type]


def test_only_who_manages_settings_writes() -> None:
    for role in ("manager", "inventory", "warehouse", "service", "analyst"):
        actor = make.actor(role)
        for attempt in (
            lambda actor=actor: company.save(actor, WANTED),
            lambda actor=actor: company.set_picture(actor, "logo", data(PNG)),
            lambda actor=actor: company.add_gstin(actor, "27AAPFU0939F1ZV"),
            lambda actor=actor: company.remove_gstin(actor, "27AAPFU0939F1ZV"),
        ):
            with pytest.raises(Forbidden):
                attempt()
    assert kinds() == []
