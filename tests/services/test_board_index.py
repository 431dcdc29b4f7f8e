"""A column of the board is read straight from its index, however many orders there ever were."""

from sqlalchemy import event

from oms_app.db.engine import engine, reading
from oms_app.domain.lifecycle import OPEN_STAGES, Stage
from oms_app.services import board
from tests import make


def test_open_columns_are_read_from_their_index_without_sorting(sqlite: str) -> None:
    make.shop()
    make.order()
    asked: list[tuple[str, object]] = []

    @event.listens_for(engine(), "before_cursor_execute")
    def _note(_connection, _cursor, sql, parameters, _context, _many) -> None:
        asked.append((sql, parameters))

    board.view(make.ADMIN)
    board.more(make.ADMIN, Stage.PLACED, "5.1700000000000.1")
    columns = [each for each in asked if "ORDER BY orders.priority DESC" in each[0]]
    assert len(columns) == len(OPEN_STAGES) + 1
    for sql, parameters in columns:
        with reading() as tx:
            steps = [row.detail for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        assert any("orders USING INDEX ix_orders_column (stage=?" in step for step in steps), steps
        assert not any("TEMP B-TREE" in step for step in steps), steps
