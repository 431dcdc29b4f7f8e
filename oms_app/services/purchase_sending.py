"""Sending a purchase order: its document, by e-mail or handed over by yourself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import mail as mail_rows
from oms_app.db.queries import purchasing as rows
from oms_app.db.queries import suppliers as supplier_rows
from oms_app.documents import purchase_order
from oms_app.documents.purchase_order import Line, PurchaseOrderPaper
from oms_app.domain import moments, money
from oms_app.domain.errors import Refused
from oms_app.domain.mail import MailView
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.purchasing import Act, PurchaseLine, PurchaseState, PurchaseView, id_of
from oms_app.domain.states import state_name
from oms_app.services import company as seller
from oms_app.services import mail, purchasing, reorder, suppliers
from oms_app.settings import get_settings

_SUBJECT = "purchase_order"


def by_email(actor: Actor, number: str, *, version: int) -> PurchaseView:
    """Send the document to the supplier: the letter is in the post once this returns, and goes out by itself.

    Sent again, it is a second copy of the same order. Raises Refused where somebody's address or the server is missing.
    """
    actor.require(Permission.PURCHASE)
    with transaction() as tx:
        order = purchasing.view(tx, actor, id_of(number))
        if not order.email:
            raise Refused(
                f"{order.row.supplier} has no e-mail address: write it, or download the document and hand it over.",
                code="no_mail",
            )
        sent = _sent(tx, actor, number, version, {"to": order.email})
        paper = _paper(tx, actor, sent)
        mail.write(
            tx,
            actor,
            subject=_SUBJECT,
            subject_id=sent.row.id,
            recipient=order.email,
            title=f"Purchase order {sent.row.number}, {paper.buyer[0]}",
            body=_letter(sent, paper.buyer[0]),
            file_name=f"{sent.row.number}.pdf",
            file=purchase_order.pdf(paper, sent.sent_at or datetime.now(UTC)),
        )
        return sent


def hand_over(actor: Actor, number: str, *, version: int, at: datetime | None = None) -> PurchaseView:
    """The supplier has it: by hand, by telephone, through a portal (`at` for history)."""
    actor.require(Permission.PURCHASE)
    with transaction() as tx:
        return _sent(tx, actor, number, version, {"to": "by hand"}, at=at)


def document(actor: Actor, number: str) -> tuple[str, bytes]:
    """(file name, PDF): as it was sent by e-mail, else as the order stands."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        order = purchasing.view(tx, actor, id_of(number))
        kept = mail_rows.newest_file(tx, _SUBJECT, order.row.id)
        if kept is not None:
            return kept.file_name, kept.file
        made = purchase_order.pdf(_paper(tx, actor, order), order.sent_at or order.row.created_at)
        return f"{order.row.number}.pdf", made


def letters(actor: Actor, number: str) -> Sequence[MailView]:
    """Letters to the supplier about this order, newest first."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return mail.about(tx, _SUBJECT, purchasing.view(tx, actor, id_of(number)).row.id)


def _sent(
    tx: Connection, actor: Actor, number: str, version: int, said: dict[str, Any], *, at: datetime | None = None
) -> PurchaseView:
    """The order once it is on its way to the supplier; what was sent before stays as it is."""
    before, now = purchasing.locked(tx, actor, number, Act.SEND, version), at or datetime.now(UTC)
    if before.state == PurchaseState.DRAFT:
        supplier = suppliers.known(tx, before.supplier_id)
        ids = [row.product_id for row in rows.lines(tx, before.id)]
        terms = supplier_rows.terms_by_product(tx, supplier.id, ids)
        own = [terms[key].lead_time_days for key in ids if key in terms]
        days = max([supplier.lead_time_days if each is None else each for each in own] or [supplier.lead_time_days])
        expected = now.astimezone(_zone()).date() + timedelta(days=days)
        rows.change(tx, before, state=PurchaseState.SENT, sent_at=now, expected_on=expected)
        reorder.refresh(tx, ids)
    else:
        rows.change(tx, before)
    purchasing.record(tx, actor, "purchase_sent", before.id, after=said, at=now)
    return purchasing.view(tx, actor, before.id)


def _paper(tx: Connection, actor: Actor, order: PurchaseView) -> PurchaseOrderPaper:
    row, currency = order.row, order.row.currency
    place: Any = catalogue.location_coded(tx, row.location)
    supplier = suppliers.view(suppliers.known(tx, row.supplier_id))
    day = (order.sent_at or row.created_at).astimezone(_zone())
    totals = [("Total without tax", money.show(row.total, currency))]
    if row.tax:
        totals += [("GST", money.show(row.tax, currency)), ("Total", money.show(row.total + row.tax, currency))]
    facts = [("Terms of payment", supplier.payment_terms), ("Your number", order.supplier_reference)]
    days = (("Expected", row.expected_on), ("Promised", row.promised_on))
    facts += [(word, moments.show_date(each)) for word, each in days if each]
    return PurchaseOrderPaper(
        number=row.number,
        date=moments.show_date(day.date()),
        buyer=_buyer(tx, actor, place),
        supplier=_filled(supplier.name, *supplier.address.splitlines(), supplier.contact, supplier.phone)
        + ([f"GSTIN {supplier.gstin}"] if supplier.gstin else []),
        deliver_to=_filled(place.name, place.city, place.state, place.postal_code),
        facts=[fact for fact in facts if fact[1]] or [("Currency", currency)],
        lines=[_line(index, line, currency) for index, line in enumerate(order.lines, start=1)],
        totals=totals,
        note=order.note,
    )


def _line(index: int, line: PurchaseLine, currency: str) -> Line:
    tax = "" if line.gst_rate is None else f"GST {line.gst_rate.normalize():f} %"
    return Line(
        number=index,
        name=line.name,
        codes=" · ".join(_filled(line.supplier_sku and f"yours {line.supplier_sku}", f"ours {line.sku}", tax)),
        packs=line.packs,
        units=f"{line.quantity:,}",
        cost=money.show_micros(line.cost_micros, currency),
        amount=money.show(line.total(currency), currency),
    )


def _buyer(tx: Connection, actor: Actor, place: Any) -> list[str]:
    """The company as it stands in the location's State: its name, address and GSTIN there."""
    profile = seller.profile(actor)
    address, state = profile.address, state_name(place.state)
    gstin = next((each.gstin for each in profile.registrations if each.state == state), "")
    town = f"{address.city} {address.postal_code}".strip()
    return _filled(profile.legal_name or profile.trade_name, address.line1, address.line2, town, address.state) + (
        [f"GSTIN {gstin}"] if gstin else []
    ) or [place.name]


def _letter(order: PurchaseView, buyer: str) -> str:
    greeting = f"Please find our purchase order {order.row.number} of {order.row.units:,} units enclosed."
    asked = "Please confirm it with the day on which you deliver."
    return "\n\n".join(_filled("Good day,", greeting, order.note, asked, buyer)) + "\n"


def _filled(*words: str) -> list[str]:
    return [word for word in words if word]


def _zone() -> ZoneInfo:
    return ZoneInfo(get_settings().timezone)
