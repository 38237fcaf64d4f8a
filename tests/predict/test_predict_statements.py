"""PREDICT in every statement in which a table can stand, with the examples of the documentation."""

from __future__ import annotations

import pytest
from onnx import TensorProto

from localdb.runtime.session import Session
from tests.predict.driver import MODEL, failure, fill, store
from tests.predict.onnx_models import echo, total
from tests.runtime.conftest import assert_ok, errors, rows

PREDICT = f"PREDICT(MODEL = {MODEL}, DATA = data AS d, RUNTIME = ONNX) WITH (y real) AS p"


@pytest.fixture(autouse=True)
def data(session: Session) -> None:
    store(session, total())
    fill(session, "data", "id int, a real, b real", [(1, 1.0, 2.0), (2, 10.0, 20.0), (3, 100.0, 200.0)])


@pytest.mark.parametrize(
    ("setup", "name"),
    [
        ("CREATE VIEW v AS SELECT * FROM data WHERE id < 3", "v"),
        ("SELECT * INTO #t FROM data WHERE id < 3", "#t"),
        ("", "dbo.data"),
    ],
    ids=["view", "temporary table", "schema"],
)
def test_data(session: Session, setup: str, name: str) -> None:
    if setup:
        assert_ok(session.run_batch(setup))
    text = f"SELECT d.*, p.* FROM {PREDICT.replace('data AS d', f'{name} AS d')}"
    found = rows(session.run_batch(f"{text} WHERE d.id < 3 ORDER BY d.id DESC"))
    assert found == [(2, 10.0, 20.0, 30.0), (1, 1.0, 2.0, 3.0)]


def test_table_variable_and_variable_as_model(session: Session) -> None:
    text = f"""
    DECLARE @model varbinary(max) = {MODEL}
    DECLARE @t TABLE (a real, b real, note varchar(5))
    INSERT @t VALUES (1, 2, 'one'), (3, 4, 'two')
    SELECT note, y FROM PREDICT(MODEL = @model, DATA = @t, RUNTIME = ONNX) WITH (y real) ORDER BY note DESC
    """
    assert rows(session.run_batch(text)) == [("two", 7.0), ("one", 3.0)]


def test_the_documented_common_table_expression(session: Session) -> None:
    text = f"""
    DECLARE @model VARBINARY(max) = {MODEL};
    WITH other AS (SELECT 5 AS limit), predict_input AS (
        SELECT TOP (1000) [id], a, b FROM [dbo].[data] WHERE id <> (SELECT limit FROM other))
    SELECT predict_input.id, p.y AS total
    FROM PREDICT(MODEL = @model, DATA = predict_input, RUNTIME=ONNX) WITH (y FLOAT) AS p
    ORDER BY p.y DESC;
    """
    assert rows(session.run_batch(text)) == [(3, 300.0), (2, 30.0), (1, 3.0)]


def test_recursive_common_table_expression(session: Session) -> None:
    text = f"""
    WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4),
         d AS (SELECT CAST(i AS real) AS a, CAST(10 AS real) AS b FROM n)
    SELECT a, y FROM PREDICT(MODEL = {MODEL}, DATA = d, RUNTIME = ONNX) WITH (y real) AS p ORDER BY a
    """
    assert rows(session.run_batch(text)) == [(1.0, 11.0), (2.0, 12.0), (3.0, 13.0), (4.0, 14.0)]


def test_the_documented_view(session: Session) -> None:
    assert_ok(session.run_batch(f"CREATE VIEW predictions AS SELECT d.*, p.y FROM {PREDICT}"))
    assert rows(session.run_batch("SELECT id, y FROM predictions WHERE y > 3 ORDER BY id")) == [
        (2, 30.0),
        (3, 300.0),
    ]
    assert_ok(session.run_batch("UPDATE data SET b = 0 WHERE id = 2"))
    assert rows(session.run_batch("SELECT y FROM predictions WHERE id = 2")) == [(10.0,)]


