"""Functions that choose among values: IIF, CHOOSE, COALESCE, ISNULL, NULLIF.

https://learn.microsoft.com/sql/t-sql/functions/logical-functions-choose-transact-sql and its neighbours
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from localdb.errors import sql_error
from localdb.tsql import casts, predicates, sqltext, typerules
from localdb.tsql.binding import Bound
from localdb.tsql.functions.registry import ANY_NUMBER, Call, Function, function
from localdb.types import BIGINT, INT, SMALLINT, TINYINT, storage_type


def united(values: Sequence[Bound], error: int) -> list[Bound]:
    """The values in their common type; ``error`` when every one is the constant NULL."""
    sql_type = typerules.common_type_of(values)
    if sql_type is None:
        raise sql_error(error)
    return [casts.cast(value, sql_type) for value in values]


def _iif(call: Call) -> Bound:
    test = call.condition(call.nodes[0])
    yes, no = united([call.arg(1), call.arg(2)], 8133)
    return Bound(f"CASE WHEN {test} THEN {yes.sql} ELSE {no.sql} END", yes.type, yes.nullable or no.nullable)


def _choose(call: Call) -> Bound:
    """The value at the 1-based index, NULL beyond the list."""
    index = call.number(0)
    values = united(call.args[1:], 8133)
    branches = " ".join(f"WHEN {i} THEN {value.sql}" for i, value in enumerate(values, 1))
    return Bound(f"CASE {index.sql} {branches} END", values[0].type, True)


def _coalesce(call: Call) -> Bound:
    values = united(call.args, 4127)
    return _first_known(values)


def _first_known(values: Sequence[Bound]) -> Bound:
    """coalesce(), whose later values are computed only where they are needed: DuckDB shares a text that
    occurs twice, and computes it for every row, unless it stands in a CASE."""
    texts = [values[0].sql]
    for value in values[1:]:
        plain = sqltext.is_simple(value.sql) or value.constant is not None
        texts.append(value.sql if plain else f"CASE WHEN {texts[0]} IS NULL THEN {value.sql} END")
    is_null = all(value.nullable for value in values)
    return Bound(f"coalesce({', '.join(texts)})", values[0].type, is_null)


def _isnull(call: Call) -> Bound:
    """The type is the first argument's; the second is converted to it, and cut to its length."""
    value, other = call.args
    if value.type is None:
        return other if other.type is not None else casts.cast(other, INT)
    return _first_known([value, casts.cast(other, value.type)])


def _nullif(call: Call) -> Bound:
    """The first argument's type; an int constant takes the least type that holds it."""
    value, other = call.args
    if value.type is None:
        raise sql_error(4151)
    if isinstance(value.constant, int) and value.type == INT:
        narrow = (
            TINYINT if 0 <= value.constant <= 255 else SMALLINT if -(2**15) <= value.constant < 2**15 else INT
        )
        value = Bound(f"CAST({value.sql} AS {storage_type(narrow)})", narrow, False)
    assert value.type is not None

    def body(v: str) -> str:
        test = predicates.compare("=", Bound(v, value.type), other)
        return f"CASE WHEN {test} THEN NULL ELSE {v} END"

    if other.sql.startswith("(SELECT"):
        return Bound(body(value.sql), value.type, True)
    return Bound(sqltext.let(value.sql, body), value.type, True)


def _bit_count(call: Call) -> Bound:
    value = call.arg(0)
    if value.type is None or not value.type.is_integer:
        raise call.invalid(0, value.type)
    return Bound(f"CAST(bit_count({value.sql}) AS BIGINT)", BIGINT, value.nullable)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "IIF": function(_iif, 3),
        "CHOOSE": function(_choose, 2, ANY_NUMBER),
        "COALESCE": function(_coalesce, 2, ANY_NUMBER),
        "ISNULL": function(_isnull, 2),
        "NULLIF": function(_nullif, 2),
        "BIT_COUNT": function(_bit_count, 1),
    }
)
