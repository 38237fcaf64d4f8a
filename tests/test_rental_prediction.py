"""The rental tutorial's pattern: a pickled model goes out by an OUTPUT parameter, into a table, and back."""

import pytest

from db.connection import Connection
from db.connection_string import render
from db.external_scripts import require_external_scripts
from db.scripts import split_batches

SCRIPT = """
CREATE TABLE dbo.rental_data
(
    Year int, Month int, Day int, RentalCount int, WeekDay int, Holiday int, Snow int
);
CREATE TABLE dbo.rental_py_models
(
    model_name varchar(30) NOT NULL DEFAULT('default model') PRIMARY KEY,
    model varbinary(max) NOT NULL
);
GO
DECLARE @day int = 0;
WHILE @day < 300
BEGIN
    INSERT INTO dbo.rental_data
    VALUES (2013 + @day / 150, 1 + @day % 12, 1 + @day % 28, 40 + 3 * (@day % 12) + 200 * (@day % 2),
            1 + @day % 7, CASE WHEN @day % 10 = 0 THEN 1 ELSE 0 END, @day % 2);
    SET @day += 1;
END;
GO
CREATE OR ALTER PROCEDURE dbo.generate_rental_py_model (@trained_model varbinary(max) OUTPUT)
AS
BEGIN
    EXECUTE sp_execute_external_script
      @language = N'Python'
    , @script = N'
from sklearn.linear_model import LinearRegression
import pickle

df = rental_train_data
columns = ["Month", "Day", "WeekDay", "Snow", "Holiday"]
lin_model = LinearRegression().fit(df[columns], df["RentalCount"])
trained_model = pickle.dumps(lin_model)
'
    , @input_data_1 = N'select RentalCount, Year, Month, Day, WeekDay, Snow, Holiday
                         from dbo.rental_data where Year < 2014'
    , @input_data_1_name = N'rental_train_data'
    , @params = N'@trained_model varbinary(max) OUTPUT'
    , @trained_model = @trained_model OUTPUT;
END;
GO
TRUNCATE TABLE rental_py_models;
DECLARE @model VARBINARY(MAX);
EXEC generate_rental_py_model @model OUTPUT;
INSERT INTO rental_py_models (model_name, model) VALUES ('linear_model', @model);
GO
CREATE OR ALTER PROCEDURE dbo.py_predict_rentalcount (@model varchar(100))
AS
BEGIN
    DECLARE @py_model varbinary(max) = (select model from rental_py_models where model_name = @model);
    EXECUTE sp_execute_external_script
      @language = N'Python'
    , @script = N'
import pickle
import pandas as pd

rental_model = pickle.loads(py_model)
columns = ["Month", "Day", "WeekDay", "Snow", "Holiday"]
predictions = rental_model.predict(rental_score_data[columns])
kept = rental_score_data[["RentalCount", "Month", "Day", "WeekDay", "Snow", "Holiday", "Year"]]
OutputDataSet = pd.concat([pd.DataFrame(predictions), kept], axis=1)
'
    , @input_data_1 = N'Select RentalCount, Year, Month, Day, WeekDay, Snow, Holiday
                         from rental_data where Year = 2014'
    , @input_data_1_name = N'rental_score_data'
    , @params = N'@py_model varbinary(max)'
    , @py_model = @py_model
    with result sets (("RentalCount_Predicted" float, "RentalCount" float, "Month" float, "Day" float,
                       "WeekDay" float, "Snow" float, "Holiday" float, "Year" float));
END;
GO
CREATE TABLE dbo.py_rental_predictions
(
    RentalCount_Predicted int, RentalCount_Actual int, Month int, Day int, WeekDay int, Snow int, Holiday int,
    Year int
);
TRUNCATE TABLE py_rental_predictions;
INSERT INTO py_rental_predictions
EXEC py_predict_rentalcount 'linear_model';
SELECT * FROM py_rental_predictions;
"""


@pytest.fixture
def database(new_database):
    target = new_database("rental")
    target.create_database()
    with target.connect() as connection:
        require_external_scripts(connection, may_enable=True)
    return target.database


def test_a_pickled_model_travels_through_the_database(database, driver_parts):
    with Connection(render({**driver_parts, "Database": database})) as connection:
        outcomes = [connection.run(batch.text) for batch in split_batches(SCRIPT)]
        rows = outcomes[-1].result_sets[-1].rows
        assert len(rows) == 150
        # The counts are linear in month and snow, so that the model is exact but for the cut to int.
        assert all(abs(row[0] - row[1]) <= 1 for row in rows)
        assert {row[7] for row in rows} == {2014}
        assert connection.value("SELECT DATALENGTH(model) FROM dbo.rental_py_models") > 100


def test_a_null_model_fails_with_the_traceback(database, driver_parts):
    with Connection(render({**driver_parts, "Database": database})) as connection:
        for batch in split_batches(SCRIPT):
            if "py_predict_rentalcount" in batch.text and "CREATE OR ALTER" in batch.text:
                connection.run("CREATE TABLE rental_py_models (model_name varchar(30), model varbinary(max))")
                connection.run(
                    "CREATE TABLE rental_data (Year int, Month int, Day int, RentalCount int, WeekDay int, "
                    "Holiday int, Snow int)"
                )
                connection.run(batch.text)
        with pytest.raises(Exception, match="TypeError") as caught:
            connection.call("EXEC py_predict_rentalcount 'no such model'")
        assert 39019 in caught.value.numbers
