"""Correcting where an order goes: checked like a new one, and what held it for its address lets it go."""

from dataclasses import asdict, fields, replace
from datetime import UTC, datetime

from oms_app.db.engine import transaction
from oms_app.db.queries import customers, order_parts
from oms_app.db.queries import orders as rows
from oms_app.domain import contact, validation
from oms_app.domain.addresses import PostalAddress
from oms_app.domain.errors import Refused
from oms_app.domain.holds import HoldKind
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import AddressDraft, CustomerDraft, OrderView
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.states import state_name
from oms_app.domain.validation import OF_ADDRESS, Arrival
from oms_app.services import events, holds, orders, priorities
from oms_app.services.validation import rules

BEFORE_PACKED = (Stage.PLACED, Stage.PROCESSING, Stage.READY, Stage.PICKING)


def correct(actor: Actor, number: str, given: AddressDraft) -> OrderView:
    """Send an order elsewhere and release its address holds; an empty phone or name stays as it was.

    Raises Refused with what is wrong where the new address fails its checks, or the order is packed already.
    """
    actor.require(Permission.CREATE_ORDERS)
    actor.require(Permission.SEE_CUSTOMERS)
    given = replace(given, **{field.name: getattr(given, field.name).strip() for field in fields(given)})
    if given.country == "IN":
        given = replace(given, state=state_name(given.state))
    now = datetime.now(UTC)
    with transaction() as tx:
        before = orders.visible(tx, actor, number, lock=True)
        if before.stage not in BEFORE_PACKED:
            raise Refused(f"Order {number} is packed or gone: its address cannot change any more.")
        # Imported history may have come without either.
        old = order_parts.addresses(tx, [before.ship_to_id]).get(before.ship_to_id) or AddressDraft()
        buyer = order_parts.customers(tx, [before.customer_id]).get(before.customer_id) or CustomerDraft("")
        phone = given.phone or old.phone or buyer.phone
        arrival = Arrival(
            lines=(),
            ship_to=PostalAddress(
                f"{given.line1} {given.line2}", given.city, given.state, given.postal_code, given.country
            ),
            phone=phone,
            email=buyer.email,
            total=None,
            owed=0,
            captured=0,
            cod=False,
        )
        if failed := validation.findings(arrival, rules(tx), OF_ADDRESS):
            raise Refused(
                " ".join(each.message for each in failed),
                details={"failed": [{"guard": f.check, "message": f.message, "fix": f.fix} for f in failed]},
            )
        wanted = asdict(given) | {
            "phone": contact.e164(phone, given.country),
            "name": given.name or old.name or before.customer_name,
        }
        changed = [name for name, value in wanted.items() if value != getattr(old, name)]
        ship_to_id = before.ship_to_id
        if changed:
            ship_to_id = customers.add_address(tx, customer_id=before.customer_id, **wanted)
            events.record(tx, actor, "address_corrected", subject_id=before.id, after={"fields": changed}, at=now)
        after = holds.let_go(
            tx,
            actor,
            before,
            [hold for hold in rows.open_holds(tx, before.id) if hold.kind == HoldKind.ADDRESS],
            at=now,
            ship_to_id=ship_to_id,
            bill_to_id=ship_to_id if before.bill_to_id == before.ship_to_id else before.bill_to_id,
            **{name: wanted[name] for name in ("city", "state", "postal_code", "country")},
        )
        priorities.rescore(tx, [before.id])
        return orders.load(tx, actor, rows.by_id(tx, after.id))
