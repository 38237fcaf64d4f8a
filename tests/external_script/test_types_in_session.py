"""Every T-SQL type into a script and back, as a column and as a parameter, in both profiles of types."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sql_session import PASSWORD, column_types, rows, spees
from type_kinds import COLUMNS, PARAMETERS

from localdb.errors import SqlError
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session

LANGUAGES = ("Python", "OtherPython")
"""The server's own, and the same interpreter registered as an external language: the other profile."""


@pytest.fixture(scope="module")
def shared(instance: Instance) -> Iterator[Session]:
    """In a database that has the external language."""
    admin = instance.login(Login("sa", PASSWORD))
    rows(admin, "CREATE DATABASE types")
    admin.close()
    session = instance.login(Login("sa", PASSWORD, "types"))
    list(session.run_batch("EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE"))
    path = Path(sys.executable)
    rows(
        session,
        f"CREATE EXTERNAL LANGUAGE OtherPython FROM (CONTENT = N'{path}', FILE_NAME = '{path.name}')",
    )
    yield session
    session.close()


def in_language(batch: str, language: str) -> str:
    return batch.replace("N'Python'", f"N'{language}'")


@st.composite
def tables(draw):
    """A list of rows; each column has NULLs or has none."""
    count = draw(st.integers(1, 4))
    columns = []
    for one in COLUMNS.values():
        values = draw(
            st.booleans().map(lambda nulls, one=one: one.values | st.none() if nulls else one.values)
        )
        columns.append(draw(st.lists(values, min_size=count, max_size=count)))
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=12, deadline=None)
@given(table=tables())
def test_columns(shared, language, table):
    kinds = list(COLUMNS.values())
    selects = [
        ", ".join(
            f"CAST({'NULL' if value is None else one.literal(value)} AS {one.declared}) AS c{number}"
            for number, (one, value) in enumerate(zip(kinds, row, strict=True))
        )
        for row in table
    ]
    batch = spees("OutputDataSet = InputDataSet", " UNION ALL ".join(f"SELECT {one}" for one in selects))
    found = list(zip(*rows(shared, in_language(batch, language)), strict=True))
    for one, values, back in zip(kinds, zip(*table, strict=True), found, strict=True):
        nulls = None in values
        expected = [one.returned(value, extension=language != "Python", nulls=nulls) for value in values]
        assert list(back) == expected, one.declared


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_parameters(shared, language, data):
    """In through one parameter, out through another of the same type."""
    kinds = list(PARAMETERS.values())
    values = [
        data.draw(one.values if "max" in one.declared else one.values | st.none(), label=one.declared)
        for one in kinds
    ]
    declare, params, passed = [], [], []
    for number, (one, value) in enumerate(zip(kinds, values, strict=True)):
        literal = "NULL" if value is None else one.literal(value)
        declare.append(f"@i{number} {one.declared} = {literal}, @o{number} {one.declared}")
        params.append(f"@i{number} {one.declared}, @o{number} {one.declared} OUTPUT")
        passed.append(f"@i{number} = @i{number}, @o{number} = @o{number} OUTPUT")
    script = "\n".join(f"o{number} = i{number}" for number in range(len(kinds)))
    call = spees(script, "", f"@params = N'{', '.join(params)}', {', '.join(passed)}")
    selected = ", ".join(f"@o{number}" for number in range(len(kinds)))
    (found,) = rows(shared, f"DECLARE {', '.join(declare)}; {in_language(call, language)}; SELECT {selected}")
    for one, value, back in zip(kinds, values, found, strict=True):
        assert back == (None if value is None else one.parameter(value)), one.declared


PARAMETER_KINDS = {
    "bit": "bool",
    "int": "int",
    "bigint": "int",
    "real": "float",
    "float": "float",
    "decimal": "float",
    "money": "float",
    "varchar": "str",
    "nvarchar(max)": "str",
    "uniqueidentifier": "str",
    "varbinary": "bytes",
    "datetime": "datetime",
}


