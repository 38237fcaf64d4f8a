"""sp_execute_external_script: checks, messages, data, OUTPUT values."""

from __future__ import annotations

import datetime
import re
import textwrap
import threading
import uuid
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from script_host import Cancelled, Query, infos

from localdb.errors import SqlError
from localdb.events import ResultSetStart, RowBatch, StatementDone
from localdb.runtime.procedure_call import Argument
from localdb.satellite.launcher import Limits
from localdb.types import (
    BIGINT,
    BIT,
    DATE,
    DATETIME,
    FLOAT,
    INT,
    REAL,
    SMALLINT,
    TINYINT,
    UNIQUEIDENTIFIER,
    Column,
    SqlType,
    datetime2,
    decimal_type,
    varbinary,
    varchar,
)

GUID = r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"


def fails(host, *values, **arguments) -> SqlError:
    with pytest.raises(SqlError) as caught:
        host.events(*values, **arguments)
    return caught.value


def test_the_smoke_test_of_the_manual(host):
    host.columns = (Column("hello", INT),)
    events = host.events(script="OutputDataSet = InputDataSet", input_data_1="SELECT 1 AS hello")
    assert [type(event) for event in events] == [ResultSetStart, RowBatch, StatementDone]
    assert events[0].columns == (Column("", INT),)
    assert events[1].batch.to_pylist() == [{"c0": 1}]
    assert events[2] == StatementDone("SELECT", 1)


def test_no_data_no_result_set(host):
    assert host.events(script="x = 1", input_data_1="") == []


# --- checks and their numbers ---


def test_39023(host):
    host.external_scripts_enabled = False
    error = fails(host, language="nothing", script=None)
    assert (error.number, error.severity) == (39023, 16)
    assert error.message == (
        "'sp_execute_external_script' is disabled on this instance of SQL Server. "
        "Use sp_configure 'external scripts enabled' to enable it."
    )


def test_201(host):
    assert fails(host, script=None).number == 201
    assert fails(host, language=None, script="").number == 201


def test_39007(host):
    error = fails(host, language="Java", script="")
    assert error.message == "The specified language 'Java' does not exist or you do not have permission."
    assert (error.number, error.severity) == (39007, 16)


@pytest.mark.parametrize("name", ["python", "PYTHON", "Python  "])
def test_the_language_s_name_is_compared_as_strings_are(host, name):
    assert host.events(language=name, script="x = 1") == []


def test_39021(host):
    error = fails(host, language="R", script="")
    assert error.number == 39019 and "no runtime for R" in error.message
    (earlier,) = error.earlier
    assert earlier.number == 39021
    assert re.fullmatch(
        f"Unable to launch runtime for 'R' script for request id: {GUID}. "
        "Please check the configuration of the 'R' runtime.",
        earlier.message,
    )


@pytest.mark.parametrize(
    "text",
    [
        "EXEC dbo.p",
        "SELECT 1; SELECT 2",
        "DELETE FROM t",
        "DECLARE @x int",
        "INSERT INTO t SELECT 1",
        "-- nothing",
    ],
)
def test_39001(host, text):
    error = fails(host, script="", input_data_1=text)
    assert error.number == 39001
    assert error.message == (
        "Only SELECT statement is supported for input data "
        "query to 'sp_execute_external_script' stored procedure."
    )


def test_39015(host):
    error = fails(host, script="", input_data_1="SELECT a INTO b FROM c")
    assert error.number == 39015
    assert error.message == (
        "SELECT INTO statement is not supported for input data query to 'sp_execute_external_script' "
        "stored procedure."
    )


def test_into_elsewhere_is_no_select_into(host):
    host.columns = (Column("into", INT),)
    text = "WITH c AS (SELECT 1 AS [into]) SELECT [into] FROM c -- INTO"
    host.query = lambda text, variables: Query(host.columns, lambda: pa.table({"c0": [1]}))
    assert len(host.events(script="", input_data_1=text)) == 0


@pytest.mark.parametrize(
    "sql_type", [varbinary(5), datetime2(3), SqlType("time", scale=7), SqlType("binary", 3)]
)
def test_39017(host, sql_type):
    host.columns = (Column("a", INT), Column("b", sql_type))
    error = fails(host, script="", input_data_1="SELECT 1, 2")
    assert error.number == 39017
    assert re.fullmatch(
        rf"Input data query returns column #1 of type "
        rf"'{sql_type.name}' which is not supported by the runtime for "
        r"'Python' script\. Unsupported types are binary, "
        r"varbinary, timestamp, datetime2, datetimeoffset, time, "
        r"text, ntext, image, hierarchyid, xml, sql_variant and user-defined type\. "
        rf"External script request id is {GUID}\.",
        error.message,
    )


