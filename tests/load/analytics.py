"""How long each chart takes in the database of a shop, by period and filter: median and slowest of a few readings.

    OMS_DATA_DIR=… python -m tests.load.analytics [--repeat 9]

Reads the shop that the environment names, e.g. one made by `oms demo generate --orders 1000000`, and writes nothing.
Times are of this process's processor on SQLite, of the clock on PostgreSQL, in milliseconds.
"""

import argparse
import statistics
import time
from collections.abc import Callable

from oms_app.db.engine import reading
from oms_app.domain.metrics import METRICS
from oms_app.domain.periods import Compare, named
from oms_app.domain.permissions import system
from oms_app.services import analytics
from oms_app.services.analytics import CHARTS, Wanted
from oms_app.services.measuring import Measuring
from oms_app.services.metrics import measure
from oms_app.services.scope import resolve
from oms_app.settings import get_settings

ACTOR = system("load", "cli")
PERIODS = ("30d", "90d", "364d")


def main() -> None:
    """Print one line a chart, period and filter."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeat", type=int, default=9, help="readings of each chart")
    repeat = max(1, min(options.parse_args().repeat, 100))
    clock = time.process_time if get_settings().is_sqlite else time.perf_counter
    with reading() as tx:
        scope = resolve(tx, ACTOR, "")
        first, place = scope.channels[0].name, scope.locations[0].code
        for q in ("", f"channel:{first}", f"location:{place}", f"channel:{first} location:{place}"):
            for period in PERIODS:
                for chart, (name, by) in CHARTS.items():

                    def draw(q: str = q, period: str = period, name: str = name, by: object = by) -> None:
                        found = resolve(tx, ACTOR, q)
                        measuring = Measuring(tx, found, named(period, found.today))
                        measure(measuring, METRICS[name], by)  # type: ignore[arg-type]

                    report(f"{chart:18} {period:5} {q or 'everything'}", draw, clock, repeat)
    for period in PERIODS:
        wanted = Wanted(period=period, compare=Compare.PREVIOUS)
        report(f"the whole page      {period}", lambda wanted=wanted: analytics.dashboard(ACTOR, wanted), clock, repeat)


def report(name: str, draw: Callable[[], object], clock: Callable[[], float], repeat: int) -> None:
    """Time a reading and print it."""
    draw()
    taken = []
    for _ in range(repeat):
        began = clock()
        draw()
        taken.append(1_000 * (clock() - began))
    print(f"{statistics.median(taken):7.1f} {max(taken):7.1f}  {name}")


if __name__ == "__main__":
    main()