@pytest.mark.parametrize(("language", "date"), [("Python", "datetime"), ("OtherPython", "date")])
def test_what_a_parameter_is_in_the_script(shared, language, date):
    names = {**PARAMETER_KINDS, "date": date}
    literals = {"uniqueidentifier": "'00000000-0000-0000-0000-000000000000'", "varbinary": "0x00"}
    literals |= {"date": "'2000-01-01'", "datetime": "'2000-01-01'"}
    params = ", ".join(f"@p{number} {PARAMETERS[name].declared}" for number, name in enumerate(names))
    values = ", ".join(f"@p{number} = {literals.get(name, 1)}" for number, name in enumerate(names))
    found = f"[type(globals()[f'p{{n}}']).__name__ for n in range({len(names)})]"
    script = f"OutputDataSet = DataFrame({{'t': {found}}})"
    call = in_language(spees(script, "", f"@params = N'{params}', {values}"), language)
    assert [name for (name,) in rows(shared, call)] == list(names.values())


def test_an_extension_keeps_its_variables_between_runs(shared):
    """It executes in ``__main__``; the data sets alone are new in each run."""
    script = """
total = globals().get('total', 0) + int(InputDataSet.v.sum())
given = given + 1
if len(InputDataSet) == 2: OutputDataSet = DataFrame({'x': [total]})
last = total
"""
    call = spees(
        script,
        "SELECT v FROM (VALUES (1), (2), (3), (4), (5)) t (v)",
        "@params = N'@r_rowsPerRead int, @given int OUTPUT, @last int OUTPUT', @r_rowsPerRead = 2, "
        "@given = @g OUTPUT, @last = @l OUTPUT",
    )
    batch = f"DECLARE @g int = 10, @l int; {in_language(call, 'OtherPython')}; SELECT @g, @l"
    assert rows(shared, batch) == [(3.0,), (10.0,), (13, 15)]


OUTPUTS = {
    "np.array([1], 'bool')": "bit",
    "np.array([1], 'uint8')": "tinyint",
    "np.array([1], 'int16')": "smallint",
    "np.array([1], 'int32')": "int",
    "np.array([1], 'int64')": "bigint",
    "np.array([1], 'float32')": "real",
    "np.array([1], 'float64')": "float",
    "np.array(['2000-01-01'], 'datetime64[ns]')": "datetime2(6)",
    "np.array(['ab'], 'object')": "nvarchar(2)",
    "np.array([b'ab'], 'object')": "varbinary(2)",
    "np.array([1.5], 'object')": "nvarchar(3)",
}
REFUSED = {
    "np.array([1], 'int8')": "int8",
    "np.array([1], 'uint16')": "uint16",
    "np.array([1], 'uint32')": "uint32",
    "np.array([1], 'uint64')": "uint64",
    "np.array([1], 'float16')": "float16",
    "np.array([1], 'complex128')": "complex128",
    "np.array(['2000-01-01'], 'datetime64[us]')": "datetime64[us]",
    "np.array([1], 'timedelta64[ns]')": "timedelta64[ns]",
    "pd.Series([1], dtype='category')": "category",
    "pd.Series([1], dtype='Int64')": "Int64",
    "pd.Series(['a'], dtype='string[python]')": "string",
}


def _output(expression: str, language: str) -> str:
    script = f"import numpy as np, pandas as pd\nOutputDataSet = DataFrame({{'x': {expression}}})"
    return in_language(spees(script), language)


@pytest.mark.parametrize("expression", OUTPUTS)
def test_dtypes_that_an_extension_may_return(shared, expression):
    assert column_types(shared, _output(expression, "OtherPython")) == [(OUTPUTS[expression], False)]


@pytest.mark.parametrize("expression", REFUSED)
def test_dtypes_that_an_extension_may_not_return(shared, expression):
    with pytest.raises(SqlError) as caught:
        rows(shared, _output(expression, "OtherPython"))
    message = f"Unsupported data type {REFUSED[expression]} in output data for column # 0."
    assert caught.value.number == 39019 and message in caught.value.message
    assert [error.number for error in caught.value.earlier] == [39004]
