"""A prepared statement answers exactly what SQLAlchemy would, and fails as it would."""

import pytest
from sqlalchemy import bindparam, event, select
from sqlalchemy.exc import IntegrityError

from oms_app.db.engine import engine, reading, transaction
from oms_app.db.prepared import Prepared, insert_into
from oms_app.db.queries.catalogue import channel, product
from oms_app.db.queries.orders import order
from oms_app.db.tables.spine import Event
from tests import make

pytestmark = pytest.mark.usefixtures("shop")
_event = Event.__table__  # type: ignore[attr-defined]
TABLES = [order, product, channel, _event]


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_rows_are_those_of_sqlalchemy_with_moments_json_and_decimals(table) -> None:
    make.order(make.line(make.product(gst_rate=18)), tags=("vip",))
    statement = select(table).where(table.c.id >= bindparam("least")).order_by(table.c.id)
    with reading() as tx:
        found = Prepared(statement).all(tx, least=0)
        assert found
        assert found == [tuple(row) for row in tx.execute(statement, {"least": 0})]
        assert found[0].id == tx.execute(statement, {"least": 0}).scalar()


def test_an_insert_fills_the_defaults_of_the_table() -> None:
    with transaction() as tx:
        row = Prepared(insert_into(channel).returning(channel)).first(
            tx, name="fair", title="Fair", kind="manual", currency="INR"
        )
        assert (row.active, row.demo) == (True, False)
        assert row == tuple(tx.execute(select(channel).where(channel.c.id == row.id)).one())


def test_a_broken_rule_of_the_database_is_the_error_sqlalchemy_raises() -> None:
    taken = Prepared(insert_into(channel))
    values = {"name": "fair", "title": "Fair", "kind": "manual", "currency": "INR"}
    with transaction() as tx:
        taken.run(tx, **values)
    with pytest.raises(IntegrityError), transaction() as tx:
        taken.run(tx, **values)
    with reading() as tx:
        assert len(Prepared(select(channel).where(channel.c.name == "fair")).all(tx)) == 1


def test_a_value_that_is_not_given_is_named() -> None:
    with pytest.raises(Exception, match="least"), reading() as tx:
        Prepared(select(order).where(order.c.id > bindparam("least"))).all(tx)


def test_two_reads_see_one_snapshot() -> None:
    count = Prepared(select(order.c.number))
    make.order()
    with reading() as tx:
        before = count.values(tx)
        with engine().connect() as other:
            other.execute(order.update().values(number="moved"))
            if tx.dialect.name == "sqlite":
                other.commit()
                assert count.values(tx) == before


def test_who_listens_to_statements_hears_these_too() -> None:
    heard = []

    def listen(_connection, _cursor, statement, *_rest) -> None:
        heard.append(statement)

    event.listen(engine(), "before_cursor_execute", listen)
    with reading() as tx:
        Prepared(select(channel)).all(tx)
    event.remove(engine(), "before_cursor_execute", listen)
    assert "FROM channel" in heard[-1]
