"""The changes of an order as its page shows them: number, who and when, each field before and after."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from oms_app.domain import moments, money
from oms_app.domain.changes import TITLES, ChangeKind, ChangeRecord
from oms_app.settings import get_settings
from oms_app.state.order_view import Change


@dataclass(frozen=True, slots=True)
class Version:
    """A change that was made."""

    number: int
    title: str
    by: str
    reason: str
    changes: list[Change] = field(default_factory=list)


def versions(found: Sequence[ChangeRecord]) -> list[Version]:
    """The records, newest first."""
    zone = ZoneInfo(get_settings().timezone)
    return [
        Version(
            number=record.number,
            title=f"{record.number}. {TITLES[ChangeKind(record.kind)]}: {money.show(record.total, record.currency)}",
            by=f"{record.actor} · {moments.show(record.at, zone)}",
            reason=record.reason,
            changes=[
                *(Change(*each) for each in record.changed),
                *([Change("refunded", "", money.show(record.refunded, record.currency))] if record.refunded else []),
            ],
        )
        for record in found
    ]
