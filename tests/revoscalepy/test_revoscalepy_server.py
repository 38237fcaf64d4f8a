"""Through a real server and driver: tables, objects, functions in the server, scripts with the package."""

import dill
import numpy as np
import pandas as pd
import pyodbc
import pytest
import revoscalepy as rp
from revoscalepy import remote_values
from revoscalepy.errors import DataError
from revoscalepy.objects import UntrustedObjectError
from revoscalepy.remote import RemoteError

from db import connection_string
from db.external_scripts import require_external_scripts


@pytest.fixture(scope="module")
def target(new_database):
    """A database where scripts may run."""
    target = new_database("revoscalepy")
    target.create_database()
    with target.connect() as connection:
        require_external_scripts(connection, may_enable=True)
    return target


@pytest.fixture(scope="module")
def odbc(target, server_parts):
    """The connection string of the database."""
    return connection_string.render({**server_parts, "Database": target.database})


@pytest.fixture
def table(target):
    """Five rows of many types, the last of them NULL."""
    with target.connect() as connection:
        connection.run(
            "DROP TABLE IF EXISTS dbo.[some data];"
            "CREATE TABLE dbo.[some data] (id int NOT NULL, x float, whole int, price decimal(9,2), flag bit,"
            " name nvarchar(20), day date, color varchar(10));"
            "INSERT INTO dbo.[some data] VALUES"
            " (1, 1.5, 10, 1.25, 1, N'größe ', '2024-02-29', 'red'),"
            " (2, 2.5, 20, 2.50, 0, N'b', '2024-03-01', 'blue'),"
            " (3, 3.0, 30, 3.75, 1, N'c', '2024-03-02', 'red'),"
            " (4, 5.5, 45, 5.00, 0, N'd', '2024-03-03', 'blue'),"
            " (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
        )
    return "dbo.some data"


@pytest.fixture
def store(target, odbc):
    """A table for objects."""
    with target.connect() as connection:
        connection.run(
            "DROP TABLE IF EXISTS dbo.objects;"
            "CREATE TABLE dbo.objects (id nvarchar(200) NOT NULL, version nvarchar(50), value varbinary(max))"
        )
    return rp.RxOdbcData(odbc, table="dbo.objects")


@pytest.fixture
def context(odbc):
    return rp.RxInSqlServer(odbc, num_tasks=1, console_output=False)


def test_a_table_is_read_with_its_types(odbc, table):
    frame = rp.rx_import(rp.RxSqlServerData(odbc, table=table, rows_per_read=2))
    assert frame.shape == (5, 8)
    assert frame.id.dtype == np.int64
    assert frame.whole.dtype == frame.price.dtype == frame.x.dtype == np.float64
    assert frame.price.tolist()[:4] == [1.25, 2.5, 3.75, 5.0]
    assert frame.flag.tolist() == [True, False, True, False, None]
    assert frame.name[0] == "größe "
    assert frame.day[0] == pd.Timestamp(2024, 2, 29)
    assert frame.iloc[4, 1:].isna().all()


def test_a_query_with_column_info(odbc, table):
    source = rp.RxSqlServerData(
        odbc,
        sql_query="SELECT id, color FROM dbo.[some data] WHERE id < 5",
        column_info={"color": {"type": "factor", "levels": ["red", "blue"]}, "id": {"type": "integer"}},
    )
    assert rp.rx_get_var_names(source) == ["id", "color"]
    frame = rp.rx_data_step(source, number_rows_read=3)
    assert frame.color.cat.codes.tolist() == [0, 1, 0]
    assert rp.rx_get_var_info(source)["color"]["levels"] == ["red", "blue"]
    assert rp.rx_get_info(source)["numRows"] == 4


def test_odbc_data_trims_texts(odbc, table):
    assert rp.rx_import(rp.RxOdbcData(odbc, table=table)).name[0] == "größe"


