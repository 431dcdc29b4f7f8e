"""Settlements in the browser: those of a marketplace, one of them order by order, and what differs from our orders."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import reflex as rx

from oms_app.domain import moments, money
from oms_app.domain.errors import OmsError
from oms_app.domain.settlement_check import TITLES, Settled, SettlementKind
from oms_app.services import settlements
from oms_app.services.settlements import DifferenceView, OrderSettled, SettlementView
from oms_app.settings import get_settings
from oms_app.state.session import SessionState, notice, save

ROWS = 50


@dataclass(frozen=True, slots=True)
class MarketTab:
    """A channel with settlements."""

    name: str
    title: str
    said: str
    fetches: bool


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """A settlement or an order of one, written out; of an order `name` is the channel's id and `order` our number."""

    id: int
    name: str
    order: str
    period: str
    deposited: str
    ours: str
    charged: str
    refunded: str
    fees: str
    tcs: str
    tds: str
    other: str
    payout: str
    wrong: str


@dataclass(frozen=True, slots=True)
class SettlementDifferenceRow:
    """What differs, written out."""

    kind: str
    title: str
    about: str
    order: str
    said: str


_NONE = SettlementRow(0, *[""] * 13)


class SettlementsState(SessionState, rx.State):
    """The settlements of the channel that the address names, or one of them, and what differs."""

    markets: list[MarketTab] = []
    chosen: str = ""
    fetches: bool = False
    kind: str = ""
    kinds: list[tuple[str, str]] = []
    rows: list[SettlementRow] = []
    more: bool = False
    one: SettlementRow = _NONE
    orders: list[SettlementRow] = []
    more_orders: bool = False
    differences: list[SettlementDifferenceRow] = []
    more_differences: bool = False
    ready: bool = False
    failure: str = ""

    @rx.event
    async def load(self):
        """Read what the address asks for."""
        query = self.router.url.query_parameters
        self.chosen, self.kind, wanted = query.get("channel", "")[:80], query.get("kind", ""), query.get("s", "")
        self.kind = self.kind if self.kind in set(SettlementKind) else ""
        self.ready, self.failure, self.rows, self.orders, self.one = False, "", [], [], _NONE
        try:
            found = await self.call(settlements.every)
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return None
        self.markets = [MarketTab(e.name, e.title, _said(e.differences), e.fetches) for e in found]
        if self.chosen not in {each.name for each in found}:
            self.chosen = found[0].name if found else ""
        standing = next((each for each in found if each.name == self.chosen), None)
        self.fetches = standing is not None and standing.fetches
        self.kinds = [] if standing is None else [(kind, f"{TITLES[kind]} {count}") for kind, count in standing.open]
        if standing is None:
            self.ready = True
            return None
        if wanted.isdecimal() and len(wanted) < 19:
            return SettlementsState.read_one(int(wanted))
        return [SettlementsState.read_rows, SettlementsState.read_differences]

    @rx.event
    async def read_rows(self):
        """Read the next page of settlements."""
        if self.chosen:
            before = self.rows[-1].id if self.rows else None
            found = await self.call(settlements.page, self.chosen, before=before, limit=ROWS + 1)
            self.rows, self.more = [*self.rows, *map(_settlement, found[:ROWS])], len(found) > ROWS

    @rx.event
    async def read_differences(self):
        """Read what differs."""
        if self.chosen:
            most = len(self.differences) + ROWS if self.ready else ROWS
            found = await self.call(settlements.differences, self.chosen, kind=self.kind, limit=most + 1)
            self.differences, self.more_differences = [_difference(e) for e in found[:most]], len(found) > most
            self.ready = True

    @rx.event
    async def read_one(self, settlement_id: int):
        """Read a settlement; its orders follow."""
        try:
            self.one = _settlement(await self.call(settlements.get, int(settlement_id)))
        except OmsError as error:
            self.failure, self.ready = error.message, True
            return None
        self.ready = True
        return SettlementsState.read_orders

    @rx.event
    async def read_orders(self):
        """Read the next page of its orders."""
        if self.one.id:
            after = self.orders[-1].name if self.orders else ""
            found = await self.call(settlements.orders, self.one.id, after=after, limit=ROWS + 1)
            currency = self.one.order
            self.orders = [*self.orders, *(_order(each, currency) for each in found[:ROWS])]
            self.more_orders = len(found) > ROWS

    @rx.event(temporal=True)
    async def fetch(self):
        """Ask the channel for its settlements."""
        taken, already = await self.call(settlements.fetch, self.chosen)
        return [SettlementsState.load, notice(f"{taken:,} settlements were taken, {already:,} were here already.")]

    @rx.event
    async def download(self):
        """Save the orders of the settlement as a file."""
        return save(f"/export/settlement?format=csv&settlement={self.one.id}")


def _said(count: int) -> str:
    return f"{count:,} difference{'' if count == 1 else 's'}"


def _settlement(each: SettlementView) -> SettlementRow:
    zone = ZoneInfo(get_settings().timezone)
    days = [moments.show_date(at.astimezone(zone).date()) for at in (each.starts_at, each.ends_at)]
    wrong = f"{money.show(each.unexplained, each.currency)} is unexplained" if each.unexplained else ""
    return _written(
        each.sums,
        each.currency,
        id=each.id,
        name=each.external_id,
        order=each.currency,
        period=" – ".join(dict.fromkeys(days)),
        deposited=moments.show_date(each.deposited_at.astimezone(zone).date()) if each.deposited_at else "Not yet",
        ours="",
        payout=money.show(each.total, each.currency),
        wrong=wrong,
    )


def _order(each: OrderSettled, currency: str) -> SettlementRow:
    return _written(
        each.sums,
        currency,
        id=0,
        name=each.external_id,
        order=each.order,
        period="",
        deposited="",
        ours="–" if each.total is None else money.show(each.total, currency),
        payout=money.show(each.sums.payout, currency),
        wrong="",
    )


def _written(sums: Settled, currency: str, **values: str | int) -> SettlementRow:
    parts = ("charged", "refunded", "fees", "tcs", "tds", "other")
    return SettlementRow(**values, **{name: money.show(getattr(sums, name), currency) for name in parts})


def _difference(each: DifferenceView) -> SettlementDifferenceRow:
    return SettlementDifferenceRow(each.kind, TITLES[each.kind], each.external_id, each.order, each.said)
