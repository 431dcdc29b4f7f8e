"""The post: a letter goes to a real mail server once, waits for one that is away, and gives up where it is refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import update

from oms_app.db.engine import transaction
from oms_app.db.queries.mail import mail as table
from oms_app.domain.errors import Refused
from oms_app.domain.mail import wait_before
from oms_app.domain.purchasing import PurchaseView, Wanted
from oms_app.domain.suppliers import Supplier
from oms_app.integrations.notify import email
from oms_app.services import company, mail, purchase_sending, purchasing, suppliers
from oms_app.settings import get_settings
from tests import make, servers

pytestmark = pytest.mark.usefixtures("shop")


@dataclass
class Postbox:
    """What a mail server does with a letter: it keeps it, or says `answer`."""

    letters: list[Message] = field(default_factory=list)
    answer: str = "250 kept"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.letters.append(message_from_bytes(envelope.content))
        return self.answer


@pytest.fixture
def postbox(shop: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    """A real SMTP server on a loopback port, which the shop uses."""
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=servers.free_port())
    server.start()
    _use(monkeypatch, f"smtp://127.0.0.1:{server.port}")
    yield box
    server.stop()


def _use(patch: pytest.MonkeyPatch, url: str) -> None:
    settings = get_settings()
    patch.setenv("OMS_SMTP_URL", url)
    get_settings.cache_clear()
    assert get_settings().url == settings.url


@pytest.fixture
def order(shop: str) -> PurchaseView:
    """A draft for Anand Weavers; the company writes from hello@shop.example."""
    company.save(make.ADMIN, company.CompanyView(legal_name="Neelkanti Crafts", email="hello@shop.example"))
    made = suppliers.add(make.ADMIN, Supplier("Anand Weavers", email="sales@weavers.example"))
    return purchasing.draft(make.ADMIN, made.id, "MAIN", [Wanted(make.product("KUR-1"), 5, 310_500_000)])


def posted(order: PurchaseView) -> PurchaseView:
    return purchase_sending.by_email(make.ADMIN, order.row.number, version=order.row.version)


def letters(order: PurchaseView) -> list[tuple[str, int, str]]:
    return [(each.state, each.tries, each.error) for each in purchase_sending.letters(make.ADMIN, order.row.number)]


def later() -> None:
    """Everything that waits is due now."""
    with transaction() as tx:
        tx.execute(update(table).values(due=datetime.now(UTC) - timedelta(seconds=1)))


def test_a_purchase_order_goes_out_as_pdf_once(order: PurchaseView, postbox: Postbox) -> None:
    assert posted(order).row.state == "sent"
    assert (letters(order), postbox.letters) == ([("waiting", 0, "")], [])
    assert (mail.send_due(), mail.send_due()) == (1, 0)
    assert letters(order) == [("sent", 1, "")]
    (letter,) = postbox.letters
    number = order.row.number
    assert (letter["To"], letter["From"]) == ("sales@weavers.example", "hello@shop.example")
    assert letter["Subject"] == f"Purchase order {number}, Neelkanti Crafts"
    body, document = letter.get_payload()
    assert f"purchase order {number} of 5 units" in body.get_payload(decode=True).decode()
    assert (document.get_filename(), document.get_content_type()) == (f"{number}.pdf", "application/pdf")
    content = document.get_payload(decode=True)
    assert content.startswith(b"%PDF-")
    assert purchase_sending.document(make.ADMIN, number) == (f"{number}.pdf", content)


def test_a_letter_waits_for_a_server_that_is_away_and_is_known_by_its_name(
    order: PurchaseView, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = get_settings().smtp_url
    posted(order)
    _use(monkeypatch, f"smtp://127.0.0.1:{servers.free_port()}")
    assert (mail.send_due(), mail.send_due()) == (0, 0)
    ((state, tries, error),) = letters(order)
    assert (state, tries) == ("waiting", 1)
    assert error.startswith("The mail server cannot be reached")
    _use(monkeypatch, working)
    assert mail.send_due() == 0  # not before its time
    later()
    assert mail.send_due() == 1
    assert letters(order) == [("sent", 2, "")]
    assert len(postbox.letters) == 1


def test_a_process_that_died_while_sending_leaves_the_letter_to_the_next_under_the_same_name(
    order: PurchaseView, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(order)
    send = email.send

    def die_after(url: str, letter: Any) -> None:
        send(url, letter)
        raise KeyboardInterrupt

    monkeypatch.setattr(email, "send", die_after)
    with pytest.raises(KeyboardInterrupt):
        mail.send_due()
    monkeypatch.setattr(email, "send", send)
    assert (letters(order), mail.send_due()) == ([("sending", 1, "")], 0)  # somebody may still be at it
    later()
    assert mail.send_due() == 1
    first, second = (each["Message-ID"] for each in postbox.letters)
    assert first == second


def test_a_refused_letter_fails_and_says_why(order: PurchaseView, postbox: Postbox) -> None:
    postbox.answer = "554 no such mailbox"
    sent = posted(order)
    assert mail.send_due() == 0
    ((recipient, _title, why),) = mail.failed(make.ADMIN)
    assert (recipient, "554" in why) == ("sales@weavers.example", True)
    assert letters(order) == [("failed", 1, "The mail server said 554 no such mailbox")]
    later()
    assert mail.send_due() == 0
    postbox.answer = "250 kept"
    again = purchase_sending.by_email(make.ADMIN, order.row.number, version=sent.row.version)
    assert (again.row.state, again.sent_at, mail.send_due()) == ("sent", sent.sent_at, 1)
    assert [each[0] for each in letters(order)] == ["sent", "failed"]
    assert mail.failed(make.ADMIN) == []


def test_a_busy_server_is_asked_again_and_given_up_in_the_end(order: PurchaseView, postbox: Postbox) -> None:
    postbox.answer = "451 try later"
    posted(order)
    for _ in range(9):
        mail.send_due()
        later()
    assert letters(order) == [("failed", 8, "The mail server said 451 try later")]
    assert [wait_before(tries).total_seconds() for tries in (1, 2, 3, 8)] == [30, 60, 120, 3600]


def test_without_a_server_a_sender_or_an_address_nothing_is_sent(
    order: PurchaseView, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    supplier = suppliers.get(make.ADMIN, order.row.supplier_id)
    suppliers.change(make.ADMIN, supplier.id, Supplier("Anand Weavers"))
    with pytest.raises(Refused, match="Anand Weavers has no e-mail address"):
        posted(order)
    suppliers.change(make.ADMIN, supplier.id, Supplier("Anand Weavers", email="sales@weavers.example"))
    monkeypatch.delenv("OMS_SMTP_URL")
    get_settings.cache_clear()
    with pytest.raises(Refused, match="OMS_SMTP_URL"):
        posted(order)
    assert (purchasing.get(make.ADMIN, order.row.number).row.state, letters(order)) == ("draft", [])
    assert purchase_sending.hand_over(make.ADMIN, order.row.number, version=1).row.state == "sent"
    name, content = purchase_sending.document(make.ADMIN, order.row.number)
    assert (name, content[:5]) == (f"{order.row.number}.pdf", b"%PDF-")
    assert content == purchase_sending.document(make.ADMIN, order.row.number)[1]  # the same bytes each time
