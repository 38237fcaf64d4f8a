"""Every type into a frame and out of it. The conversions are called directly.

One test goes through a worker.
"""

from __future__ import annotations

import datetime
import decimal
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.satellite.contract import BUILTIN, EXTENSION, ScriptParameter, ScriptRequest
from localdb.satellite.worker.input import input_frame, parameter_value
from localdb.satellite.worker.output import OutputError, output_table
from localdb.satellite.worker.values import output_values

D = decimal.Decimal
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
moments = st.datetimes(datetime.datetime(1753, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999))
dates = st.dates(datetime.date(1753, 1, 1))

SQL = {
    "bit": (pa.bool_(), st.booleans()),
    "tinyint": (pa.uint8(), st.integers(0, 255)),
    "smallint": (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "int": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "bigint": (pa.int64(), st.integers(-(2**53), 2**53)),
    "real": (pa.float32(), st.floats(width=32, allow_nan=False, allow_infinity=False)),
    "float": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "decimal": (pa.decimal128(15, 3), st.decimals(-(10**11), 10**11, places=3)),
    "money": (pa.decimal128(19, 4), st.decimals(-(10**10), 10**10, places=4)),
    "nvarchar": (pa.string(), texts),
    "char": (pa.string(), texts),
    "uniqueidentifier": (pa.string(), st.uuids().map(lambda u: str(u).upper())),
    "date": (pa.date32(), dates),
    "datetime": (pa.timestamp("us"), moments),
    "smalldatetime": (pa.timestamp("us"), moments),
}


def _frame(type_name: str, values: list, profile: str = BUILTIN) -> pd.DataFrame:
    table = pa.table({"c": pa.array(values, SQL[type_name][0])})
    return input_frame(ScriptRequest("", "", input=table, input_types=(type_name,), profile=profile))


def _plain(value):
    if isinstance(value, D):
        return float(value)
    if type(value) is datetime.date:
        return datetime.datetime(value.year, value.month, value.day)
    return value


@st.composite
def columns(draw):
    name = draw(st.sampled_from(sorted(SQL)))
    return name, draw(st.lists(st.none() | SQL[name][1], max_size=8))


@given(columns(), st.sampled_from([BUILTIN, EXTENSION]))
def test_what_comes_in_goes_out(column, profile):
    """OutputDataSet = InputDataSet keeps every value and every NULL, up to the types' documented changes."""
    name, values = column
    out = output_table(_frame(name, values, profile), "OutputDataSet", profile).column(0)
    expected = [None if value is None else _plain(value) for value in values]
    if (
        profile == EXTENSION
        and name in ("date", "datetime", "smalldatetime", "bit")
        and out.type == pa.string()
    ):
        # Objects leave as the text that str gives.
        expected = [
            None if value is None else str(original) for value, original in zip(expected, values, strict=True)
        ]
    assert out.to_pylist() == expected


BUILTIN_DTYPES = [
    ("bit", [True], "bool", [True, None], "object"),
    ("tinyint", [1], "int32", [1, None], "float64"),
    ("smallint", [1], "int32", [1, None], "float64"),
    ("int", [1], "int32", [1, None], "float64"),
    ("bigint", [1], "float64", [1, None], "float64"),
    ("real", [1.5], "float64", [1.5, None], "float64"),
    ("float", [1.5], "float64", [1.5, None], "float64"),
    ("decimal", [D("1.500")], "float64", [D("1.500"), None], "float64"),
    ("money", [D("1.5")], "float64", [D("1.5"), None], "float64"),
    ("nvarchar", ["a"], "object", ["a", None], "object"),
    (
        "date",
        [datetime.date(2000, 1, 1)],
        "datetime64[ns]",
        [datetime.date(2000, 1, 1), None],
        "datetime64[ns]",
    ),
    ("datetime", [datetime.datetime(2000, 1, 1)], "datetime64[ns]", [None], "datetime64[ns]"),
    (
        "datetime",
        [datetime.datetime(9999, 12, 31)],
        "datetime64[us]",
        [datetime.datetime(9999, 12, 31), None],
        "datetime64[us]",
    ),
    ("uniqueidentifier", ["X"], "object", ["X", None], "object"),
]
EXTENSION_DTYPES = [
    ("bit", [True], "bool", [True, None], "object"),
    ("tinyint", [1], "uint8", [1, None], "float64"),
    ("smallint", [1], "int16", [1, None], "float64"),
    ("int", [1], "int32", [1, None], "float64"),
    ("bigint", [2**62 + 1], "int64", [1, None], "float64"),
    ("real", [1.5], "float32", [1.5, None], "float32"),
    ("float", [1.5], "float64", [1.5, None], "float64"),
    ("decimal", [D("1.500")], "float64", [D("1.500"), None], "float64"),
    ("nvarchar", ["a"], "object", ["a", None], "object"),
    ("date", [datetime.date(2000, 1, 1)], "object", [datetime.date(2000, 1, 1), None], "object"),
    ("datetime", [datetime.datetime(2000, 1, 1)], "object", [None], "object"),
]


@pytest.mark.parametrize(
    ("profile", "name", "values", "dtype", "with_null", "null_dtype"),
    [(BUILTIN, *row) for row in BUILTIN_DTYPES] + [(EXTENSION, *row) for row in EXTENSION_DTYPES],
)
def test_dtypes_of_the_input(profile, name, values, dtype, with_null, null_dtype):
    assert str(_frame(name, values, profile)["c"].dtype) == dtype
    assert str(_frame(name, with_null, profile)["c"].dtype) == null_dtype
    assert len(_frame(name, [], profile)) == 0


def test_values_of_the_input():
    assert _frame("bit", [True, None, False])["c"].tolist() == [True, None, False]
    assert _frame("nvarchar", [None, ""])["c"].tolist() == [None, ""]
    assert np.isnan(_frame("int", [None])["c"][0])
    assert _frame("datetime", [None])["c"][0] is pd.NaT
    assert type(_frame("date", [datetime.date(2000, 1, 2)], EXTENSION)["c"][0]) is datetime.date
    assert _frame("bigint", [2**53 + 1])["c"][0] == 2.0**53
    assert _frame("bigint", [2**53 + 1], EXTENSION)["c"][0] == 2**53 + 1


@given(
    st.integers(1, 38).flatmap(
        lambda p: st.tuples(
            st.just(p),
            st.integers(0, p),
            st.lists(st.none() | st.integers(-(10**p) + 1, 10**p - 1), max_size=6),
        )
    ),
    st.integers(0, 3),
)
def test_a_decimal_becomes_the_nearest_float(case, offset):
    precision, scale, units = case
    with decimal.localcontext(prec=80):
        values = [None if unit is None else D(unit).scaleb(-scale) for unit in units]
    table = pa.table({"c": pa.array(values, pa.decimal128(precision, scale))}).slice(offset)
    frame = input_frame(ScriptRequest("", "", input=table, input_types=("decimal",)))
    assert [None if math.isnan(x) else x for x in frame["c"]] == [
        None if v is None else float(v) for v in values[offset:]
    ]


def test_the_script_may_write_into_its_input():
    frame = _frame("float", [1.0])
    frame.loc[0, "c"] = 2.0
    frame["c"].to_numpy(copy=True)[0] = 3.0
    assert frame["c"][0] == 2.0


OUTPUTS = {
    "bool": (pd.Series([True, False]), pa.bool_(), [True, False]),
    "boolean": (pd.Series([True, None], dtype="boolean"), pa.bool_(), [True, None]),
    "object of bool": (pd.Series([True, None], dtype=object), pa.bool_(), [True, None]),
    "int8": (pd.Series([-1], dtype="int8"), pa.int16(), [-1]),
    "uint8": (pd.Series([255], dtype="uint8"), pa.uint8(), [255]),
    "int16": (pd.Series([-1], dtype="int16"), pa.int16(), [-1]),
    "uint16": (pd.Series([65535], dtype="uint16"), pa.int32(), [65535]),
    "int32": (pd.Series([1], dtype="int32"), pa.int32(), [1]),
    "uint32": (pd.Series([2**32 - 1], dtype="uint32"), pa.int64(), [2**32 - 1]),
    "int64": (pd.Series([2**62]), pa.int64(), [2**62]),
    "uint64": (pd.Series([5], dtype="uint64"), pa.int64(), [5]),
    "Int64": (pd.Series([2**62, None], dtype="Int64"), pa.int64(), [2**62, None]),
    "Float64": (pd.Series([1.5, None], dtype="Float64"), pa.float64(), [1.5, None]),
    "float16": (pd.Series([1.5], dtype="float16"), pa.float32(), [1.5]),
    "float32": (pd.Series([1.5], dtype="float32"), pa.float32(), [1.5]),
    "float64": (pd.Series([1.5, math.nan, math.inf, -math.inf]), pa.float64(), [1.5, None, None, None]),
    "str": (pd.Series(["a", None], dtype="str"), pa.string(), ["a", None]),
    "string": (pd.Series(["a", None], dtype="string[python]"), pa.string(), ["a", None]),
    "pyarrow string": (pd.Series(["a", None], dtype="string[pyarrow]"), pa.string(), ["a", None]),
    "arrow int": (pd.Series([1, None], dtype=pd.ArrowDtype(pa.int8())), pa.int16(), [1, None]),
    "object of str": (
        pd.Series(["a", None, math.nan, pd.NA], dtype=object),
        pa.string(),
        ["a", None, None, None],
    ),
    "object of int": (pd.Series([1, None], dtype=object), pa.int64(), [1, None]),
    "object of int and float": (pd.Series([1, 2.5, math.nan], dtype=object), pa.float64(), [1.0, 2.5, None]),
    "object of numpy scalars": (pd.Series([np.int8(1), np.int64(2)], dtype=object), pa.int64(), [1, 2]),
    "object of None": (pd.Series([None, None], dtype=object), pa.string(), [None, None]),
    "empty object": (pd.Series([], dtype=object), pa.string(), []),
    "bytes": (pd.Series([b"\0\xff", None], dtype=object), pa.binary(), [b"\0\xff", None]),
    "bytearray": (pd.Series([bytearray(b"x")], dtype=object), pa.binary(), [b"x"]),
    "Decimal": (
        pd.Series([D("1.50"), D("NaN"), None], dtype=object),
        pa.decimal128(3, 2),
        [D("1.50"), None, None],
    ),
    "date": (
        pd.Series([datetime.date(2000, 1, 2), None], dtype=object),
        pa.timestamp("us"),
        [datetime.datetime(2000, 1, 2), None],
    ),
    "datetime": (
        pd.Series([datetime.datetime(2000, 1, 2, 3), datetime.date(2001, 1, 1)], dtype=object),
        pa.timestamp("us"),
        [datetime.datetime(2000, 1, 2, 3), datetime.datetime(2001, 1, 1)],
    ),
    **{
        f"datetime64[{unit}]": (
            pd.Series(["2000-01-02", None], dtype=f"datetime64[{unit}]"),
            pa.timestamp("us"),
            [datetime.datetime(2000, 1, 2), None],
        )
        for unit in ("s", "ms", "us", "ns")
    },
    "category of str": (pd.Series(["a", None, "a"], dtype="category"), pa.string(), ["a", None, "a"]),
    "category of int": (pd.Series([3, None, 3]).astype("Int64").astype("category"), pa.int64(), [3, None, 3]),
    "empty category": (pd.Series([], dtype="category"), pa.string(), []),
    "big endian": (pd.Series(np.array([1, 2], dtype=">i4")), pa.int32(), [1, 2]),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_dtypes_of_the_output(case):
    series, arrow, values = OUTPUTS[case]
    column = output_table(series.to_frame("x"), "OutputDataSet", BUILTIN).column(0)
    assert column.type == arrow
    assert column.to_pylist() == values


REFUSED = {
    "timedelta": (pd.Series([pd.Timedelta(1)]), "timedelta64"),
    "time zone": (pd.Series(pd.to_datetime(["2000-01-01"], utc=True)), "datetime64"),
    "object with time zone": (pd.Series([datetime.datetime.now(datetime.UTC)], dtype=object), "object"),
    "complex": (pd.Series([1j]), "complex128"),
    "period": (pd.Series(pd.period_range("2000", periods=1, freq="D")), "period"),
    "list": (pd.Series([[1]]), "object"),
    "mixed": (pd.Series(["a", 1], dtype=object), "holds values of int, str"),
    "bool and int": (pd.Series([True, 1], dtype=object), "holds values of bool, int"),
    "too large an int": (pd.Series([2**64], dtype=object), "object"),
    "too large a uint64": (pd.Series([2**63], dtype="uint64"), "uint64"),
    "surrogate": (pd.Series(["\udcff"], dtype=object), "object"),
    "too early": (pd.Series([datetime.date(1752, 12, 31)], dtype=object), "1753"),
    "interval": (pd.Series(pd.interval_range(0, 1)), "interval"),
    "sparse": (pd.Series([object()]), "holds values of object"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_dtypes_name_the_column_and_the_dtype(case):
    series, text = REFUSED[case]
    frame = pd.DataFrame({"good": 1, "bad": series})
    with pytest.raises(OutputError, match=text) as caught:
        output_table(frame, "OutputDataSet", BUILTIN)
    assert "for column 'bad' is not supported" in str(caught.value)


def test_columns_are_positional():
    frame = pd.DataFrame([[1, "a", 2.5]], columns=["same", "same", 7])
    table = output_table(frame, "OutputDataSet", BUILTIN)
    assert [column.to_pylist() for column in table.columns] == [[1], ["a"], [2.5]]
    two_levels = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert output_table(two_levels, "OutputDataSet", BUILTIN).num_columns == 2
    assert output_table(pd.DataFrame(index=[1, 2]), "OutputDataSet", BUILTIN) is None
    assert output_table(pd.DataFrame({"a": []}), "OutputDataSet", BUILTIN).num_rows == 0


def test_the_extension_s_stricter_list():
    for dtype in (
        "int8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "category",
        "Int64",
        "string",
        "datetime64[us]",
    ):
        frame = pd.DataFrame({"ok": [1.0], "x": pd.Series([0], dtype="int64").astype(dtype)})
        with pytest.raises(OutputError, match=r"Unsupported data type .* in output data for column # 1"):
            output_table(frame, "OutputDataSet", EXTENSION)
    objects = pd.DataFrame(
        {"x": pd.Series([1, None, "a", datetime.date(2000, 1, 1), math.nan, D("1.0")], dtype=object)}
    )
    column = output_table(objects, "OutputDataSet", EXTENSION).column(0)
    assert column.to_pylist() == ["1", None, "a", "2000-01-01", None, "1.0"]
    raw = output_table(pd.DataFrame({"x": pd.Series([b"a", None], dtype=object)}), "OutputDataSet", EXTENSION)
    assert raw.column(0).to_pylist() == [b"a", None]


VALUES = [
    ("bit", None, True, True),
    ("bit", None, np.bool_(False), False),
    ("bit", None, 2, True),
    ("tinyint", None, 255, 255),
    ("int", None, np.int64(7), 7),
    ("int", None, 7.0, 7),
    ("int", None, math.nan, None),
    ("bigint", None, 2**63 - 1, 2**63 - 1),
    ("float", None, 1, 1.0),
    ("float", None, math.inf, None),
    ("real", None, np.float32(1.5), 1.5),
    ("decimal", None, D("1.25"), "1.25"),
    ("decimal", None, 0.1, "0.1"),
    ("decimal", None, 10**30, str(10**30)),
    ("money", None, 5, "5"),
    ("nvarchar", 3, "abcd", "abc"),
    ("nvarchar", 3, "ab😀", "ab"),
    ("nvarchar", -1, "x" * 5000, "x" * 5000),
    ("nvarchar", 3, "", ""),
    ("nvarchar", 3, np.str_("ab"), "ab"),
    ("varbinary", -1, bytearray(b"ab"), b"ab"),
    ("varbinary", 1, b"ab", b"a"),
    ("date", None, datetime.datetime(2000, 1, 2, 3), datetime.date(2000, 1, 2)),
    ("datetime", None, pd.Timestamp("2000-01-02 03:04"), datetime.datetime(2000, 1, 2, 3, 4)),
    ("datetime", None, np.datetime64("2000-01-02"), datetime.datetime(2000, 1, 2)),
    ("datetime", None, datetime.date(2000, 1, 2), datetime.datetime(2000, 1, 2)),
    ("datetime", None, pd.NaT, None),
    (
        "uniqueidentifier",
        None,
        "6F9619FF-8B86-D011-B42D-00C04FC964FF",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    ),
    ("int", None, None, None),
    ("int", None, pd.NA, None),
]


@pytest.mark.parametrize(("type_name", "length", "value", "expected"), VALUES)
def test_output_values(type_name, length, value, expected):
    parameter = ScriptParameter("p", type_name, output=True, length=length)
    for profile in (BUILTIN, EXTENSION):
        assert output_values([parameter], {"p": value}, profile).to_pylist() == [{"p": expected}]


@pytest.mark.parametrize(
    ("type_name", "empty"), [("nvarchar", "''"), ("varchar", "''"), ("varbinary", "b''")]
)
def test_a_max_output_without_a_value(type_name, empty):
    parameter = ScriptParameter("p", type_name, output=True, length=-1)
    with pytest.raises(OutputError) as caught:
        output_values([parameter], {"p": None}, BUILTIN)
    assert str(caught.value) == (
        f"The output parameter '@p' of type {type_name}(max) has no value. "
        f"Initialise it in the script, for example: p = {empty}"
    )
    assert output_values([parameter], {"p": None}, EXTENSION).to_pylist() == [{"p": None}]


WRONG = [
    ("bit", "yes"),
    ("int", 2.5),
    ("int", 2**31),
    ("tinyint", -1),
    ("int", "1"),
    ("float", "1.0"),
    ("nvarchar", 1),
    ("nvarchar", b"x"),
    ("nvarchar", "\udcff"),
    ("varbinary", "x"),
    ("datetime", "2000-01-01"),
    ("datetime", datetime.datetime.now(datetime.UTC)),
    ("uniqueidentifier", "x"),
    ("decimal", "1"),
    ("int", pd.DataFrame()),
]


@pytest.mark.parametrize(("type_name", "value"), WRONG)
def test_a_value_that_does_not_fit(type_name, value):
    """An error that names the parameter; the extension answers NULL, as the published one does."""
    parameter = ScriptParameter("p", type_name, output=True, length=-1)
    with pytest.raises(OutputError, match="output parameter '@p'"):
        output_values([parameter], {"p": value}, BUILTIN)
    assert output_values([parameter], {"p": value}, EXTENSION).to_pylist() == [{"p": None}]


def test_missing_variables_and_input_parameters():
    parameters = [ScriptParameter("a", "int", output=True), ScriptParameter("b", "int")]
    assert output_values(parameters, {"b": 1}, BUILTIN).to_pylist() == [{"a": None}]


def test_a_date_parameter_is_a_datetime_in_the_built_in_runtime():
    parameter = ScriptParameter("d", "date", datetime.date(2000, 1, 2))
    assert parameter_value(parameter, BUILTIN) == datetime.datetime(2000, 1, 2)
    assert type(parameter_value(parameter, EXTENSION)) is datetime.date


def test_every_type_through_a_worker(run):
    values = {
        "bit": [True, None],
        "tinyint": [255, None],
        "bigint": [2**53, None],
        "real": [1.5, None],
        "decimal": [D("12.345"), None],
        "nvarchar": ["ä😀", None],
        "datetime": [datetime.datetime(1753, 1, 1), None],
        "date": [datetime.date(9999, 12, 31), None],
    }
    table = pa.table({name: pa.array(column, SQL[name][0]) for name, column in values.items()})
    result = run("OutputDataSet = InputDataSet", input=table, input_types=tuple(values))
    expected = [[_plain(column[0]), None] for column in values.values()]
    assert [column.to_pylist() for column in result.output.columns] == expected
