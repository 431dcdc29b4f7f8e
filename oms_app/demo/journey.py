"""What becomes of a demo order after it was placed: paid, held, moved along, noted, cancelled; each act at its time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from oms_app.demo import rhythm, shop
from oms_app.demo.sales import ARRIVALS, Sale, reference
from oms_app.domain.lifecycle import FLOW, MoveDetails, Stage
from oms_app.domain.permissions import Actor, Role


@dataclass(frozen=True, slots=True)
class Pay:
    """Money comes in: `share` of what is still owed."""

    actor: Actor
    method: str
    reference: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Refund:
    """Everything captured is given back, because the order is cancelled."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class Move:
    """To another stage."""

    actor: Actor
    to: Stage
    details: MoveDetails = MoveDetails()


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait, for a reason."""

    actor: Actor
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """The reason to wait is gone."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class Note:
    """Somebody writes something down."""

    actor: Actor
    body: str


Act = Pay | Refund | Move | Hold | Release | Note
Step = tuple[datetime, Act]

MANAGER, INVENTORY = shop.colleague(Role.MANAGER), shop.colleague(Role.INVENTORY)
WAREHOUSE, SERVICE = shop.colleague(Role.WAREHOUSE), shop.colleague(Role.SERVICE)

HOLDS = (
    (SERVICE, "customer", "Customer asked to wait until they are back in town."),
    (MANAGER, "address", "The house number is missing: ask for it."),
    (MANAGER, "fraud", "Three orders to one phone within the hour."),
    (MANAGER, "manual", "Waiting for the matching blouse piece."),
    (SERVICE, "customer", "Wants to change the size: M to L."),
    (MANAGER, "address", "The PIN does not fit the town."),
)
UNPAID = Hold(MANAGER, "payment", "Payment link sent, not paid yet.")
CONFIRM = Hold(SERVICE, "customer", "Cash on delivery above ₹4,000: confirm by phone.")
SHORT = Hold(INVENTORY, "stock", "Out of stock: the next lot is being woven.")

CANCELLED = (
    "Changed their mind",
    "Ordered twice by mistake",
    "Found it cheaper elsewhere",
    "Delivery would take too long",
    "Wrong size ordered",
    "Address cannot be served",
)
_RECEIVED = ("Handed over, OTP given", "Handed over, signed", "Left with security", "Handed to a neighbour")
_NOTES = (
    "Called: will be home on Saturday.",
    "Asked about colour fastness, sent the care card.",
    "Second parcel this month, add the loyalty card.",
    "Packed with extra bubble wrap.",
    "Wants the invoice by e-mail.",
)
_LATE = 0.08


def history(rng: Random, sale: Sale, now: datetime) -> list[Step]:
    """Everything that happened to an order that is done by now, or on its way."""
    draw = rng.random()
    if sale.pays == "late" and draw < 0.7 or draw < 0.055:
        return _cancelled(rng, sale, now)
    at = [rhythm.after(sale.placed_at, timedelta(minutes=rng.expovariate(1 / 25)))]
    slow = rng.randrange(3) if rng.random() < _LATE else -1
    for index, (least, most) in enumerate(((10, 130), (20, 220), (10, 80))):
        minutes = rng.triangular(least, most, least * 2) + (rng.uniform(1_000, 2_400) if index == slow else 0)
        at.append(rhythm.after(at[-1], timedelta(minutes=minutes)))
    at.append(rhythm.pickup(at[-1]) + timedelta(minutes=rng.uniform(0, 18)))
    if at[-1] > now:
        return backlog(rng, sale, Stage.SHIPPED, now)
    home = rhythm.doorbell(rng, at[-1], sale.person.place.days_away)
    steps = _moves(rng, sale, [*at, home])
    if rng.random() < 0.06:
        steps += _held(rng, at[0], at[1])
    if rng.random() < 0.08:
        steps.append((at[0] + (at[-1] - at[0]) * rng.random(), Note(SERVICE, rng.choice(_NOTES))))
    if sale.pays == "part":
        steps.append((home + timedelta(days=rng.uniform(4, 12)), Pay(MANAGER, "bank", reference(rng, "bank"))))
    elif sale.pays == "late":
        steps.append((sale.placed_at + (at[0] - sale.placed_at) / 2, _paid(rng, sale)))
    elif sale.pays == "cod":
        steps.append((home + timedelta(days=rng.uniform(2, 6)), Pay(MANAGER, "cash", reference(rng, "cash"))))
    return _until(now, _arrival(rng, sale) + steps)


