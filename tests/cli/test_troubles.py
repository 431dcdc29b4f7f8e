"""What goes wrong with a command is said in a sentence."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from oms_app.cli import troubles
from oms_app.db import engine
from oms_app.domain.errors import Refused


@pytest.mark.parametrize("was", ["20261123_01", None])
def test_a_database_of_another_version_says_how_to_bring_it_up_to_date(sqlite: str, was: str | None) -> None:
    with engine.transaction() as tx:
        tx.execute(text("DELETE FROM alembic_version"))
        if was:
            tx.execute(text("INSERT INTO alembic_version VALUES (:was)"), {"was": was})
    with pytest.raises(OperationalError) as raised, engine.reading() as tx:
        tx.execute(text("SELECT * FROM what_is_not_there_yet"))
    code, sentence = troubles.explain(raised.value)
    assert code == troubles.REFUSED
    assert "oms migrate" in sentence


def test_a_migration_that_fails_says_so_and_leaves_the_database_as_it_was(sqlite: str) -> None:
    with engine.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '20261123_44'"))  # what 45 makes is there already
    with pytest.raises(Refused, match="stays as it was: .* already exists"):
        engine.migrate()
    assert engine.revision()[0] == "20261123_44"


def test_a_defect_of_ours_keeps_its_traceback(sqlite: str) -> None:
    assert troubles.explain(KeyError("x")) == (0, "")
