"""Orders of the demo shop with something wrong with them, so that every hold queue has work in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from oms_app.demo.journey import Move, Step
from oms_app.demo.sales import Sale
from oms_app.domain.orders import LineDraft, OrderDraft, PaymentMethod

UNKNOWN = "NK-DUPATTA-SET2"
"""What a channel calls an article that nobody has named to us yet."""

Flaw = Callable[[OrderDraft], OrderDraft]


def flawed(sold: Sequence[Sale], steps: Sequence[Sequence[Step]]) -> Mapping[int, OrderDraft]:
    """Which of the newest orders that nobody has touched yet are wrong, by index, and how they arrive."""
    fresh = [index for index in range(len(sold)) if not any(isinstance(act, Move) for _, act in steps[index])]
    chosen = fresh[-len(FLAWS) - 1 :]
    if len(chosen) <= len(FLAWS):
        return {}
    first, *rest = chosen
    found = {index: flaw(_settled(sold[index].draft)) for index, flaw in zip(rest, FLAWS, strict=True)}
    # The first one comes again two minutes later, as after a second press on the button.
    again = sold[first].draft
    found[first] = _settled(again)
    last = rest[-1]
    found[last] = replace(
        found[first],
        external_id=sold[last].draft.external_id if sold[last].draft.channel == again.channel else None,
        placed_at=sold[first].placed_at + timedelta(minutes=2),
    )
    return found


def _settled(draft: OrderDraft) -> OrderDraft:
    """The order with its money in hand, so that nothing else is wrong with it."""
    return replace(draft, paid=True, payment_method=PaymentMethod.PREPAID)


def _wrong_state(draft: OrderDraft) -> OrderDraft:
    state = "Kerala" if draft.ship_to.state != "Kerala" else "Punjab"
    return replace(draft, ship_to=replace(draft.ship_to, state=state))


def _short_pin(draft: OrderDraft) -> OrderDraft:
    return replace(draft, ship_to=replace(draft.ship_to, postal_code=draft.ship_to.postal_code[:5]))


def _no_street(draft: OrderDraft) -> OrderDraft:
    return replace(draft, ship_to=replace(draft.ship_to, line1="", line2=""))


def _half_a_phone(draft: OrderDraft) -> OrderDraft:
    return replace(draft, ship_to=replace(draft.ship_to, phone=draft.ship_to.phone[3:9]))


def _unknown(draft: OrderDraft) -> OrderDraft:
    strange = LineDraft(UNKNOWN, 1, unit_price_micros=1_899_000_000, name="Dupatta, set of two")
    return replace(draft, lines=(strange, *draft.lines[1:]))


def _much_cash(draft: OrderDraft) -> OrderDraft:
    lines = tuple(replace(line, quantity=line.quantity * 6) for line in draft.lines)
    return replace(draft, paid=False, payment_method=PaymentMethod.COD, lines=lines, discount=0)


def _unpaid(draft: OrderDraft) -> OrderDraft:
    return replace(draft, paid=False)


def _same(draft: OrderDraft) -> OrderDraft:
    return draft


FLAWS: tuple[Flaw, ...] = (
    *(_wrong_state, _unknown, _much_cash, _short_pin, _unpaid, _no_street),
    *(_unknown, _much_cash, _half_a_phone, _same),
)
"""One for each of the newest orders; the last is the one that comes twice."""