def backlog(rng: Random, sale: Sale, stage: Stage, now: datetime) -> list[Step]:
    """How an order came to the stage it is in now, in the working time since it was placed."""
    moves = FLOW.index(stage)
    since, work = sale.placed_at, rhythm.worked(sale.placed_at, now)
    marks = sorted(rng.uniform(0.04, 0.96) for _ in range(moves))
    enough = work > timedelta(minutes=6 * moves)
    at = [rhythm.after(since, work * mark) if enough else since + (now - since) * mark for mark in marks]
    steps = _arrival(rng, sale) + _moves(rng, sale, at)
    if sale.pays == "late":
        # Nobody works on an order that is not paid: it waits where it came in, or was paid by now.
        if stage in (Stage.PLACED, Stage.PROCESSING):
            steps.append((since + (now - since) * 0.02, UNPAID))
        else:
            steps.append((since + (at[0] - since) / 2, _paid(rng, sale)))
    elif stage in (Stage.PLACED, Stage.PROCESSING):
        late = (at[-1] if at else since) + (now - (at[-1] if at else since)) * 0.5
        if sale.pays == "cod" and sale.subtotal >= 400_000:
            steps.append((late, CONFIRM))
        elif rng.random() < 0.13:
            steps.append((late, Hold(*rng.choice(HOLDS))))
    elif stage in (Stage.READY, Stage.PACKED) and rng.random() < 0.05:
        steps.append((at[-1] + (now - at[-1]) * 0.5, Hold(*HOLDS[0])))
    if rng.random() < 0.1:
        steps.append((since + (now - since) * rng.uniform(0.3, 0.9), Note(SERVICE, rng.choice(_NOTES))))
    return _until(now, steps)


def _arrival(rng: Random, sale: Sale) -> list[Step]:
    """What comes in with the order: its payment, or half of it."""
    if sale.pays == "full":
        return [(sale.placed_at + timedelta(seconds=rng.uniform(2, 50)), _paid(rng, sale))]
    if sale.pays == "part":
        half = Pay(ARRIVALS[sale.channel.name], "bank", reference(rng, "bank"), share=0.5)
        return [(sale.placed_at + timedelta(minutes=rng.uniform(2, 9)), half)]
    return []


def _paid(rng: Random, sale: Sale) -> Pay:
    return Pay(ARRIVALS[sale.channel.name], sale.method, reference(rng, sale.method))


def _moves(rng: Random, sale: Sale, at: list[datetime]) -> list[Step]:
    """The moves along the flow at these times, each with what its dialog asks for."""
    steps: list[Step] = []
    for stage, moment in zip(FLOW[1:], at, strict=False):
        steps.append((moment, move(rng, sale.channel.name, sale.weight_g, sale.person.place.days_away, stage)))
    return steps


def move(rng: Random, channel: str, weight_g: int, days_away: float, to: Stage) -> Move:
    """A move to the next stage, by who does that work, with what its dialog asks for."""
    match to:
        case Stage.PROCESSING | Stage.READY:
            return Move(rng.choice((MANAGER, SERVICE)), to)
        case Stage.PACKED:
            return Move(WAREHOUSE, to, MoveDetails(weight_g=weight_g + rng.randint(0, 90)))
        case Stage.SHIPPED:
            courier, awb = shop.courier(rng, channel, days_away)
            return Move(WAREHOUSE, to, MoveDetails(courier=courier, awb=awb))
        case Stage.DELIVERED:
            return Move(shop.system("Couriers", "demo"), to, MoveDetails(reason=rng.choice(_RECEIVED)))
    return Move(WAREHOUSE, to)


def _held(rng: Random, begin: datetime, end: datetime) -> list[Step]:
    who, kind, reason = rng.choice(HOLDS)
    span = end - begin
    return [(begin + span * 0.2, Hold(who, kind, reason)), (begin + span * 0.8, Release(who))]


def _cancelled(rng: Random, sale: Sale, now: datetime) -> list[Step]:
    steps = _arrival(rng, sale)
    if sale.pays == "late":
        end = sale.placed_at + timedelta(hours=48)
        steps += [(sale.placed_at + timedelta(minutes=30), UNPAID), (end - timedelta(seconds=20), Release(MANAGER))]
        why = "Not paid within 48 hours"
    else:
        at = [rhythm.after(sale.placed_at, timedelta(minutes=rng.uniform(10, 90)))]
        if rng.random() < 0.5:
            at.append(rhythm.after(at[0], timedelta(minutes=rng.uniform(10, 200))))
        steps += _moves(rng, sale, at)
        end = rhythm.after(at[-1], timedelta(minutes=rng.uniform(5, 300)))
        why = rng.choice(CANCELLED)
    steps.append((end, Move(SERVICE, Stage.CANCELLED, MoveDetails(reason=why))))
    if sale.pays in ("full", "part"):
        steps.append((end + timedelta(minutes=rng.uniform(5, 120)), Refund(MANAGER)))
    return _until(now, steps)


def _until(now: datetime, steps: list[Step]) -> list[Step]:
    """The steps that lie in the past, oldest first."""
    return sorted((step for step in steps if step[0] <= now), key=lambda step: step[0])