def test_joins_aggregates_and_subqueries(session: Session) -> None:
    fill(session, "names", "id int, name varchar(9)", [(1, "one"), (3, "three")])
    text = f"""
    SELECT n.name, p.y FROM names AS n LEFT JOIN {PREDICT} ON d.id = n.id ORDER BY n.id
    SELECT n.name, q.y FROM names AS n JOIN (SELECT d.id, p.y FROM {PREDICT}) AS q ON q.id = n.id ORDER BY q.y
    SELECT COUNT(*), SUM(p.y) FROM {PREDICT} WHERE p.y > (SELECT MIN(p.y) FROM {PREDICT})
    SELECT d.id % 2, MAX(p.y), MAX(d.a) FROM {PREDICT} GROUP BY d.id % 2 ORDER BY d.id % 2
    SELECT id FROM names WHERE id IN (SELECT d.id FROM {PREDICT} WHERE p.y > 100)
    SELECT p.y FROM {PREDICT} UNION ALL SELECT 0.5 ORDER BY 1
    """
    assert rows(session.run_batch(text)) == [
        ("one", 3.0),
        ("three", 300.0),
        ("one", 3.0),
        ("three", 300.0),
        (2, 330.0),
        (0, 30.0, 10.0),
        (1, 300.0, 100.0),
        (3,),
        (0.5,),
        (3.0,),
        (30.0,),
        (300.0,),
    ]


def test_the_order_of_data_and_prediction_columns(session: Session) -> None:
    """Both kinds of columns have the same place in their source: they must not be taken for each other."""
    assert_ok(session.run_batch("UPDATE data SET a = -a"))
    by_data = rows(session.run_batch(f"SELECT p.y FROM {PREDICT} ORDER BY d.id"))
    by_prediction = rows(session.run_batch(f"SELECT d.id FROM {PREDICT} ORDER BY p.y DESC"))
    assert (by_data, by_prediction) == ([(1.0,), (10.0,), (100.0,)], [(3,), (2,), (1,)])
    assert rows(
        session.run_batch(f"SELECT d.id, COUNT(p.y) FROM {PREDICT} GROUP BY d.id, p.y ORDER BY p.y")
    ) == [
        (1, 1),
        (2, 1),
        (3, 1),
    ]


def test_a_prediction_of_a_prediction(session: Session) -> None:
    text = f"""
    WITH once AS (SELECT d.id, p.y AS a, CAST(1 AS real) AS b FROM {PREDICT})
    SELECT once.id, q.y FROM PREDICT(MODEL = {MODEL}, DATA = once, RUNTIME = ONNX) WITH (y real) AS q
    ORDER BY id
    """
    assert rows(session.run_batch(text)) == [(1, 4.0), (2, 31.0), (3, 301.0)]


def test_two_models_in_one_query(session: Session) -> None:
    store(session, echo(TensorProto.FLOAT), 2)
    fill(session, "other", "id int, x real", [(1, 7.0), (3, 9.0)])
    text = f"""
    SELECT d.id, p.y, q.y FROM {PREDICT}
    JOIN PREDICT(MODEL = (SELECT model FROM models WHERE id = 2), DATA = other AS o, RUNTIME = ONNX)
         WITH (y real) AS q ON o.id = d.id ORDER BY d.id
    """
    assert rows(session.run_batch(text)) == [(1, 3.0, 7.0), (3, 300.0, 9.0)]


def test_the_documented_insert(session: Session) -> None:
    assert_ok(
        session.run_batch("CREATE TABLE loan_applications (c1 real, c2 real, score float, id int IDENTITY)")
    )
    text = """
    DECLARE @model VARBINARY(max) = (SELECT model FROM models WHERE id = 1);
    INSERT INTO loan_applications (c1, c2, score)
    SELECT d.a, d.b, p.y
    FROM PREDICT(MODEL = @model, DATA = dbo.data AS d, RUNTIME = ONNX) WITH(y FLOAT) AS p;
    SELECT @@ROWCOUNT
    SELECT c1, c2, score FROM loan_applications ORDER BY c1
    """
    expected = [(3,), (1.0, 2.0, 3.0), (10.0, 20.0, 30.0), (100.0, 200.0, 300.0)]
    assert rows(session.run_batch(text)) == expected