@pytest.mark.parametrize(
    "name", ["datetime2", "datetimeoffset(3)", "time", "text", "xml", "sql_variant", "image"]
)
def test_39018(host, name):
    error = fails(host, Argument("@p", INT, 1), script="", params=f"@p {name}")
    assert error.number == 39018
    assert error.message.startswith(
        "Parameter '@p' uses a data type that is not supported by the runtime for 'Python' script. "
        "Unsupported types are timestamp, datetime2, datetimeoffset,"
    )


@pytest.mark.parametrize("name", ["@script", "@InputDataSet", "@outputdataset", "@params"])
def test_39008(host, name):
    error = fails(host, Argument(name, INT, 1), script="", params=f"{name} int")
    assert error.number == 39008
    assert error.message == (
        f"Invlid Parameter name '{name}' specified for Procedure. This clashes with internal parameters."
    )


def test_39016(host):
    error = fails(host, script="", params="@a int, @b int")
    assert (
        error.message
        == "The parameterized external script expects the parameter '@a', which was not supplied."
    )
    assert error.number == 39016


def test_39027(host):
    error = fails(host, script="", params="@a int, @A int")
    assert error.number == 39027
    assert error.message == (
        "Parameter '@A' was specified multiple times to sp_execute_external_script stored procedure."
    )
    given = Argument("@a", INT, 1)
    assert fails(host, given, given, script="", params="@a int").number == 39027


def test_39026(host):
    error = fails(host, script="", params="@r_rowsPerRead int, @r_rowsPerRead int")
    assert error.number == 39026 and "'r_rowsPerRead' is specified multiple times" in error.message


def test_arguments_that_are_not_declared(host):
    assert fails(host, Argument("@x", INT, 1), script="").number == 8145
    assert fails(host, Argument("", INT, 1), script="").number == 8144
    assert fails(host, Argument("@x", INT, 1, output=True), script="", params="@x int").number == 8162
    assert fails(host, script="", params="@x").number == 102
    assert fails(host, script="", params="@x nothing").number == 2715


def test_the_input_query_s_own_error_comes_through(host):
    assert fails(host, script="", input_data_1="SELECT (1").number == 102


# --- what a script does ---


def test_39004_and_39019_and_what_was_printed(host):
    script = "import sys\nprint('so far')\nprint('bad', file=sys.stderr)\nint('x')"
    error = fails(host, script=script)
    (first,) = error.earlier
    assert (first.number, first.severity, first.state) == (39004, 16, 20)
    assert re.fullmatch(
        "A 'Python' script error occurred during execution of 'sp_execute_external_script' with HRESULT "
        f"0x80004004. External script request id is {GUID}.",
        first.message,
    )
    assert (error.number, error.severity, error.state) == (39019, 16, 2)
    lines = error.message.splitlines()
    assert lines[:3] == [
        "An external script error occurred: ",
        "",
        "Error in execution.  Check the output for more information.",
    ]
    assert lines[4].endswith('sqlindb_0.py", line 4, in transform')
    assert "ValueError: invalid literal for int() with base 10: 'x'" in lines
    assert lines[-1] == "SqlSatelliteCall error: Error in execution.  Check the output for more information."
    assert infos(list(error.messages)) == [
        (39005, "STDOUT message(s) from external script: \nso far\n"),
        (39022, "STDERR message(s) from external script: \nbad\n"),
    ]
    assert {info.severity for info in error.messages} == {10}


def test_printing_comes_before_the_rows(host):
    script = "import sys\nprint('a')\nprint('b', file=sys.stderr)\nOutputDataSet = DataFrame({'x': [1]})"
    events = host.events(script=script)
    assert infos(events[:2]) == [
        (39005, "STDOUT message(s) from external script: \na\n"),
        (39022, "STDERR message(s) from external script: \nb\n"),
    ]
    assert [type(event) for event in events[2:]] == [ResultSetStart, RowBatch, StatementDone]


