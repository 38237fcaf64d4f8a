"""Bulk load through plain ODBC: chunks of rows as one JSON parameter, unpacked by OPENJSON on the server.

It works the same with every driver and server from SQL Server 2016 on, and needs neither BULK INSERT's file
access nor a driver's own copy protocol.
"""

from __future__ import annotations

import pandas as pd

from db.connection import Connection, quote_name
from db.errors import DeploymentError

CHUNK_ROWS = 10_000


class TableLoader:
    """Inserts DataFrames into one table of schema dbo; the caller holds the transaction."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._connection = connection
        self._table = table
        self._types = _column_types(connection, table)

    def insert(self, frame: pd.DataFrame) -> None:
        """Insert all rows of ``frame``, whose columns are columns of the table; the others become NULL."""
        unknown = [name for name in frame.columns if name not in self._types]
        if unknown:
            raise DeploymentError(f"dbo.{self._table} has no column {', '.join(unknown)}")
        sql = self._statement([str(name) for name in frame.columns])
        for start in range(0, len(frame), CHUNK_ROWS):
            chunk = frame.iloc[start : start + CHUNK_ROWS]
            self._connection.run(sql, [chunk.to_json(orient="values", date_format="iso")])

    def empty(self) -> None:
        """Delete all rows."""
        self._connection.run(f"TRUNCATE TABLE dbo.{quote_name(self._table)}")

    def _statement(self, columns: list[str]) -> str:
        names = ", ".join(quote_name(name) for name in columns)
        typed = ", ".join(
            f"{quote_name(name)} {self._types[name]} '$[{index}]'" for index, name in enumerate(columns)
        )
        return (
            f"INSERT INTO dbo.{quote_name(self._table)} ({names}) "
            f"SELECT {names} FROM OPENJSON(?) WITH ({typed})"
        )


def _column_types(connection: Connection, table: str) -> dict[str, str]:
    rows = connection.rows(
        "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE "
        "FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'dbo' AND TABLE_NAME = ? "
        "ORDER BY ORDINAL_POSITION",
        [table],
    )
    if not rows:
        raise DeploymentError(f"there is no table dbo.{table}")
    return {str(row[0]): _type_text(*row[1:]) for row in rows}


def _type_text(name: str, length: int | None, precision: int | None, scale: int | None) -> str:
    if name in {"decimal", "numeric"}:
        return f"{name}({precision}, {scale})"
    if length is not None:
        return f"{name}({'max' if length == -1 else length})"
    return name
