"""What unknown SKUs of channels may be: worked out apart, kept for everybody, and the rules each channel has for it."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from oms_app.db import engine
from oms_app.db.engine import reading, transaction
from oms_app.db.queries import catalogue
from oms_app.db.queries import company as settings
from oms_app.db.queries import sku_queue as rows
from oms_app.domain import sku_words
from oms_app.domain.errors import Malformed, NotFound
from oms_app.domain.permissions import Actor, Permission, system
from oms_app.domain.runs import MOST_NAMED, Selection, Subject
from oms_app.domain.sku_actions import SkuAction
from oms_app.domain.sku_match import Elsewhere, Matcher, Ours, Rules, Theirs, read_rules
from oms_app.domain.sku_queue import number_of
from oms_app.services import events, runs

FINDER = system("SKU suggestions", "job")
"""Who says what a SKU may be."""

MOST_RULES = 20
_SETTING = "sku_rules"
_NONE = Rules()
_AFTER_PRODUCTS_S = 5.0
_ANEW_S = 3_600.0
_AT_ONCE = 500
_EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class _Round:
    """When all of them were last looked at, and which product was the newest then."""

    shop: Any
    newest: int
    at: float


_last: _Round | None = None


def forget() -> None:
    """Look at all of them again."""
    global _last
    _last = None


def work_out() -> int:
    """Look what unknown SKUs may be: those nobody looked at, and all of them once products were added, or in an hour.

    Returns how many were looked at. The worker calls it. The products are in memory for as long as it takes.
    """
    global _last
    began, now = time.monotonic(), datetime.now(UTC)
    with reading() as tx:
        newest = rows.newest_product(tx)
        last = _last if _last is not None and _last.shop is engine.engine() else None
        age = began - last.at if last else _ANEW_S
        whole = last is None or age >= _ANEW_S or (newest != last.newest and age >= _AFTER_PRODUCTS_S)
        wanted = rows.page(tx, limit=_EVERYTHING, unseen=not whole)
        made = _suggest(tx, wanted, now) if wanted else []
    if made or whole:
        with transaction() as tx:
            for start in range(0, len(made), _AT_ONCE):
                rows.put_suggestions(tx, made[start : start + _AT_ONCE])
            if whole:
                rows.forget_suggestions(tx, before=now)
            if made:
                after = {"skus": len(made)}
                events.record(tx, FINDER, "skus_suggested", subject="sku_map", subject_id=1, after=after)
    if whole:
        _last = _Round(engine.engine(), newest, began)
    _confirm_by_itself(made)
    return len(made)


def rules(actor: Actor) -> dict[str, Rules]:
    """What each channel puts before and behind our SKUs, by the channel's name."""
    actor.require(Permission.SEE_STOCK)
    with reading() as tx:
        return _rules(tx)


def set_rules(
    actor: Actor, channel: str, prefixes: Sequence[str], suffixes: Sequence[str], *, by_itself: bool = False
) -> Rules:
    """Say what a channel puts before and behind our SKUs; its unknown ones are looked at anew. Raises NotFound.

    by_itself  what is sure is mapped without asking, but what somebody took out of the map
    """
    actor.require(Permission.EDIT_PRODUCTS)
    wanted = Rules(_cleaned(prefixes, "prefixes"), _cleaned(suffixes, "suffixes"), by_itself)
    with transaction() as tx:
        source = catalogue.channel_named(tx, channel)
        if source is None:
            raise NotFound(f"There is no channel “{channel}”.")
        kept = _rules(tx)
        before = kept.get(channel, _NONE)
        if before != wanted:
            kept[channel] = wanted
            written = {name: asdict(each) for name, each in kept.items() if each != _NONE}
            settings.set_setting(tx, _SETTING, written)
            rows.forget_suggestions(tx, channel_id=source.id)
            was, now = asdict(before), asdict(wanted)
            events.record(
                tx, actor, "sku_rules_changed", subject="channel", subject_id=source.id, before=was, after=now
            )
    return wanted


def _suggest(tx: Connection, wanted: Sequence[Any], now: datetime) -> list[dict[str, Any]]:
    ours = (Ours(row.sku, row.name, row.barcode, row.kind == "kit") for row in rows.products(tx))
    matcher, by_channel = Matcher(ours, _elsewhere(tx)), _rules(tx)
    made = []
    for row in wanted:
        theirs = Theirs(row.channel_sku, row.listed_as or row.ordered_as, row.barcode)
        found = matcher.suggest(theirs, by_channel.get(row.channel, _NONE))
        made.append(
            {
                "channel_id": row.channel_id,
                "channel_sku": row.channel_sku,
                "sure": any(each.sure for each in found),
                "found": [asdict(each) for each in found],
                "at": now,
            }
        )
    return made


def _confirm_by_itself(made: Sequence[Mapping[str, Any]]) -> None:
    """Confirm what is sure on channels whose rules say so: a run for each, that can be taken back."""
    sure = defaultdict(set)
    for row in made:
        if row["sure"]:
            sure[row["channel_id"]].add(row["channel_sku"])
    if not sure:
        return
    with reading() as tx:
        by_channel, wanted = _rules(tx), []
        for channel_id, skus in sure.items():
            name = catalogue.channel_by_id(tx, channel_id).name
            if by_channel.get(name, _NONE).by_itself:
                wanted.append(sorted(number_of(name, sku) for sku in skus - rows.taken_out(tx, channel_id)))
    for numbers in wanted:
        for start in range(0, len(numbers), MOST_NAMED):
            part = tuple((number, None) for number in numbers[start : start + MOST_NAMED])
            runs.start(FINDER, SkuAction.CONFIRM, {}, Selection(part, subject=Subject.SKU))


def _elsewhere(tx: Connection) -> dict[str, Elsewhere]:
    """What channels call our products; what two of them call different products helps nobody."""
    found: dict[str, set[Elsewhere]] = defaultdict(set)
    for row in rows.names_elsewhere(tx):
        found[sku_words.joined(row.channel_sku)].add(Elsewhere(row.sku, row.title, row.quantity))
    said = {code: sorted(each, key=lambda name: name.channel_title) for code, each in found.items()}
    return {code: each[0] for code, each in said.items() if len({(name.sku, name.quantity) for name in each}) == 1}


def _rules(tx: Connection) -> dict[str, Rules]:
    return {name: read_rules(each) for name, each in (settings.setting(tx, _SETTING) or {}).items()}


def _cleaned(given: Sequence[str], name: str) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(each.strip() for each in given if each.strip()))
    if len(kept) > MOST_RULES or any(len(each) > 40 for each in kept):
        raise Malformed(f"At most {MOST_RULES} of them, of up to 40 letters each.", details={"field": name})
    return kept
