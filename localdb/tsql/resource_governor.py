"""EXTERNAL RESOURCE POOL, WORKLOAD GROUP and ALTER RESOURCE GOVERNOR.

https://learn.microsoft.com/sql/t-sql/statements/create-external-resource-pool-transact-sql
https://learn.microsoft.com/sql/t-sql/statements/create-workload-group-transact-sql
https://learn.microsoft.com/sql/t-sql/statements/alter-resource-governor-transact-sql

Errors beside those of syntax: 1039 an option given twice, 1080 a number out of its range, 40514 a classifier
function, 40517 an option that only SQL Server has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.ast_governor import (
    Affinity,
    AlterExternalResourcePool,
    AlterResourceGovernor,
    AlterWorkloadGroup,
    CreateExternalResourcePool,
    CreateWorkloadGroup,
    DropExternalResourcePool,
    DropWorkloadGroup,
    GroupOptions,
    PoolOptions,
)
from localdb.tsql.cursor import Cursor
from localdb.tsql.lexer import Kind

_LARGEST = 2**31 - 1
_POOL_NUMBERS = {"MAX_CPU_PERCENT": (1, 100), "MAX_MEMORY_PERCENT": (1, 100), "MAX_PROCESSES": (0, _LARGEST)}
_GROUP_NUMBERS = {
    "REQUEST_MAX_CPU_TIME_SEC": (0, _LARGEST),
    "REQUEST_MEMORY_GRANT_TIMEOUT_SEC": (0, _LARGEST),
    "MAX_DOP": (0, 64),
    "GROUP_MAX_REQUESTS": (0, _LARGEST),
}
_MEMORY_GRANT = "REQUEST_MAX_MEMORY_GRANT_PERCENT"


def parse_create_governed(cursor: Cursor, line: int) -> ast.Statement | None:
    """What follows CREATE; None when it is none of ours."""
    if cursor.accept("EXTERNAL", "RESOURCE", "POOL"):
        return CreateExternalResourcePool(line, cursor.identifier(), _pool_options(cursor))
    if cursor.accept("WORKLOAD", "GROUP"):
        return CreateWorkloadGroup(line, cursor.identifier(), _group_options(cursor))
    return None


def parse_alter_governed(cursor: Cursor, line: int) -> ast.Statement | None:
    """What follows ALTER; None when it is none of ours."""
    if cursor.accept("EXTERNAL", "RESOURCE", "POOL"):
        return AlterExternalResourcePool(line, cursor.identifier(), _pool_options(cursor))
    if cursor.accept("WORKLOAD", "GROUP"):
        return AlterWorkloadGroup(line, cursor.identifier(), _group_options(cursor))
    if cursor.accept("RESOURCE", "GOVERNOR"):
        return AlterResourceGovernor(line, _governor_action(cursor))
    return None


def parse_drop_governed(cursor: Cursor, line: int) -> ast.Statement | None:
    """What follows DROP; None when it is none of ours."""
    if cursor.accept("EXTERNAL", "RESOURCE", "POOL"):
        return DropExternalResourcePool(line, cursor.identifier())
    if cursor.accept("WORKLOAD", "GROUP"):
        return DropWorkloadGroup(line, cursor.identifier())
    return None


def _governor_action(cursor: Cursor) -> str:
    if cursor.accept("RESET", "STATISTICS"):
        return "RESET STATISTICS"
    if not cursor.accept("WITH"):
        return cursor.expect_any("RECONFIGURE", "DISABLE")
    cursor.expect("(")
    if cursor.at("MAX_OUTSTANDING_IO_PER_VOLUME"):
        raise cursor.unsupported_option("MAX_OUTSTANDING_IO_PER_VOLUME")
    cursor.expect("CLASSIFIER_FUNCTION", "=")
    if not cursor.accept("NULL"):
        name = cursor.object_name()
        raise sql_error(40514, f"CLASSIFIER_FUNCTION = {name}", line=cursor.line)
    cursor.expect(")")
    return "CLASSIFIER_FUNCTION"


def _pool_options(cursor: Cursor) -> PoolOptions:
    given: dict[str, Any] = {}
    if cursor.accept("WITH"):
        cursor.expect("(")
        while True:
            option = cursor.expect_any("AFFINITY", *_POOL_NUMBERS)
            _refuse_twice(cursor, option, given)
            given[option.lower()] = (
                _affinity(cursor) if option == "AFFINITY" else _limited(cursor, option, _POOL_NUMBERS)
            )
            if not cursor.accept(","):
                break
        cursor.expect(")")
    return PoolOptions(**given)


def _refuse_twice(cursor: Cursor, option: str, given: Mapping[str, Any]) -> None:
    if option.lower() in given:
        raise sql_error(1039, option, line=cursor.line)


def _limited(cursor: Cursor, option: str, ranges: Mapping[str, tuple[int, int]]) -> int:
    cursor.expect("=")
    line, number = cursor.line, _integer(cursor)
    lowest, highest = ranges[option]
    if not lowest <= number <= highest:
        raise sql_error(1080, option, line=line)
    return number


def _integer(cursor: Cursor) -> int:
    token = cursor.current
    if token.kind is not Kind.NUMBER or not token.text.isdigit():
        raise cursor.syntax_error()
    return int(cursor.advance().text)


def _affinity(cursor: Cursor) -> Affinity:
    kind = cursor.expect_any("CPU", "NUMANODE")
    cursor.expect("=")
    if kind == "CPU" and cursor.accept("AUTO"):
        return Affinity(kind, ())
    cursor.expect("(")
    ranges = [_range(cursor)]
    while cursor.accept(","):
        ranges.append(_range(cursor))
    cursor.expect(")")
    return Affinity(kind, tuple(ranges))


def _range(cursor: Cursor) -> tuple[int, int]:
    """``n`` or ``n TO m``; 10924 when m is not the larger one."""
    line, first = cursor.line, _integer(cursor)
    if not cursor.accept("TO"):
        return first, first
    last = _integer(cursor)
    if last <= first:
        raise sql_error(10924, first, last, line=line)
    return first, last


def _group_options(cursor: Cursor) -> GroupOptions:
    given: dict[str, Any] = {}
    if cursor.accept("WITH"):
        cursor.expect("(")
        while True:
            option = _group_option(cursor)
            _refuse_twice(cursor, option, given)
            given[option.lower()] = _group_value(cursor, option)
            if not cursor.accept(","):
                break
        cursor.expect(")")
    if cursor.accept("USING"):
        _pools(cursor, given)
    return GroupOptions(**given)


def _group_option(cursor: Cursor) -> str:
    if cursor.at_any("GROUP_MAX_TEMPDB_DATA_MB", "GROUP_MAX_TEMPDB_DATA_PERCENT"):
        raise cursor.unsupported_option(cursor.current.word)
    return cursor.expect_any("IMPORTANCE", _MEMORY_GRANT, *_GROUP_NUMBERS)


def _group_value(cursor: Cursor, option: str) -> str | int | float:
    if option not in ("IMPORTANCE", _MEMORY_GRANT):
        return _limited(cursor, option, _GROUP_NUMBERS)
    cursor.expect("=")
    if option == "IMPORTANCE":
        return cursor.expect_any("LOW", "MEDIUM", "HIGH").capitalize()
    if cursor.current.kind is not Kind.NUMBER:
        raise cursor.syntax_error()
    line, percent = cursor.line, float(cursor.advance().text)
    if not 1 <= percent <= 100:
        raise sql_error(1080, option, line=line)
    return percent


def _pools(cursor: Cursor, given: dict[str, Any]) -> None:
    """``pool [, EXTERNAL pool]``, in either order."""
    while True:
        part = "external_pool" if cursor.accept("EXTERNAL") else "pool"
        if part in given:
            raise cursor.syntax_error()
        given[part] = cursor.identifier()
        if not cursor.accept(","):
            return