def test_a_frame_is_written_and_read_back(odbc):
    frame = pd.DataFrame(
        {
            "i": np.array([1, 2], dtype=np.int32),
            "a b]": [1.5, np.nan],
            "t": ["x", None],
            "b": [True, False],
            "d": pd.to_datetime(["2024-02-29 12:30:00", None]),
            "k": pd.Categorical(["u", None]),
        }
    )
    output = rp.RxSqlServerData(odbc, table="dbo.written")
    assert rp.rx_data_step(frame, output, overwrite=True) is output
    back = rp.rx_import(output)
    assert back.i.tolist() == [1, 2]
    assert back["a b]"].isna().tolist() == [False, True]
    assert back.t.tolist() == back.k.replace("u", "x").tolist() == ["x", None]
    assert back.b.tolist() == [True, False]
    assert back.d[0] == pd.Timestamp(2024, 2, 29, 12, 30)
    with pytest.raises(DataError, match="exists"):
        rp.rx_data_step(frame, output)
    rp.rx_data_step(frame, output, append="rows")
    assert rp.rx_get_info(output)["numRows"] == 4


def test_predictions_are_written(odbc, table):
    source = rp.RxSqlServerData(odbc, table=table)
    model = rp.rx_lin_mod("price ~ x", source)
    output = rp.RxSqlServerData(odbc, table="predicted")
    rp.rx_predict(model, source, output, extra_vars_to_write=["id"], overwrite=True)
    written = rp.rx_import(output)
    assert list(written.columns) == ["price_Pred", "id"]
    local = rp.rx_predict(model, rp.rx_import(source))
    np.testing.assert_allclose(written.sort_values("id").price_Pred, local.price_Pred)


def test_objects_by_key_and_version(store):
    value = {"weights": np.arange(3), "name": "größe"}
    assert rp.rx_write_object(store, "model", value)
    assert rp.rx_write_object(store, "other", value, version="1")
    assert rp.rx_write_object(store, "other", "second", version="2")
    assert rp.rx_list_keys(store).id.tolist() == ["model", "other"]
    assert rp.rx_list_keys(store, key="other").version.tolist() == ["1", "2"]
    read = rp.rx_read_object(store, "model", trust_source=True)
    assert read["name"] == "größe"
    assert rp.rx_read_object(store, "other", "2", trust_source=True) == "second"
    with pytest.raises(DataError, match="more than one object"):
        rp.rx_read_object(store, "other", deserialize=False)
    assert rp.rx_write_object(store, "model", "new", overwrite=True)
    assert rp.rx_read_object(store, "model", trust_source=True) == "new"
    assert rp.rx_delete_object(store, "other")
    with pytest.raises(DataError, match="no object for id 'other'"):
        rp.rx_read_object(store, "other", deserialize=False)
    assert rp.rx_delete_object(store, all=True)
    assert rp.rx_list_keys(store).empty


def test_raw_bytes_are_stored_as_they_are(store, target):
    data = bytes(range(256)) * 100
    rp.rx_write_object(store, "RF", data, serialize=False, compress=None)
    with target.connect() as connection:
        assert connection.value("SELECT value FROM dbo.objects WHERE id = 'RF'") == data
    assert rp.rx_read_object(store, "RF", deserialize=False, decompress=None) == data
    by_query = rp.RxOdbcData(
        store.connection_string, sql_query="SELECT value FROM dbo.objects WHERE id = 'RF'"
    )
    assert rp.rx_read_object(by_query, deserialize=False, decompress=None) == data
    with pytest.raises(DataError, match="must be bytes"):
        rp.rx_write_object(store, "RF", "text", serialize=False)


def test_the_client_unpickles_nothing_unasked(store, tmp_path):
    """A rogue server sends a pickle that runs code."""
    trace = tmp_path / "trace"

    class Rogue:
        def __reduce__(self):
            return (open, (str(trace), "w"))

    rp.rx_write_object(store, "rogue", Rogue())
    with pytest.raises(UntrustedObjectError, match="trust_source=True"):
        rp.rx_read_object(store, "rogue")
    assert not trace.exists()