def test_long_printing_is_sent_in_pieces(host):
    events = host.events(script="print('😀' * 40_000)")
    messages = [message for _, message in infos(events)]
    assert len(messages) > 1 and all(len(message.encode("utf-16-le")) < 65_000 for message in messages)
    assert "the first 65536 of 160001 bytes are shown" in messages[-1]


def test_a_long_traceback_fits_into_a_token(host):
    error = fails(host, script="raise ValueError('x' * 10_000_000)")
    assert len(error.message.encode("utf-16-le")) < 65_000
    assert "bytes of the error are left out" in error.message


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import os; os._exit(4)", "the worker exited with code 4 and without an answer"),
        ("import os; os.kill(os.getpid(), 9)", "the worker was ended by signal 9 (SIGKILL)"),
        ("while True: pass", "the script ran longer than 0.5 s"),
    ],
)
def test_39012(host, script, reason):
    host.limits = Limits(wall_clock=0.5)
    error = fails(host, script="print('x')\n" + script)
    assert (error.number, error.severity, error.state) == (39012, 16, 14)
    assert re.fullmatch(
        f"Unable to communicate with the runtime for 'Python' script for request id: {GUID}. "
        "Please check the requirements of 'Python' runtime.",
        error.message,
    )
    assert infos(list(error.messages)) == [
        (39006, f"External script execution status: {reason}."),
        (39005, "STDOUT message(s) from external script: \nx\n"),
    ]


def test_cancel(host):
    timer = threading.Timer(0.2, host.cancelled.set)
    timer.start()
    with pytest.raises(Cancelled):
        host.events(script="while True: pass")
    timer.join()


def test_an_output_that_cannot_be_returned(host):
    error = fails(host, script="OutputDataSet = pandas.DataFrame({'when': [pandas.Timedelta(1)]})")
    assert error.number == 39019
    assert "The type timedelta64" in error.message and "for column 'when' is not supported" in error.message


def test_types_of_the_result_set(host):
    script = """
        import datetime, decimal, numpy as np
        OutputDataSet = pandas.DataFrame({
            'a': [True], 'b': np.array([1], 'uint8'), 'c': np.array([1], 'int16'),
            'd': np.array([1], 'int32'),
            'e': [1], 'f': np.array([1.5], 'float32'), 'g': [1.5], 'h': ['ab'], 'i': ['x' * 4001],
            'j': ['\\U0001F600'],
            'k': [b'ab'], 'l': [b'x' * 8001], 'm': pandas.to_datetime(['2000-01-02 03:04:05.678901']),
            'n': [decimal.Decimal('1.50')], 'o': [None], 'p': [''], 'q': [datetime.date(2000, 1, 2)],
        })
    """
    columns, table = host.table(script=textwrap.dedent(script))
    assert [str(column.type) for column in columns] == [
        *(
            "bit",
            "tinyint",
            "smallint",
            "int",
            "bigint",
            "real",
            "float",
            "nvarchar(2)",
            "nvarchar(max)",
            "nvarchar(2)",
        ),
        *(
            "varbinary(2)",
            "varbinary(max)",
            "datetime",
            "decimal(3,2)",
            "nvarchar(1)",
            "nvarchar(1)",
            "datetime",
        ),
    ]
    assert {column.name for column in columns} == {""}
    row = list(table.to_pylist()[0].values())
    assert row[12] == datetime.datetime(2000, 1, 2, 3, 4, 5, 680_000)
    assert row[13:] == [Decimal("1.50"), None, "", datetime.datetime(2000, 1, 2)]


def test_datetime_is_rounded_as_sql_server_rounds(host):
    script = """
        OutputDataSet = pandas.DataFrame({'t': pandas.to_datetime([
            '2000-01-01 00:00:00.001', '2000-01-01 00:00:00.002', '2000-01-01 00:00:00.005',
            '2000-01-01 23:59:59.999', '1753-01-01 00:00:00.000', None])})
    """
    _, table = host.table(script=textwrap.dedent(script))
    assert [
        value and value.isoformat(sep=" ", timespec="milliseconds") for value in table.column(0).to_pylist()
    ] == [
        "2000-01-01 00:00:00.000",
        "2000-01-01 00:00:00.003",
        "2000-01-01 00:00:00.007",
        "2000-01-02 00:00:00.000",
        "1753-01-01 00:00:00.000",
        None,
    ]


# --- parameters ---


