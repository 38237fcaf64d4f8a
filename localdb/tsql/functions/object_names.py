"""Functions of object names: QUOTENAME and PARSENAME.

https://learn.microsoft.com/sql/t-sql/functions/quotename-transact-sql
https://learn.microsoft.com/sql/t-sql/functions/parsename-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from localdb.errors import sql_error
from localdb.tsql import casts, sqltext, utf16
from localdb.tsql.binding import Bound
from localdb.tsql.functions.registry import Call, Function, function
from localdb.types import nvarchar

_PAIRS = ("[]", "()", "<>", "{}", "''", '""', "``")
_QUOTES = MappingProxyType({quote: pair for pair in _PAIRS for quote in pair})


def _quotename(call: Call) -> Bound:
    """NULL for a name of more than 128 characters and for an unknown quote."""
    value = call.text(0)
    quote = call.text(1).constant if call.has(1) else "["
    if not isinstance(quote, str):
        raise sql_error(40514, "QUOTENAME with a quote that is no constant")
    pair = _QUOTES.get(quote[:1])
    if pair is None:
        return Bound("CAST(NULL AS VARCHAR)", nvarchar(258), True)
    opening, closing = (sqltext.text(character) for character in pair)
    doubled = sqltext.text(pair[1] * 2)
    inner = "replace({v}, " + f"{closing}, {doubled})"
    result = nvarchar(258)
    sql = sqltext.let(
        value.sql,
        lambda v: (
            f"CASE WHEN {utf16.length(v, result)} <= 128 "
            f"THEN {opening} || {inner.replace('{v}', v)} || {closing} END"
        ),
    )
    return Bound(sql, result, True)


def _parsename(call: Call) -> Bound:
    """Part 1 (the object) to 4 (the server) of a name; NULL where it has no such part or is no name."""
    name, part = casts.cast(call.text(0), nvarchar(4000)), call.number(1)
    return Bound(f"ldb_part_of_name({name.sql}, {part.sql})", nvarchar(128), True)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {"QUOTENAME": function(_quotename, 1, 2), "PARSENAME": function(_parsename, 2)}
)
