"""Reading and writing tables over ODBC. pyodbc is imported when the first connection is made.

Every value goes as a parameter and every name through :func:`quote_name`; an ``sql_query`` is the user's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from .column_info import apply
from .data_sources import OdbcSource
from .errors import ConnectionSettingError, DataError

if TYPE_CHECKING:
    import pandas as pd
    import pyodbc

_NAME = re.compile(r"\s*(?:\[((?:[^\]]|\]\])+)\]|\"((?:[^\"]|\"\")+)\"|([^.\[\]\"]+))\s*(\.|$)")
_SHORT_TEXT = 4000


@contextmanager
def connected(connection_string: str) -> Iterator[pyodbc.Connection]:
    """A connection, in a transaction that is committed at the end of the block and rolled back by an
    error."""
    try:
        import pyodbc
    except ImportError as error:
        raise ConnectionSettingError("the package pyodbc is needed to read and write databases") from error
    with closing(pyodbc.connect(connection_string, timeout=30)) as connection:
        yield connection
        connection.commit()


def quote_name(name: str) -> str:
    """``a]b`` becomes ``[a]]b]``, as QUOTENAME does."""
    return "[" + name.replace("]", "]]") + "]"


def table_name(table: str) -> str:
    """``dbo.rental_data``, ``[dbo].[a b]`` or ``rental data`` with each of its parts in brackets."""
    parts: list[str] = []
    position = 0
    while position < len(table) or not parts:
        match = _NAME.match(table, position)
        if match is None:
            raise DataError(f"{table!r} is not the name of a table")
        bracketed, quoted, plain = match.group(1), match.group(2), match.group(3)
        parts.append(
            bracketed.replace("]]", "]")
            if bracketed
            else quoted.replace('""', '"')
            if quoted
            else plain.strip()
        )
        position = match.end()
        if match.group(4) == "." and position == len(table):
            raise DataError(f"{table!r} is not the name of a table")
    return ".".join(map(quote_name, parts))


def read_frame(source: OdbcSource, rows: int = -1) -> pd.DataFrame:
    """The rows of ``source`` (at most ``rows``, -1 for all) with its column_info applied."""
    query = source.sql_query or f"SELECT * FROM {table_name(source.table or '')}"
    with connected(source.connection_string) as connection:
        frame = _fetch(connection.execute(query), source, rows)
    return apply(frame, source.column_info, string_as_factors=source.string_as_factors)


def write_frame(target: OdbcSource, frame: pd.DataFrame, *, append: bool, overwrite: bool) -> None:
    """Put ``frame`` into the table of ``target``: a new one, or the one that is there.

    DataError when the table is there and neither ``append`` nor ``overwrite`` is set.
    """
    if target.table is None:
        raise DataError("data can be written to a data source with a table only, not to a query")
    name = table_name(target.table)
    with connected(target.connection_string) as connection:
        exists = connection.execute("SELECT OBJECT_ID(?)", name).fetchval() is not None
        if exists and not (append or overwrite):
            raise DataError(f"the table {target.table} exists: set overwrite=True, or append='rows'")
        if exists and not append:
            connection.execute(f"DROP TABLE {name}")
        if not (exists and append):
            connection.execute(f"CREATE TABLE {name} ({_definitions(frame)})")
        _insert(connection, name, frame)


def _fetch(cursor: pyodbc.Cursor, source: OdbcSource, rows: int) -> pd.DataFrame:
    import pandas as pd

    names = [column[0] for column in cursor.description or ()]
    kinds = [column[1] for column in cursor.description or ()]
    if not names:
        raise DataError("the query returns no columns")
    found: list[Sequence[Any]] = []
    while rows < 0 or len(found) < rows:
        size = source.rows_per_read if rows < 0 else min(source.rows_per_read, rows - len(found))
        block = cursor.fetchmany(size)
        found.extend(block)
        if len(block) < size:
            break
    values = list(zip(*found, strict=True)) or [()] * len(names)
    if len(set(names)) != len(names):
        raise DataError("the query returns two columns of the same name")
    return pd.DataFrame(
        {
            name: _column(one, kind, source.trim_space)
            for name, one, kind in zip(names, values, kinds, strict=True)
        }
    )


def _column(values: Sequence[Any], kind: type, trim_space: bool) -> pd.Series[Any]:
    """Numbers as numbers (decimals as float64, whole numbers with NULL too), dates as datetime64, texts as
    objects."""
    import pandas as pd

    missing = any(value is None for value in values)
    if kind.__name__ in {"Decimal", "float"} or (kind is int and missing):
        return pd.Series([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    if kind is int:
        return pd.Series(values, dtype=np.int64)
    if kind is bool and not missing:
        return pd.Series(values, dtype=bool)
    if kind.__name__ in {"datetime", "date"}:
        return pd.to_datetime(pd.Series(values, dtype=object))
    if trim_space and kind is str:
        values = [value if value is None else value.strip() for value in values]
    return pd.Series(values, dtype=object)


def _definitions(frame: pd.DataFrame) -> str:
    return ", ".join(f"{quote_name(str(name))} {_sql_type(frame[name])} NULL" for name in frame.columns)


def _sql_type(column: pd.Series[Any]) -> str:
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype):
        return "bit"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "bigint" if column.dtype.itemsize > 4 else "int"  # type: ignore[union-attr]
    if pd.api.types.is_float_dtype(column.dtype):
        return "float"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "datetime2"
    values = column.dropna()
    if len(values) and all(isinstance(value, (bytes, bytearray)) for value in values):
        return "varbinary(max)"
    longest = max((len(str(value)) for value in values), default=0)
    return f"nvarchar({_SHORT_TEXT if longest <= _SHORT_TEXT else 'max'})"


def _insert(connection: pyodbc.Connection, name: str, frame: pd.DataFrame) -> None:
    if not len(frame):
        return
    columns = ", ".join(quote_name(str(one)) for one in frame.columns)
    marks = ", ".join("?" for _ in frame.columns)
    rows = list(zip(*(_parameters(frame[one]) for one in frame.columns), strict=True))
    connection.cursor().executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", rows)


def _parameters(column: pd.Series[Any]) -> list[object]:
    """Python values with None; objects that are no texts or bytes go as their text."""
    import pandas as pd

    plain = pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype)
    values = [None if missing else value for value, missing in zip(column, column.isna(), strict=True)]
    if plain:
        return [value.item() if isinstance(value, np.generic) else _datetime(value) for value in values]
    return [
        value if value is None or isinstance(value, (bytes, bytearray)) else str(value) for value in values
    ]


def _datetime(value: object) -> object:
    return value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value