def test_parameters_in_every_type(host):
    values = {
        "bit": True,
        "tinyint": 255,
        "smallint": -1,
        "int": 7,
        "bigint": 2**63 - 1,
        "real": 1.5,
        "float": 0.1,
        "decimal(10,3)": Decimal("1.250"),
        "money": Decimal("2.5000"),
        "varchar(5)": "abc",
        "nvarchar(max)": "ä" * 10_000,
        "varbinary(max)": b"\0\xff",
        "date": datetime.date(2000, 1, 2),
        "datetime": datetime.datetime(2000, 1, 2, 3, 4, 5),
        "uniqueidentifier": uuid.UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
    }
    arguments = [Argument(f"@p{i}", INT, value, output=True) for i, value in enumerate(values.values())]
    params = ", ".join(f"@p{i} {name} OUTPUT" for i, name in enumerate(values))
    script = "print([type(globals()[f'p{i}']).__name__ for i in range(15)])"
    (message,) = infos(host.events(*arguments, script=script, params=params))
    assert message[1].splitlines()[1] == str(
        ["bool", *["int"] * 4, *["float"] * 4, "str", "str", "bytes", "datetime", "datetime", "str"]
    )
    assert host.outputs == {f"@p{i}": value for i, value in enumerate(values.values())}


def test_null_in_and_out(host):
    arguments = [Argument("@a", INT, None, output=True), Argument("@b", INT, None)]
    host.events(*arguments, script="assert a is None and b is None", params="@a int OUT, @b varbinary(max)")
    assert host.outputs == {"@a": None}


def test_the_case_of_a_parameter_is_that_of_its_declaration(host):
    given = Argument("@MODELNAME", INT, "m", output=True)
    host.events(given, script="modelName = modelName + '!'", params="@modelName AS nvarchar(10) OUTPUT")
    assert host.outputs == {"@modelName": "m!"}


def test_positional_values(host):
    given = [Argument("", INT, 1), Argument("", INT, 2, output=True)]
    host.events(*given, script="b = a + b", params="@a int, @b int OUTPUT")
    assert host.outputs == {"@b": 3}


def test_an_output_that_nobody_asked_for(host):
    host.events(Argument("@a", INT, 1), script="a = 2", params="@a int OUTPUT")
    assert host.outputs == {}


@pytest.mark.parametrize(
    ("declared", "expression", "expected"),
    [
        ("decimal(5,2)", "1.005", Decimal("1.01")),
        ("decimal(5,2)", "-1.004", Decimal("-1.00")),
        ("decimal(38,0)", "10**37", Decimal(10**37)),
        ("money", "1.00005", Decimal("1.0001")),
        ("real", "0.1", pytest.approx(0.1, rel=1e-7)),
        ("char(3)", "'a'", "a  "),
        ("binary(3)", "b'a'", b"a\0\0"),
        ("nvarchar(2)", "'abc'", "ab"),
        (
            "datetime",
            "__import__('datetime').datetime(2000, 1, 1, 0, 0, 0, 2000)",
            datetime.datetime(2000, 1, 1, 0, 0, 0, 3000),
        ),
        (
            "smalldatetime",
            "__import__('datetime').datetime(2000, 1, 1, 0, 0, 30)",
            datetime.datetime(2000, 1, 1, 0, 1),
        ),
        ("date", "pandas.Timestamp('2000-01-02 03:00')", datetime.date(2000, 1, 2)),
        ("float", "float('nan')", None),
    ],
)
def test_outputs_in_their_declared_types(host, declared, expression, expected):
    host.events(
        Argument("@x", INT, None, output=True), script=f"x = {expression}", params=f"@x {declared} OUTPUT"
    )
    assert host.outputs["@x"] == expected


@pytest.mark.parametrize(
    ("declared", "expression", "number"),
    [
        ("decimal(3,2)", "10", 8115),
        ("decimal(3,2)", "9.999", 8115),
        ("money", "1e300", 8115),
        ("real", "1e300", 232),
        ("datetime", "__import__('datetime').datetime(1752, 1, 1)", 242),
        ("smalldatetime", "__import__('datetime').datetime(1899, 1, 1)", 242),
        ("int", "'text'", 39019),
        ("int", "2**31", 39019),
    ],
)
def test_outputs_that_do_not_fit(host, declared, expression, number):
    given = Argument("@x", INT, None, output=True)
    assert fails(host, given, script=f"x = {expression}", params=f"@x {declared} OUTPUT").number == number


