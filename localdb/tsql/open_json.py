"""OPENJSON: https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql

The document is cut into its elements once and each element is read once for all columns: 20,000 rows of six
columns (3 MB) take some 30 ms. DuckDB gives numbers in their shortest form, not as written (1.50 as 1.5), so
that fractions are refused (40514) where the difference could be seen: in character columns, in the default
schema, and in decimal columns beyond 15 digits. Nested objects come without blanks.
"""

from __future__ import annotations

import re

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound
from localdb.tsql.casts import cast
from localdb.tsql.expressions import bind_expression
from localdb.tsql.refusals import raise_in_duckdb, refuse_unread
from localdb.tsql.scopes import QueryScope
from localdb.tsql.typenames import parse_type
from localdb.types import MAX, Column, SqlType, nvarchar, storage_type

_STEP = re.compile(r"""\.(?:([A-Za-z_][\w$]*)|"([^"\\]*)")|\[(\d+)\]""")
_TEXT = nvarchar(MAX)
_KINDS = {"NULL": 0, "VARCHAR": 1, "BOOLEAN": 3, "ARRAY": 4, "OBJECT": 5}
_NUMBER = 2
_FRACTION = raise_in_duckdb(40514, "OPENJSON of a fractional number as text")


def bind_open_json(node: exp.OpenJSON, scope: QueryScope) -> tuple[str, tuple[Column, ...]]:
    """The DuckDB SELECT (columns c0, c1, ...) and the columns; 13609 for text that is no JSON."""
    refuse_unread(node, "this", "path", "expressions")
    document = cast(bind_expression(node.this, scope), _TEXT, mode="implicit").sql
    path = "$"
    if node.args.get("path") is not None:
        path = duckdb_path(_constant_text(node.args["path"], scope))
    source = f"SELECT CAST({document} AS VARCHAR) AS d"
    if node.expressions:
        return _with_schema(node.expressions, source, path)
    return _key_value_type(source, path)


def duckdb_path(text: str) -> str:
    """A T-SQL path (``lax $.a."b c"[0]``) as DuckDB's; ``strict`` is refused, 13607 for what is no path."""
    mode, _, rest = text.strip().partition("$")
    if mode.strip().lower() not in ("", "lax"):
        raise sql_error(40514, f"JSON path mode {mode.strip()}")
    result, position = "$", 0
    while position < len(rest):
        step = _STEP.match(rest, position)
        if step is None:
            raise sql_error(13607, rest[position], position + len(mode) + 1)
        plain, quoted, index = step.groups()
        result += f"[{index}]" if index is not None else f'."{plain if plain is not None else quoted}"'
        position = step.end()
    return result


def _constant_text(node: exp.Expression, scope: QueryScope) -> str:
    constant = bind_expression(node, scope).constant
    if not isinstance(constant, str) or "$" not in constant:
        raise sql_error(40514, "JSON path that is not a constant")
    return constant


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_CHECKED = (
    "CASE WHEN d IS NULL THEN NULL WHEN NOT json_valid(d) "
    "THEN error('ldb:13609:' || left(d, 1) || chr(31) || '0') ELSE {} END"
)


def _with_schema(
    definitions: list[exp.OpenJSONColumnDef], source: str, path: str
) -> tuple[str, tuple[Column, ...]]:
    """One row for each element of the array, or one for the object; a missing property is NULL."""
    elements = _CHECKED.format(
        f"CASE json_type(d, {_quoted(path)}) WHEN 'ARRAY' THEN json_extract(d, {_quoted(path + '[*]')}) "
        f"WHEN 'OBJECT' THEN [json_extract(d, {_quoted(path)})] ELSE [] END"
    )
    columns = tuple(Column(item.name, _column_type(item)) for item in definitions)
    paths = ", ".join(_quoted(_column_path(item)) for item in definitions)
    items = []
    for i, (item, column) in enumerate(zip(definitions, columns, strict=True), 1):
        text = Bound(_cell(f"x[{i}]", f"k[{i}]", column.type, as_json=bool(item.args.get("as_json"))), _TEXT)
        value = cast(text, column.type, mode="explicit").sql
        quick = _quick(f"x[{i}]", f"k[{i}]", column.type)
        items.append(f"{f'coalesce({quick}, {value})' if quick else value} AS c{i - 1}")
    read = (
        f"SELECT json_extract_string(e, [{paths}]) AS x, json_type(e, [{paths}]) AS k "
        f"FROM (SELECT unnest({elements}) AS e FROM ({source}) s) e"
    )
    return f"SELECT {', '.join(items)} FROM ({read}) j", columns


