"""How long the stock of an order waits for its money, and which orders it is that wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from oms_app.domain import clock
from oms_app.domain.errors import Malformed
from oms_app.domain.lifecycle import Stage
from oms_app.domain.orders import OrderView, PaymentMethod, PaymentStatus

STAGES = (Stage.PLACED, Stage.PROCESSING)
"""Beyond them somebody has decided that the order goes."""

NEVER = 0
MOST_HOURS = 24 * 365


@dataclass(frozen=True, slots=True)
class Rules:
    """Hours until an unpaid order lets its stock go; a channel's own come before the general ones. NEVER: it does not.

    since  when these hours were set: no order's time began before, so that none ends by surprise
    """

    hours: int = NEVER
    channel_hours: Mapping[str, int] = field(default_factory=dict)
    since: datetime | None = None

    def hours_of(self, channel: str) -> int:
        """Hours of the channel's orders."""
        return self.channel_hours.get(channel, self.hours)

    def ends(self, placed_at: datetime, channel: str) -> datetime | None:
        """When the time of an order is over, None for never."""
        hours = self.hours_of(channel)
        began = max(placed_at, self.since) if self.since else placed_at
        return began + timedelta(hours=hours) if hours else None

    def placed_until(self, channel: str, now: datetime) -> datetime | None:
        """The last moment of placement whose time is over now, None where there is none."""
        hours = self.hours_of(channel)
        last = now - timedelta(hours=hours)
        return last if hours and (self.since is None or self.since <= last) else None


def waits(order: OrderView) -> bool:
    """Whether nobody has paid, promised or vouched for a prepaid order, and nobody works on it yet.

    Where money was ever recorded somebody looks after the order, also when it was taken back.
    """
    return (
        order.stage in STAGES
        and order.payment_method == PaymentMethod.PREPAID
        and order.payment_status == PaymentStatus.UNPAID
        and not order.on_account
        and not order.payments
    )


def expires(rules: Rules, order: OrderView) -> datetime | None:
    """When the order expires unless it is paid, None where it does not."""
    return rules.ends(order.placed_at, order.channel) if waits(order) else None


def read(kept: Any) -> Rules:
    """The rules as they are kept in the settings."""
    if not kept:
        return Rules()
    since = kept.get("since")
    return Rules(
        int(kept.get("hours", NEVER)),
        {str(name): int(hours) for name, hours in kept.get("channels", {}).items()},
        clock.from_ms(since) if since is not None else None,
    )


def written(rules: Rules) -> dict[str, Any]:
    """The rules as JSON for the settings, without the moment they are set. Raises Malformed."""
    for hours in (rules.hours, *rules.channel_hours.values()):
        if not NEVER <= hours <= MOST_HOURS:
            raise Malformed(f"Hours are a whole number from 0 (never) to {MOST_HOURS}.", details={"field": "hours"})
    return {"hours": rules.hours, "channels": {name: rules.channel_hours[name] for name in sorted(rules.channel_hours)}}
