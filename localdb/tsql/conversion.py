"""One conversion in progress, as the modules cast_* see it."""

from __future__ import annotations

from dataclasses import dataclass

from localdb.tsql import sqltext
from localdb.tsql.binding import Bound
from localdb.types import SqlType, storage_type


@dataclass(frozen=True, slots=True)
class Conversion:
    """``source`` is the type of ``bound``; ``mode`` is one of implicit, explicit, try, assign."""

    bound: Bound
    source: SqlType
    to: SqlType
    mode: str
    table: str = ""
    column: str = ""
    style: int | None = None

    @property
    def sql(self) -> str:
        return self.bound.sql

    @property
    def storage(self) -> str:
        return storage_type(self.to)

    @property
    def is_try(self) -> bool:
        return self.mode == "try"

    def native(self, sql: str | None = None, storage: str | None = None) -> str:
        """DuckDB's own cast; its overflow error is translated by ``engine.duck_errors``."""
        word = "TRY_CAST" if self.is_try else "CAST"
        return f"{word}({sql or self.sql} AS {storage or self.storage})"

    def attempt(self, macro: str, number: int, *arguments: str, sql: str | None = None) -> str:
        """``macro(value)``, which is NULL for what it cannot convert: then error ``number``, or NULL in
        mode try.

        An argument ``$value`` stands for the value itself; the others are DuckDB SQL.
        """
        value = sql or self.sql
        call = "{}({})" if "{" not in macro else macro
        if self.is_try:
            return sqltext.let(value, lambda v: _call(call, macro, v))

        def guarded(v: str) -> str:
            texts = [v if argument == "$value" else argument for argument in arguments]
            failure = sqltext.raise_error(number, *texts)
            return f"coalesce({_call(call, macro, v)}, CASE WHEN {v} IS NOT NULL THEN {failure} END)"

        return sqltext.let(value, guarded)


def _call(call: str, macro: str, value: str) -> str:
    return macro.replace("{}", value) if "{" in macro else f"{macro}({value})"
