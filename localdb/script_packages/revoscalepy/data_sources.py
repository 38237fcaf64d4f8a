"""Data sources: where data come from and go to. Nothing is opened before a function reads or writes.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rxsqlserverdata and
rxodbcdata.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from .column_info import ColumnInfo, column_infos
from .connection_strings import with_values
from .errors import DataError, NotSupportedError
from .options import check_options


class RxDataSource:
    """The base of all data sources."""


@dataclass
class OdbcSource(RxDataSource):
    """A table or a query behind a connection string."""

    connection_string: str = field(repr=False)  # it may hold a password
    table: str | None
    sql_query: str | None
    string_as_factors: bool
    column_info: Mapping[str, ColumnInfo]
    rows_per_read: int
    trim_space: bool = False
    write_factors_as_indexes: bool = field(default=False)

    def __post_init__(self) -> None:
        if not self.connection_string:
            raise DataError("a data source needs a connection_string")
        if (self.table is None) == (self.sql_query is None):
            raise DataError("a data source needs either a table or an sql_query")
        if self.rows_per_read < 1:
            raise DataError("rows_per_read must be at least 1")
        if self.write_factors_as_indexes:
            raise NotSupportedError("write_factors_as_indexes is not supported: factors are written as texts")


class RxSqlServerData(OdbcSource):
    """A table or query of a SQL Server."""

    def __init__(
        self,
        connection_string: str | None = None,
        table: str | None = None,
        sql_query: str | None = None,
        row_buffering: bool = True,
        return_data_frame: bool = True,
        string_as_factors: bool = False,
        column_classes: Mapping[str, str] | None = None,
        column_info: Mapping[str, Mapping[str, object]] | None = None,
        rows_per_read: int = 50000,
        verbose: bool = False,
        use_fast_read: bool = True,
        server: str | None = None,
        database_name: str | None = None,
        user: str | None = None,
        password: str | None = None,
        write_factors_as_indexes: bool = False,
        **options: object,
    ) -> None:
        named = {"Server": server, "Database": database_name, "UID": user, "PWD": password}
        super().__init__(
            with_values(connection_string or "", named),
            table,
            sql_query,
            bool(string_as_factors or _other_spelling(options)),
            column_infos(column_classes, column_info),
            rows_per_read,
            write_factors_as_indexes=write_factors_as_indexes,
        )


class RxOdbcData(OdbcSource):
    """A table or query of any ODBC source."""

    def __init__(
        self,
        connection_string: str | None = None,
        table: str | None = None,
        sql_query: str | None = None,
        dbms_name: str | None = None,
        database_name: str | None = None,
        use_fast_read: bool = True,
        trim_space: bool = True,
        row_buffering: bool = True,
        return_data_frame: bool = True,
        string_as_factors: bool = False,
        column_classes: Mapping[str, str] | None = None,
        column_info: Mapping[str, Mapping[str, object]] | None = None,
        rows_per_read: int = 500000,
        verbose: int = 0,
        write_factors_as_indexes: bool = False,
        **options: object,
    ) -> None:
        super().__init__(
            with_values(connection_string or "", {"Database": database_name}),
            table,
            sql_query,
            bool(string_as_factors or _other_spelling(options)),
            column_infos(column_classes, column_info),
            rows_per_read,
            trim_space=trim_space,
            write_factors_as_indexes=write_factors_as_indexes,
        )


class RxXdfData(RxDataSource):
    """Refused: .xdf is a file format of Microsoft's that is not published."""

    def __init__(self, *_: object, **__: object) -> NoReturn:
        raise NotSupportedError(
            "RxXdfData: .xdf files are not supported; use a data frame or RxSqlServerData"
        )


def _other_spelling(options: dict[str, object]) -> bool:
    """Microsoft's samples also write ``strings_as_factors`` and ``stringsAsFactors``."""
    found = [options.pop(name) for name in ("strings_as_factors", "stringsAsFactors") if name in options]
    check_options("the data source", options, {})
    return any(found)
