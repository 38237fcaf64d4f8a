"""Who may predict: EXECUTE on the database, SELECT on the data and on the table of models.

https://learn.microsoft.com/sql/t-sql/queries/predict-transact-sql#permissions
"""

from __future__ import annotations

from localdb.runtime.session import Session
from tests.predict.driver import MODEL, fill, store
from tests.predict.onnx_models import total
from tests.runtime.conftest import assert_ok, errors, rows

PREDICT = f"SELECT p.y FROM PREDICT(MODEL = {MODEL}, DATA = data AS d, RUNTIME = ONNX) WITH (y real) AS p"
RX_PREDICT = "EXEC sp_rxPredict 0x00, N'SELECT a FROM data'"


def as_scorer(session: Session, text: str) -> list[int]:
    return errors(list(session.run_batch(f"EXECUTE AS USER = 'scorer' {text} REVERT")))


def test_each_permission_is_needed(session: Session) -> None:
    store(session, total())
    fill(session, "data", "id int, a real, b real", [(1, 1.0, 2.0)])
    assert_ok(session.run_batch("CREATE USER scorer WITHOUT LOGIN"))
    grants = ["SELECT ON data", "SELECT ON models", "EXECUTE"]
    for grant in grants:
        others = "; ".join(f"GRANT {other} TO scorer" for other in grants if other != grant)
        assert_ok(session.run_batch(others))
        expected = 262 if grant == "EXECUTE" else 229
        assert as_scorer(session, PREDICT) == [expected]
        assert_ok(session.run_batch(f"GRANT {grant} TO scorer"))
        assert as_scorer(session, PREDICT) == []
        assert_ok(session.run_batch("; ".join(f"REVOKE {one} FROM scorer" for one in grants)))


def test_rx_predict_needs_execute_and_the_data(session: Session) -> None:
    fill(session, "data", "id int, a real", [(1, 1.0)])
    assert_ok(session.run_batch("CREATE USER scorer WITHOUT LOGIN; GRANT SELECT ON data TO scorer"))
    assert as_scorer(session, RX_PREDICT) == [262]
    assert_ok(session.run_batch("GRANT EXECUTE TO scorer; REVOKE SELECT ON data FROM scorer"))
    assert as_scorer(session, RX_PREDICT) == [229]
    assert_ok(session.run_batch("GRANT SELECT ON data TO scorer"))
    assert as_scorer(session, RX_PREDICT) == [39051]


def test_a_procedure_gives_the_data_but_not_execute(session: Session) -> None:
    """The chain of owners covers tables; EXECUTE on the database is asked of the caller."""
    store(session, total())
    fill(session, "data", "id int, a real, b real", [(1, 1.0, 2.0)])
    assert_ok(session.run_batch(f"CREATE PROCEDURE by_caller AS {PREDICT}"))
    assert_ok(session.run_batch(f"CREATE PROCEDURE by_owner WITH EXECUTE AS OWNER AS {PREDICT}"))
    assert_ok(session.run_batch("CREATE USER scorer WITHOUT LOGIN; GRANT EXECUTE ON by_caller TO scorer"))
    assert_ok(session.run_batch("GRANT EXECUTE ON by_owner TO scorer"))
    assert as_scorer(session, "EXEC by_caller") == [262]
    assert rows(session.run_batch("EXECUTE AS USER = 'scorer' EXEC by_owner REVERT")) == [(3.0,)]