def test_parameters_are_variables_of_the_input_query_too(host):
    """Microsoft's taxi tutorial scores single rows this way."""
    host.columns = (Column("v", INT),)
    given = [Argument("@n", INT, 20)]
    _, table = host.table(
        *given,
        script="OutputDataSet = InputDataSet + n",
        input_data_1="SELECT CAST(@n AS int) + 1 AS v",
        params="@n int",
    )
    assert table.to_pylist() == [{"c0": 41}]


def test_the_rental_prediction_pattern(host):
    """A pickled model returned through varbinary(max), stored, read back and used."""
    host.columns = (Column("x", FLOAT), Column("y", FLOAT))
    train = """
        import pickle
        from sklearn.linear_model import LinearRegression
        trained_model = pickle.dumps(LinearRegression().fit(rental_train[['x']], rental_train['y']))
    """
    host.events(
        Argument("@trained_model", varbinary(-1), None, output=True),
        script=textwrap.dedent(train),
        input_data_1="SELECT x::DOUBLE AS x, (3 * x)::DOUBLE AS y FROM range(10) t(x)",
        input_data_1_name="rental_train",
        params="@trained_model varbinary(max) OUTPUT",
    )
    model = host.outputs["@trained_model"]
    assert isinstance(model, bytes)
    host.columns = (Column("x", FLOAT),)
    score = """
        import pickle
        OutputDataSet = pandas.DataFrame(pickle.loads(py_model).predict(rental_score_data))
    """
    columns, table = host.table(
        Argument("@py_model", varbinary(-1), model),
        script=textwrap.dedent(score),
        input_data_1="SELECT 7::DOUBLE AS x",
        input_data_1_name="rental_score_data",
        params="@py_model varbinary(max)",
    )
    assert columns == (Column("", FLOAT),)
    assert table.column(0).to_pylist() == pytest.approx([21.0])


def test_kmeans_as_the_clustering_tutorial_writes_it(host):
    host.columns = (
        Column("customer", BIGINT),
        Column("orderRatio", FLOAT),
        Column("itemsRatio", FLOAT),
    )
    script = """
        import pandas as pd
        from sklearn.cluster import KMeans
        customer_data = my_input_data
        n_clusters = 2
        columns = ["orderRatio", "itemsRatio"]
        est = KMeans(n_clusters=n_clusters, random_state=111, n_init=10).fit(customer_data[columns])
        customer_data["cluster"] = est.labels_
        OutputDataSet = customer_data
    """
    columns, table = host.table(
        script=textwrap.dedent(script),
        input_data_1="SELECT i::BIGINT, (i % 2)::DOUBLE, (i % 2)::DOUBLE FROM range(1000) t(i)",
        input_data_1_name="my_input_data",
    )
    # bigint reaches the built-in runtime as float64.
    assert [column.type for column in columns] == [FLOAT, FLOAT, FLOAT, INT]
    assert set(table.column(3).to_pylist()) == {0, 1}


def test_input_types(host):
    host.columns = (
        Column("b", BIT),
        Column("t", TINYINT),
        Column("s", SMALLINT),
        Column("r", REAL),
        Column("d", decimal_type(7, 2)),
        Column("v", varchar(5)),
        Column("u", UNIQUEIDENTIFIER),
        Column("day", DATE),
        Column("at", DATETIME),
    )
    query = (
        "SELECT true, 1::UTINYINT, 2::SMALLINT, 1.5::FLOAT, 1.25::DECIMAL(7,2), 'x', "
        "'6f9619ff-8b86-d011-b42d-00c04fc964ff'::UUID, DATE '2000-01-02', TIMESTAMP '2000-01-02 03:04:05'"
    )
    host.query = lambda text, variables: Query(
        host.columns, lambda: duckdb.connect().execute(query).to_arrow_table()
    )
    events = host.events(
        script="print(InputDataSet.dtypes.tolist())\nprint(InputDataSet.u[0])", input_data_1="SELECT 1"
    )
    _, printed, guid = infos(events)[0][1].splitlines()
    assert printed == (
        "[dtype('bool'), dtype('int32'), dtype('int32'), dtype('float64'), dtype('float64'), dtype('O'), "
        "dtype('O'), dtype('<M8[ns]'), dtype('<M8[ns]')]"
    )
    assert guid == "6F9619FF-8B86-D011-B42D-00C04FC964FF"
