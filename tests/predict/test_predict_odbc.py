"""The documented way over ODBC: train with revoscalepy in the database, keep the model, PREDICT with it."""

from __future__ import annotations

import pyodbc
import pytest
from onnx import TensorProto

from db import connection_string
from db.target import Target
from tests.predict.onnx_models import echo

TRAIN = """
DECLARE @model varbinary(max);
EXECUTE sp_execute_external_script @language = N'Python', @script = N'
from revoscalepy import rx_dtree, rx_serialize_model
tree = rx_dtree("Species ~ Petal_Length + Petal_Width", InputDataSet, min_split = 2, min_bucket = 1)
model = rx_serialize_model(tree, realtime_scoring_only = True)
', @input_data_1 = N'SELECT * FROM iris_rx_data'
, @params = N'@model varbinary(max) OUTPUT', @model = @model OUTPUT
INSERT [dbo].[ml_models]([model_name], [model_version], [native_model_object])
VALUES('iris.dtree','v1', @model);
"""
PREDICT = """
DECLARE @model varbinary(max) = (
  SELECT native_model_object FROM ml_models WHERE model_name = 'iris.dtree' AND model_version = 'v1');
SELECT d.*, p.*
  FROM PREDICT(MODEL = @model, DATA = dbo.iris_rx_data as d)
  WITH(setosa_Pred float, versicolor_Pred float, virginica_Pred float) as p
  ORDER BY d.Petal_Length;
"""
INPUT_OF_A_SCRIPT = """
EXECUTE sp_execute_external_script @language = N'Python'
, @script = N'OutputDataSet = InputDataSet.assign(chance=InputDataSet.chance + 1)'
, @input_data_1 = N'
SELECT d.Species AS species, p.setosa_Pred AS chance
FROM PREDICT(MODEL = (SELECT native_model_object FROM ml_models), DATA = iris_rx_data AS d)
    WITH (setosa_Pred float) AS p
ORDER BY d.Petal_Length'
WITH RESULT SETS ((species varchar(100), chance float))
"""


@pytest.fixture
def database(new_database) -> Target:
    made: Target = new_database("predict")
    made.create_database()
    return made


@pytest.fixture
def connection(database: Target, server_parts):
    parts = {**server_parts, "Database": database.database}
    connection = pyodbc.connect(connection_string.render(parts), autocommit=True)
    yield connection
    connection.close()


def run(connection: pyodbc.Connection, sql: str) -> None:
    cursor = connection.execute(sql)
    while cursor.nextset():
        pass


def test_the_documented_example(connection: pyodbc.Connection) -> None:
    run(connection, "EXEC sp_configure 'external scripts enabled', 1 RECONFIGURE")
    run(
        connection,
        """
        CREATE TABLE iris_rx_data (
            "Petal_Length" float not null, "Petal_Width" float not null, "Species" varchar(100) null);
        CREATE TABLE ml_models ( model_name nvarchar(100) not null primary key
            , model_version nvarchar(100) not null, native_model_object varbinary(max) not null);
        INSERT iris_rx_data VALUES (1.4, 0.2, 'setosa'), (4.5, 1.4, 'versicolor'), (5.9, 2.1, 'virginica')
        """,
    )
    run(connection, TRAIN)
    cursor = connection.execute(PREDICT)
    assert [column[0] for column in cursor.description][3:] == [
        "setosa_Pred",
        "versicolor_Pred",
        "virginica_Pred",
    ]
    assert [tuple(row)[2:] for row in cursor.fetchall()] == [
        ("setosa", 1.0, 0.0, 0.0),
        ("versicolor", 0.0, 1.0, 0.0),
        ("virginica", 0.0, 0.0, 1.0),
    ]
    cursor = connection.execute(
        "DECLARE @m varbinary(max) = (SELECT native_model_object FROM ml_models) "
        "EXEC sp_rxPredict @model = @m, @inputData = N'SELECT * FROM iris_rx_data'"
    )
    assert sorted(tuple(row)[:3] for row in cursor.fetchall()) == [(0, 0, 1), (0, 1, 0), (1, 0, 0)]
    cursor = connection.execute(INPUT_OF_A_SCRIPT)
    assert [tuple(row) for row in cursor.fetchall()] == [
        ("setosa", 2.0),
        ("versicolor", 1.0),
        ("virginica", 1.0),
    ]


def test_a_model_as_a_parameter_of_the_driver(connection: pyodbc.Connection) -> None:
    run(connection, "CREATE TABLE data (x float); INSERT data VALUES (1.5), (NULL)")
    text = "SELECT p.y FROM PREDICT(MODEL = ?, DATA = data AS d, RUNTIME = ONNX) WITH (y float) AS p"
    found = connection.execute(f"{text} ORDER BY d.x", pyodbc.Binary(echo(TensorProto.DOUBLE))).fetchall()
    assert [tuple(row) for row in found] == [(None,), (1.5,)]


def test_an_error(connection: pyodbc.Connection) -> None:
    run(connection, "CREATE TABLE data (x float); INSERT data VALUES (1.5)")
    cursor = connection.cursor()
    with pytest.raises(pyodbc.Error, match=r"Model is corrupt or invalid\. \(39051\)"):
        cursor.execute("SELECT * FROM PREDICT(MODEL = 0x00, DATA = data) WITH (y float) AS p").fetchall()
    assert connection.execute("SELECT 1").fetchval() == 1
