"""The registry's numbers over a period, with the search that lists the orders behind each of them."""

from datetime import date

from oms_app.db.engine import reading
from oms_app.domain.errors import Malformed
from oms_app.domain.metrics import METRICS, By, Metric, metric
from oms_app.domain.periods import Compare, Period, chosen, named
from oms_app.domain.permissions import Actor, Permission
from oms_app.domain.series import Series
from oms_app.services.measuring import Measuring
from oms_app.services.scope import resolve


def registry(actor: Actor) -> tuple[Metric, ...]:
    """Every metric with its unit and definition."""
    actor.require(Permission.SEE_METRICS)
    return tuple(METRICS.values())


def series(
    actor: Actor,
    name: str,
    *,
    first: date | None = None,
    last: date | None = None,
    by: str = "",
    q: str = "",
    compare: str = "none",
    currency: str = "",
) -> Series:
    """A metric over the days `first` to `last` (30 days up to today where not given), split by one of its dimensions.

    Without `by` it is one number, or the only split it has.

    Raises NotFound for an unknown metric, Malformed for a split it does not have.
    """
    actor.require(Permission.SEE_METRICS)
    wanted, how = metric(name), _comparison(compare)
    if by and by not in wanted.by:
        splits = ", ".join(wanted.by)
        raise Malformed(f"{wanted.title} is split by {splits}, not by “{by}”.", details={"field": "by"})
    with reading() as tx:
        scope = resolve(tx, actor, q)
        period = _period(first, last, scope.today)
        split = By(by) if by else None if By.TIME in wanted.by or wanted.snapshot else wanted.by[0]
        return measure(Measuring(tx, scope, period, how, currency), wanted, split)


def measure(measuring: Measuring, wanted: Metric, by: By | None) -> Series:
    """The series of a metric by one of its dimensions, or its total alone."""
    match by:
        case By.TIME:
            return measuring.by_time(wanted)
        case By.CHANNEL | By.LOCATION:
            return measuring.by_place(wanted, by)
        case By.STAGE:
            return measuring.by_stage(wanted)
        case By.WEEKDAY_HOUR:
            return measuring.by_weekday_hour(wanted)
        case By.PRODUCT:
            return measuring.by_product(wanted)
        case By.AGE:
            return measuring.by_age(wanted)
    return measuring.total(wanted)


def _period(first: date | None, last: date | None, today: date) -> Period:
    if first is None and last is None:
        return named("30d", today)
    if first is None or last is None:
        raise Malformed("Give both days of a period, or none.", details={"field": "from" if first is None else "to"})
    return chosen(first, last)


def _comparison(name: str) -> Compare:
    if name not in set(Compare):
        raise Malformed(f"A comparison is one of {', '.join(Compare)}.", details={"field": "compare"})
    return Compare(name)
