"""JSON functions on text: https://learn.microsoft.com/sql/t-sql/functions/json-functions-transact-sql

Only lax paths. DuckDB reads numbers as numbers and drops insignificant blanks; where its text is not in the
document as written, the functions refuse (40514) instead of answering with another text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from localdb.errors import sql_error
from localdb.tsql import sqltext
from localdb.tsql.binding import Bound
from localdb.tsql.functions.registry import Call, Function, function
from localdb.types import INT, MAX, nvarchar

_STEP = re.compile(r'\.(?:([A-Za-z_]\w*)|"((?:[^"\\]|\\.)*)")|\[(\d+)\]')


def json_path(path: str) -> str:
    """``lax $.a."b c"[0]`` as DuckDB's JSON path; 13607 for a path that is none, 40514 for strict ones."""
    text = path.strip()
    mode, _, rest = text.partition(" ")
    if mode.lower() == "strict":
        raise sql_error(40514, "strict JSON path")
    if mode.lower() == "lax":
        text = rest.strip()
    if not text.startswith("$"):
        raise sql_error(13607, text[:1], 0)
    steps, position = ["$"], 1
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise sql_error(13607, text[position], position)
        name = match.group(1) if match.group(1) is not None else match.group(2)
        steps.append(f"[{match.group(3)}]" if match.group(3) is not None else f'."{name}"')
        position = match.end()
    return "".join(steps)


def _path(call: Call, default: str | None = None) -> str:
    if not call.has(1):
        if default is None:
            raise sql_error(174, call.name.lower(), 2)
        return default
    constant = call.arg(1).constant
    if not isinstance(constant, str):
        raise sql_error(40514, f"{call.name} with a path that is no constant")
    return json_path(constant)


def _json_value(call: Call) -> Bound:
    """A string, number or boolean as text; NULL for an object, an array, and what is longer than 4000
    characters."""
    document, path = call.text(0), sqltext.text(_path(call))
    sql = sqltext.let(document.sql, lambda d: f"ldb_json_value({d}, {path})")
    return Bound(sql, nvarchar(4000), True)


def _json_query(call: Call) -> Bound:
    """An object or an array as text; NULL for anything else."""
    document, path = call.text(0), _path(call, "$")
    macro = "ldb_json_document" if path == "$" else "ldb_json_query"
    more = "" if path == "$" else f", {sqltext.text(path)}"
    sql = sqltext.let(document.sql, lambda d: f"{macro}({d}{more})")
    return Bound(sql, nvarchar(MAX), True)


def _isjson(call: Call) -> Bound:
    """1 for a JSON object or array."""
    value = call.arg(0)
    if value.type is None:
        return Bound("CAST(NULL AS INTEGER)", INT, True)
    if not value.type.is_character:
        raise call.invalid(0, value.type)
    return Bound(sqltext.let(value.sql, lambda v: f"ldb_isjson({v})"), INT, value.nullable)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "JSON_VALUE": function(_json_value, 2),
        "JSON_QUERY": function(_json_query, 1, 2),
        "ISJSON": function(_isjson, 1),
    }
)
