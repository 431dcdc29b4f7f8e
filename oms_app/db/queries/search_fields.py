"""Fields of the search language that name a value: what `city:Pune`, `sku:KUR-*` or `is:late` say to the database."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select

from oms_app.db.queries import pickups
from oms_app.db.queries import search_identifiers as identifiers
from oms_app.db.queries import search_vocabulary as vocabulary
from oms_app.db.queries.accounts import USER
from oms_app.db.queries.catalogue import location
from oms_app.db.queries.orders import customer, order, parcel
from oms_app.db.queries.search_pieces import NO_ORDER, Piece, either
from oms_app.db.queries.search_text import TextReader
from oms_app.db.queries.search_then import Stood, Then
from oms_app.db.queries.search_tokens import Tokens, all_of, any_of
from oms_app.db.tables.rollups import OrderDwell
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.domain.pickups import Chance, Outlook, forecast, outlooks
from oms_app.domain.query import Match
from oms_app.domain.search_words import NAME, label, words
from oms_app.domain.sla import DUE_SOON

dwell = OrderDwell.__table__  # type: ignore[attr-defined]

_MOST_VALUES = 2_000
_NOT_YET = {"invoice": "No invoices are issued yet.", "return": "No returns are recorded yet."}
_OPEN = any_of(f"status:{stage}" for stage in OPEN_STAGES)


class FieldReader:
    """Turns fields with values into pieces, with the reader of free text for what they share."""

    def __init__(self, text: TextReader, channels: Callable[[], Sequence[Row[Any]]], now: datetime):
        self.text = text
        self.tx = text.tx
        self.scope = text.scope
        self.channels = channels
        self.now = now
        self.then = Then(text.tx, text.scope.until)

    def read(self, leaf: Match) -> Piece:
        """The piece of one field."""
        read = self._readers.get(leaf.field, self._labelled)
        return either([read(leaf.field, value) for value in leaf.values])

    @cached_property
    def _readers(self) -> dict[str, Callable[[str, str], Piece]]:
        numbers = dict.fromkeys((*identifiers.PUBLIC, *identifiers.PRIVATE), self._number)
        return numbers | {
            "status": self._status,
            "channel": self._channel,
            "payment": lambda _field, value: self.text.tokens(any_of([f"payment:{value}"])),
            "location": self._location,
            "assignee": self._assignee,
            "customer": self._customer,
            "invoice": lambda field, _value: self._not_yet(field),
            "currency": lambda _field, value: Piece(order.c.currency == value.upper()),
            "left": self._left,
            "service": lambda _field, value: Piece(order.c.service == value.lower()),
            "is": self._is_then,
            "has": self._has,
        }

    # Facets

    def _labelled(self, field: str, value: str) -> Piece:
        return self.text.tokens(self._facet(field, value))

    def _facet(self, kind: str, value: str) -> Tokens:
        if "*" not in value:
            return any_of([f"{kind}:{label(value)}"])
        start, _, rest = label(value).partition("*")
        if not rest:
            return self.text.prefixed((kind,), start) or any_of([])
        pattern = _pattern(label(value))
        known = vocabulary.beginning(self.tx, (kind,), start, _MOST_VALUES)
        return any_of(token for token in known if pattern.fullmatch(token.partition(":")[2]))

    def _status(self, _field: str, value: str) -> Piece:
        stages = OPEN_STAGES if value == "open" else (value,)
        piece = self.text.tokens(any_of(f"status:{stage}" for stage in stages))
        return self.then.corrected(piece, lambda stood: stood.stage in stages)

    def _channel(self, _field: str, value: str) -> Piece:
        wanted = _pattern(label(value))
        names = [
            row.name for row in self.channels() if any(wanted.fullmatch(label(each)) for each in (row.name, row.title))
        ]
        return self.text.tokens(any_of(f"channel:{label(name)}" for name in names))

    def _location(self, _field: str, value: str) -> Piece:
        if value.lower() == "none":
            return self.text.tokens(any_of(["location:0"]))
        wanted = _pattern(label(value))
        rows = self.tx.execute(select(location.c.id, location.c.code, location.c.name)).all()
        known = [row.id for row in rows if wanted.fullmatch(label(row.code)) or wanted.fullmatch(label(row.name))]
        return self.text.tokens(any_of(f"location:{each}" for each in known))

    def _assignee(self, _field: str, value: str) -> Piece:
        if value.lower() == "@me":
            found = [self.scope.user_id] if self.scope.user_id else []
        elif value.lower() in ("none", "nobody"):
            found = [0]
        else:
            wanted = _pattern(value.casefold())
            rows = self.tx.execute(select(USER.c.id, USER.c.email, USER.c.name)).all()
            found = [row.id for row in rows if any(wanted.fullmatch(name.casefold()) for name in (row.email, row.name))]
        return self.text.tokens(any_of(f"assignee:{each}" for each in found))

    def _customer(self, _field: str, value: str) -> Piece:
        parts: list[Tokens] = []
        for word in value.split():
            said = words(word.replace("*", ""))
            parts += [any_of([f"{NAME}:{each}"]) for each in (said[:-1] if "*" in word else said)]
            if "*" in word and said:
                parts.append(self.text.prefixed((NAME,), said[-1]) or any_of([]))
        return self.text.tokens(all_of(parts)) if parts else NO_ORDER

    # Numbers that one order or one customer has

    def _number(self, field: str, value: str) -> Piece:
        start, star, rest = value.lstrip("#").partition("*")
        if rest or (star and not start):
            longest = max(value.split("*"), key=len)
            piece = self.text.fragment(longest)
            return Piece(and_(piece.row, self._like(field, value)), fragment=piece.fragment)
        found = identifiers.lookup(self.tx, (field,), start, whole=not star and field != "phone")
        if found:
            return self.text.by_ids(found)
        if found is None:
            piece = self.text.fragment(start, at_start=True)
            return Piece(and_(piece.row, identifiers.condition(field, start)), fragment=piece.fragment)
        return self._last_digits(start) if field == "phone" else NO_ORDER

    def _last_digits(self, typed: str) -> Piece:
        piece = self.text.fragment(typed, at_end=True)
        return Piece(and_(piece.row, self._like("phone", f"*{typed}")), fragment=piece.fragment)

    def _like(self, field: str, value: str) -> ColumnElement[bool]:
        """The column matches the pattern, whatever the case."""
        pattern = re.sub(r"([%_/])", r"/\1", value.lstrip("#").lower()).replace("*", "%")
        if field in identifiers.PRIVATE:
            mine = (customer.c.id == order.c.customer_id, func.lower(customer.c[field]).like(pattern, escape="/"))
            return select(customer.c.id).where(*mine).correlate(order).exists()
        if field == "awb":
            ours = (parcel.c.order_id == order.c.id, func.lower(parcel.c.awb).like(pattern, escape="/"))
            return select(parcel.c.id).where(*ours).correlate(order).exists()
        column = order.c.number if field == "number" else order.c.external_id
        return func.lower(column).like(pattern, escape="/")

    # What an order is and has

    def _is_then(self, field: str, value: str) -> Piece:
        piece, near = self._is(field, value), self.now + DUE_SOON
        match value:
            case "late":
                return self.then.corrected(piece, lambda stood: stood.is_late(self.now))
            case "due":
                return self.then.corrected(piece, lambda stood: stood.is_due(self.now, near))
            case "on_time":
                return self.then.corrected(piece, lambda stood: stood.on_time)
            case Chance.WILL_MISS | Chance.MAY_MISS:
                return self.then.corrected(piece, lambda stood: self._misses(stood, Chance(value)))
            case "shipped_late":
                return self.then.corrected(piece, lambda stood: stood.shipped_late)
        return piece

    def _is(self, _field: str, value: str) -> Piece:
        if value == "late":
            return either([self.text.tokens(any_of(["is:shipped_late"])), self._to_ship(order.c.ship_by < self.now)])
        if value == "due":
            return self._to_ship(and_(order.c.ship_by >= self.now, order.c.ship_by <= self.now + DUE_SOON))
        if value in set(Chance):
            return self._to_ship(pickups.missing(self._outlooks, Chance(value), self.now))
        if value == "new_customer":
            earlier = order.alias("earlier")
            before = select(earlier.c.id).where(earlier.c.customer_id == order.c.customer_id, earlier.c.id < order.c.id)
            return Piece(and_(order.c.customer_id.is_not(None), ~before.exists()))
        return self.text.tokens(any_of(["payment:cod" if value == "cod" else f"is:{value}"]))

    def _misses(self, stood: Stood, chance: Chance) -> bool:
        if not stood.stage or stood.entered is None:
            return False
        found = forecast(
            self._outlooks,
            Stage(stood.stage),
            location_id=stood.location_id,
            ship_by=stood.ship_by,
            entered=stood.entered,
            now=self.now,
        )
        return found is not None and found.chance is chance

    @cached_property
    def _outlooks(self) -> tuple[Outlook, ...]:
        return outlooks(*pickups.kept(self.tx), self.now, self.scope.zone)

    def _to_ship(self, when: ColumnElement[bool]) -> Piece:
        """Orders in the building by their ship-by time, which an index finds where they are few."""
        row = and_(order.c.stage.in_(OPEN_STAGES), when)
        found = self.tx.scalars(select(order.c.id).where(row).limit(identifiers.MOST + 1)).all()
        return self.text.by_ids(found) if len(found) <= identifiers.MOST else Piece(row, tokens=_OPEN)

    def _left(self, _field: str, value: str) -> Piece:
        """Left a stage of the building, or left Shipped by being delivered."""
        if value == Stage.SHIPPED:
            piece = Piece(and_(order.c.delivered_at.is_not(None), order.c.shipped_at.is_not(None)))
            return self.then.corrected(piece, lambda stood: value in stood.left)
        if value not in OPEN_STAGES:
            return NO_ORDER
        stayed = select(dwell.c.order_id).where(dwell.c.order_id == order.c.id, dwell.c[value].is_not(None))
        return self.then.corrected(Piece(stayed.correlate(order).exists()), lambda stood: value in stood.left)

    def _has(self, _field: str, value: str) -> Piece:
        if value in _NOT_YET:
            return self._not_yet(value)
        if value == "hold":
            return self.text.tokens(any_of(["is:held"]))
        kind = value.removeprefix("hold:")
        return self.text.tokens(any_of([f"hold:{label(kind)}" if value != kind else f"has:{value}"]))

    def _not_yet(self, subject: str) -> Piece:
        self.text.hints.append(_NOT_YET[subject])
        return NO_ORDER


def _pattern(value: str) -> re.Pattern[str]:
    """A value with `*` for any characters, as a pattern for the whole of another."""
    return re.compile(".*".join(re.escape(part) for part in value.split("*")))