def test_changes_of_tables(session: Session) -> None:
    text = f"""
    SELECT d.id, p.y INTO made FROM {PREDICT}
    UPDATE m SET y = p.y + 1 FROM {PREDICT} JOIN made AS m ON m.id = d.id WHERE d.id > 1
    DELETE m FROM made AS m JOIN {PREDICT} ON m.id = d.id WHERE p.y = 30
    MERGE made AS m USING (SELECT d.id, p.y FROM {PREDICT}) AS s ON s.id = m.id
        WHEN MATCHED THEN UPDATE SET y = -s.y WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.y);
    INSERT made (id, y) OUTPUT inserted.y SELECT d.id + 10, p.y FROM {PREDICT} WHERE d.id = 1
    SELECT id, y FROM made ORDER BY id
    """
    expected = [(3.0,), (1, -3.0), (2, 30.0), (3, -300.0), (11, 3.0)]
    assert rows(session.run_batch(text)) == expected


def test_variables_and_conditions(session: Session) -> None:
    text = f"""
    DECLARE @y real, @n int = (SELECT COUNT(*) FROM {PREDICT} WHERE p.y > 3)
    SELECT @y = p.y FROM {PREDICT} WHERE d.id = 2
    IF EXISTS (SELECT 1 FROM {PREDICT} WHERE p.y = @y) SELECT @n, @y
    """
    assert rows(session.run_batch(text)) == [(2, 30.0)]


def test_procedure_with_parameters(session: Session) -> None:
    assert_ok(
        session.run_batch("""
        CREATE PROCEDURE predict_one @id int, @model int AS
        BEGIN
            DECLARE @m varbinary(max) = (SELECT model FROM models WHERE id = @model);
            WITH one AS (SELECT * FROM data WHERE id = @id)
            SELECT one.id, p.y
            FROM PREDICT(MODEL = @m, DATA = one, RUNTIME = ONNX) WITH (y real NOT NULL) AS p
        END
        """)
    )
    assert rows(session.run_batch("EXEC predict_one 2, 1")) == [(2, 30.0)]
    assert errors(list(session.run_batch("EXEC predict_one 2, 99"))) == [39051]
    assert rows(
        session.run_batch("CREATE TABLE r (id int, y real) INSERT r EXEC predict_one 3, 1 SELECT * FROM r")
    ) == [(3, 300.0)]


def test_the_columns_are_known_before_it_runs(session: Session) -> None:
    text = PREDICT.replace("'", "''")
    found = rows(session.run_batch(f"EXEC sp_describe_first_result_set N'SELECT d.id, p.y FROM {text}'"))
    assert [(row[2], row[5]) for row in found] == [("id", "int"), ("y", "real")]


def test_a_failure_leaves_the_transaction_alone(session: Session) -> None:
    bad = PREDICT.replace(MODEL, "0x00")
    text = f"""
    BEGIN TRANSACTION
    INSERT data VALUES (4, 0, 0)
    BEGIN TRY SELECT * FROM {bad} END TRY
    BEGIN CATCH SELECT ERROR_NUMBER(), XACT_STATE() END CATCH
    INSERT data SELECT d.id + 4, p.y, 0 FROM {PREDICT} WHERE d.id = 4
    COMMIT
    SELECT id FROM data WHERE id > 3 ORDER BY id
    """
    assert rows(session.run_batch(text)) == [(39051, 1), (4,), (8,)]
    assert failure(session, f"INSERT data SELECT d.id, p.y, 0 FROM {bad}")[0] == 39051
    assert rows(session.run_batch("SELECT COUNT(*) FROM data")) == [(5,)]


def test_an_error_of_the_query_in_a_transaction(session: Session) -> None:
    """The engine's transaction is lost with the prediction's table in it; the next one has its own."""
    failing = f"BEGIN TRANSACTION UPDATE data SET a = 5 WHERE id = 1 SELECT 1 / (d.id - d.id) FROM {PREDICT}"
    assert 8134 in errors(list(session.run_batch(failing)))
    assert_ok(session.run_batch("IF @@TRANCOUNT > 0 ROLLBACK"))
    assert rows(session.run_batch(f"SELECT d.a, p.y FROM {PREDICT} WHERE d.id = 1")) == [(1.0, 3.0)]


def test_works_while_external_scripts_are_off(session: Session) -> None:
    script = "EXEC sp_execute_external_script @language = N'Python', @script = N'pass'"
    assert errors(list(session.run_batch(script))) == [39023]
    assert len(rows(session.run_batch(f"SELECT p.y FROM {PREDICT}"))) == 3