def test_a_function_runs_in_the_server(context, table):
    def describe(text, number):
        import os

        import pandas

        return {"pid": os.getpid(), "frame": pandas.DataFrame({text: [number, None]}), "offset": offset}  # noqa: F821

    first, second = rp.rx_exec(
        describe,
        [{"text": "a]", "number": 1.5}, {"text": "größe", "number": 2}],
        compute_context=context,
        local_state={"offset": 7},
    )
    assert first["frame"]["a]"].tolist()[0] == 1.5
    assert second["frame"].columns.tolist() == ["größe"]
    assert first["offset"] == 7


def test_what_a_function_prints_is_shown(odbc, capsys):
    def speak():
        print("hello from the server")
        return 1

    shown = rp.RxInSqlServer(odbc, console_output=True)
    assert rp.rx_exec(speak, compute_context=shown) == [1]
    assert "hello from the server" in capsys.readouterr().out


def test_the_error_of_a_function_comes_with_its_text(context):
    def fail(divisor):
        return 1 / divisor

    with pytest.raises(RemoteError, match="ZeroDivisionError"):
        rp.rx_exec(fail, divisor=0, compute_context=context)


def test_a_result_that_would_need_a_pickle_is_refused(context):
    def objects():
        return object()

    with pytest.raises(RemoteError, match=r"cannot return a builtins\.object"):
        rp.rx_exec(objects, compute_context=context)


def test_the_answer_is_decoded_and_never_unpickled(context, monkeypatch):
    def nothing():
        return [1, (2, b"3")]

    monkeypatch.setattr(dill, "loads", None)
    assert rp.rx_exec(nothing, compute_context=context) == [[1, (2, b"3")]]
    assert remote_values.decode(remote_values.encode(5)) == 5


@pytest.mark.parametrize("function", ["rx_lin_mod", "rx_dtree", "rx_dforest", "rx_btrees"])
def test_a_model_is_fitted_in_the_server(odbc, context, table, function):
    source = rp.RxSqlServerData(
        odbc,
        sql_query="SELECT price, x, color FROM dbo.[some data]",
        column_info={"color": {"type": "factor", "levels": ["red", "blue"]}},
    )
    options = {"loss_function": "gaussian"} if function == "rx_btrees" else {}
    options.update({"seed": 1} if function in {"rx_btrees", "rx_dforest"} else {})
    fit = getattr(rp, function)
    remote = fit("price ~ x + color", source, compute_context=context, **options)
    local = fit("price ~ x + color", source, **options)
    assert type(remote) is type(local)
    assert rp.rx_serialize_model(remote) == rp.rx_serialize_model(local)
    assert (remote.n_valid_obs, remote.n_missing_obs) == (4, 1)


def test_a_summary_is_made_in_the_server(odbc, context, table):
    source = rp.RxSqlServerData(odbc, table=table, column_info={"color": {"type": "factor"}})
    with rp.rx_set_temp_compute_context(context):
        remote = rp.rx_summary("price ~ color", source)
    assert str(remote) == str(rp.rx_summary("price ~ color", source))


def test_a_script_trains_and_the_next_one_scores(target, table):
    """Microsoft's rental tutorial in small: the model leaves the script as varbinary(max)."""
    train = (
        "DECLARE @model varbinary(max) = 0x;"
        "EXEC sp_execute_external_script @language = N'Python', @script = N'"
        "\nfrom revoscalepy import rx_dtree, rx_serialize_model"
        '\nrows["color"] = rows["color"].astype("category")'
        '\ntree = rx_dtree("price ~ x + color", data=rows, min_split=2, min_bucket=1)'
        "\nmodel = rx_serialize_model(tree, realtime_scoring_only=True)',"
        " @input_data_1 = N'SELECT price, x, color FROM dbo.[some data]', @input_data_1_name = N'rows',"
        " @params = N'@model varbinary(max) OUTPUT', @model = @model OUTPUT;"
        "EXEC sp_execute_external_script @language = N'Python', @script = N'"
        "\nfrom revoscalepy import rx_predict, rx_unserialize_model"
        '\nOutputDataSet = rx_predict(rx_unserialize_model(model), rows, extra_vars_to_write=["id"])\','
        " @input_data_1 = N'SELECT id, x, color FROM dbo.[some data] WHERE id < 5',"
        " @input_data_1_name = N'rows',"
        " @params = N'@model varbinary(max)', @model = @model"
        " WITH RESULT SETS ((price_Pred float, id int))"
    )
    with target.connect() as connection:
        rows = connection.run("SET NOCOUNT ON;" + train).result_sets[-1].rows
    assert [(round(price, 9), key) for price, key in rows] == [(1.25, 1), (2.5, 2), (3.75, 3), (5.0, 4)]


