"""Making a database ready: schema, lifecycle check, and the rows every shop has."""

from oms_app.db.engine import migrate, reading, transaction
from oms_app.db.queries import catalogue
from oms_app.domain import lifecycle
from oms_app.settings import get_settings


def prepare() -> None:
    """Migrate, then make sure that the channel `manual` and one location exist. Safe at every start."""
    lifecycle.check()
    migrate()
    with transaction() as tx:
        if catalogue.channel_named(tx, "manual") is None:
            catalogue.add_channel(
                tx,
                name="manual",
                title="Manual",
                kind="manual",
                currency=get_settings().currency,
                active=True,
                demo=False,
            )
        if not catalogue.locations(tx):
            catalogue.add_location(tx, code="MAIN", name="Main warehouse", country="IN", active=True, demo=False)


def is_empty() -> bool:
    """Whether the shop has no order, product or customer yet."""
    with reading() as tx:
        return catalogue.is_empty(tx)