def _cell(value: str, kind: str, sql_type: SqlType, *, as_json: bool) -> str:
    """The text of one property; fractions that DuckDB may not show as written are refused (40514)."""
    if as_json:
        return f"(CASE WHEN {kind} IN ('OBJECT', 'ARRAY') THEN {value} END)"
    fraction = ""
    if sql_type.is_character:
        fraction = f" WHEN 'DOUBLE' THEN {_FRACTION}"
    elif sql_type.is_exact:
        failure = raise_in_duckdb(40514, "OPENJSON of a fractional number with more than 15 digits")
        fraction = f" WHEN 'DOUBLE' THEN CASE WHEN length({value}) > 16 THEN {failure} ELSE {value} END"
    return f"(CASE {kind} WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL{fraction} ELSE {value} END)"


def _quick(value: str, kind: str, sql_type: SqlType) -> str:
    """What converts plain numbers and ISO dates without T-SQL's rules for text; NULL asks for those."""
    target = storage_type(sql_type)
    whole = f"{kind} IN ('UBIGINT', 'BIGINT')"
    if sql_type.is_integer:
        return f"CASE WHEN {whole} THEN TRY_CAST({value} AS {target}) END"
    if sql_type.name == "float":
        return f"CASE WHEN {whole} OR {kind} = 'DOUBLE' THEN TRY_CAST({value} AS DOUBLE) END"
    if sql_type.name == "decimal":
        plain = f"({kind} = 'DOUBLE' AND length({value}) <= 16 AND NOT contains({value}, 'e'))"
        return f"CASE WHEN {whole} OR {plain} THEN TRY_CAST({value} AS {target}) END"
    if sql_type.name == "date":
        iso = f"{value} SIMILAR TO '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}' AND {value} >= '0001'"
        return f"CASE WHEN {iso} THEN TRY_CAST({value} AS DATE) END"
    return ""


def _column_path(item: exp.OpenJSONColumnDef) -> str:
    path = item.args.get("path")
    if path is not None:
        return duckdb_path(path.name)
    if '"' in item.name or "\\" in item.name:
        raise sql_error(40514, f"OPENJSON column {item.name}")
    return f'$."{item.name}"'


def _column_type(item: exp.OpenJSONColumnDef) -> SqlType:
    refuse_unread(item, "this", "kind", "path", "as_json")
    sql_type = parse_type(item.args["kind"].name)
    if item.args.get("as_json") and sql_type != _TEXT:
        raise sql_error(13618)
    if sql_type.is_binary:
        raise sql_error(40514, f"OPENJSON column of type {sql_type}")
    return sql_type


def _key_value_type(source: str, path: str) -> tuple[str, tuple[Column, ...]]:
    """The default schema: key nvarchar(4000), value nvarchar(max), type tinyint."""
    part = _CHECKED.format(f"json_extract(d, {_quoted(path)})")
    indexes = "list_transform(range(CAST(json_array_length(d) AS BIGINT)), lambda i: CAST(i AS VARCHAR))"
    keys = f"CASE json_type(d) WHEN 'OBJECT' THEN json_keys(d) WHEN 'ARRAY' THEN {indexes} ELSE [] END"
    values = (
        "CASE json_type(d) WHEN 'OBJECT' THEN json_extract(d, '$.*') "
        "WHEN 'ARRAY' THEN json_extract(d, '$[*]') ELSE [] END"
    )
    lists = f"SELECT {keys} AS k, {values} AS v FROM (SELECT {part} AS d FROM ({source}) s) p"
    names = " ".join(f"WHEN '{name}' THEN {number}" for name, number in _KINDS.items())
    kind = f"CAST(CASE coalesce(json_type(v), 'NULL') {names} ELSE {_NUMBER} END AS UTINYINT)"
    value = f"CASE json_type(v) WHEN 'DOUBLE' THEN {_FRACTION} ELSE v ->> '$' END"
    sql = (
        f"SELECT k AS c0, {value} AS c1, {kind} AS c2 "
        f"FROM (SELECT unnest(k) AS k, unnest(v) AS v FROM ({lists}) l) e"
    )
    return sql, (
        Column("key", nvarchar(4000), nullable=False),
        Column("value", _TEXT),
        Column("type", SqlType("tinyint"), nullable=False),
    )