TAXI_TRAIN = """
DECLARE @trained varbinary(max) = 0x;
EXEC sp_execute_external_script @language = N'Python', @script = N'
import numpy
import pickle
from revoscalepy.functions.RxLogit import rx_logit

logitObj = rx_logit("tipped ~ passenger_count + trip_distance", data = InputDataSet);

trained_model = pickle.dumps(logitObj)
',
    @input_data_1 = N'SELECT tipped, passenger_count, trip_distance FROM dbo.trips',
    @params = N'@trained_model varbinary(max) OUTPUT', @trained_model = @trained OUTPUT;
"""
TAXI_SCORE = """
EXEC sp_execute_external_script @language = N'Python', @script = N'
import pickle;
import numpy;
from revoscalepy.functions.RxPredict import rx_predict;

mod = pickle.loads(lmodel2)
X = InputDataSet[["passenger_count", "trip_distance"]]

probArray = rx_predict(mod, X)
probList = probArray["tipped_Pred"].values

OutputDataSet = pandas.DataFrame(data = probList, columns = ["predictions"])
',
    @input_data_1 = N'SELECT tipped, passenger_count, trip_distance FROM dbo.trips',
    @params = N'@lmodel2 varbinary(max)', @lmodel2 = @trained
    WITH RESULT SETS ((Score float));
"""


def test_the_scripts_of_the_taxi_tutorial(target):
    """Pickled in one script and unpickled in the next, with the module names of the tutorial."""
    with target.connect() as connection:
        connection.run(
            "CREATE TABLE dbo.trips (tipped int, passenger_count int, trip_distance float);"
            "INSERT INTO dbo.trips VALUES (0, 1, 1.0), (1, 1, 2.0), (0, 2, 2.5), (1, 2, 6.5), (1, 3, 4.0),"
            " (0, 3, 3.0), (1, 1, 9.0), (0, 1, 8.0)"
        )
        scores = connection.run("SET NOCOUNT ON;" + TAXI_TRAIN + TAXI_SCORE).result_sets[-1].rows
        trips = connection.frame("SELECT tipped, passenger_count, trip_distance FROM dbo.trips")
    local = rp.rx_logit("tipped ~ passenger_count + trip_distance", trips)
    np.testing.assert_allclose([score for (score,) in scores], rp.rx_predict(local, trips).tipped_Pred)


def test_a_script_may_unpickle_since_the_sandbox_confines_it(target):
    """rx_read_object knows by the environment that it runs there."""
    script = (
        "EXEC sp_execute_external_script @language = N'Python', @script = N'"
        "\nimport os, pandas, revoscalepy.objects as objects"
        "\nOutputDataSet = pandas.DataFrame([objects.SCRIPT_VARIABLE in os.environ])'"
    )
    with target.connect() as connection:
        assert connection.rows(script) == [(True,)]


def test_a_script_has_no_way_back_unless_it_is_allowed(target):
    script = (
        "EXEC sp_execute_external_script @language = N'Python', @script = N'"
        "\nfrom revoscalepy import rx_get_sql_loopback_connection_string"
        '\nrx_get_sql_loopback_connection_string("master")\''
    )
    with target.connect() as connection, pytest.raises(Exception, match="--script-loopback"):
        connection.call(script)


def test_a_driver_error_stays_one(odbc):
    with pytest.raises(pyodbc.Error, match="nothing_here"):
        rp.rx_import(rp.RxSqlServerData(odbc, table="nothing_here"))
