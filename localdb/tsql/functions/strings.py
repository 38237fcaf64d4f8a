"""String functions: https://learn.microsoft.com/sql/t-sql/functions/string-functions-transact-sql

Characters of nvarchar are counted in UTF-16 units (``utf16``); only LIKE and PATINDEX match code points.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from localdb.errors import sql_error
from localdb.tsql import casts, sqltext, typerules, utf16
from localdb.tsql.binding import Bound
from localdb.tsql.functions.registry import Call, Function, container, function, limited, nullable, text_width
from localdb.tsql.like_patterns import re_quote
from localdb.tsql.patindex import patindex
from localdb.types import BIGINT, INT, MAX, SqlType, nvarchar, varbinary, varchar


def _counted(sql: str, subject: Bound, is_null: bool) -> Bound:
    """A position or a length: bigint for (max) types, else int."""
    sql_type = BIGINT if subject.type is not None and subject.type.length == MAX else INT
    return Bound(f"CAST({sql} AS {'BIGINT' if sql_type == BIGINT else 'INTEGER'})", sql_type, is_null)


def _len(call: Call) -> Bound:
    value = call.arg(0)
    if value.type is not None and value.type.is_binary:
        return _counted(f"octet_length({value.sql})", value, value.nullable)
    value = call.text(0)
    return _counted(utf16.length(f"rtrim({value.sql}, ' ')", value.type), value, value.nullable)


_SIZES = MappingProxyType(
    {
        "bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8, "real": 4, "float": 8, "money": 8,
        "smallmoney": 4, "date": 3, "datetime": 8, "smalldatetime": 4, "uniqueidentifier": 16,
    }
)  # fmt: skip


def _datalength(call: Call) -> Bound:
    value = call.arg(0)
    if value.type is None:
        return Bound("CAST(NULL AS INTEGER)", INT, True)
    if value.type.is_character:
        size = 2 if value.type.is_unicode else 1
        return _counted(f"{size} * {utf16.length(value.sql, value.type)}", value, value.nullable)
    if value.type.is_binary:
        return _counted(f"octet_length({value.sql})", value, value.nullable)
    size_of = str(_fixed_size(value.type))
    return Bound(f"CASE WHEN {value.sql} IS NOT NULL THEN {size_of} END", INT, value.nullable)


def _fixed_size(sql_type: SqlType) -> int:
    """Bytes of a value, as the data types' own pages give them."""
    if sql_type.name == "decimal":
        precision = sql_type.precision or 38
        return 5 if precision <= 9 else 9 if precision <= 19 else 13 if precision <= 28 else 17
    if sql_type.name in ("time", "datetime2", "datetimeoffset"):
        scale = 7 if sql_type.scale is None else sql_type.scale
        time_size = 3 if scale <= 2 else 4 if scale <= 4 else 5
        return time_size + {"time": 0, "datetime2": 3, "datetimeoffset": 5}[sql_type.name]
    return _SIZES[sql_type.name]


def _length_argument(call: Call, index: int, number: int) -> Bound:
    """A length, which must not be negative (``number``)."""
    length = call.number(index, BIGINT if call.arg(index).type == BIGINT else INT)
    constant = call.arg(index).constant
    if isinstance(constant, int):
        if constant < 0:
            raise sql_error(number, call.name.lower())
        return Bound(length.sql, length.type, length.nullable, constant)
    failure = sqltext.raise_error(number, sqltext.text(call.name.lower()))
    guard = sqltext.let(length.sql, lambda v: f"CASE WHEN {v} < 0 THEN {failure} ELSE {v} END")
    return Bound(guard, length.type, length.nullable)


def _left_right(call: Call) -> Bound:
    value = call.arg(0)
    length = _length_argument(call, 1, 537 if call.name == "LEFT" else 536)
    if value.type is not None and value.type.is_binary:
        raise call.invalid(0, value.type)
    value = call.text(0)
    result = _shortened(value, length.constant)
    side = call.name.lower()
    part = f"{side}({utf16.units(value.sql, value.type)}, {length.sql})"
    return Bound(utf16.text(part, value.type), result, nullable(value, length))


def _shortened(value: Bound, length: object) -> SqlType:
    """The variable-length type of a part of ``value``, at most ``length`` characters when that is
    constant."""
    assert value.type is not None
    if value.type.length == MAX:
        return container(value.type)
    size = value.type.length or 1
    return container(value.type, length=min(size, length) if isinstance(length, int) else size)


def _substring(call: Call) -> Bound:
    value = call.arg(0)
    if value.type is not None and not (value.type.is_character or value.type.is_binary):
        raise call.invalid(0, value.type)
    if not call.has(2):
        raise sql_error(174, "substring", 3)
    start = call.number(1, BIGINT if call.arg(1).type == BIGINT else INT)
    length = _length_argument(call, 2, 537)
    binary = value.type is not None and value.type.is_binary
    text = value if binary else call.text(0)
    is_null = nullable(text, start, length)
    at_least_one = isinstance(call.arg(1).constant, int) and int(str(call.arg(1).constant)) >= 1
    slicer = "ldb_binary_slice" if binary else "substring"
    units = utf16.units(text.sql, text.type)
    if at_least_one:
        sql = f"{slicer}({units}, {start.sql}, {length.sql})"
    else:
        sql = sqltext.let_all(
            [units, f"CAST({start.sql} AS BIGINT)", f"CAST({length.sql} AS BIGINT)"],
            lambda x, s, n: f"{slicer}({x}, greatest({s}, 1), greatest({n} + least({s} - 1, 0), 0))",
        )
        sql = f"CASE WHEN {start.sql} IS NOT NULL AND {length.sql} IS NOT NULL THEN {sql} END"
    if binary:
        assert value.type is not None
        size = value.type.length if not isinstance(length.constant, int) else max(length.constant, 1)
        return Bound(sql, varbinary(size or 1) if value.type.length != MAX else varbinary(MAX), is_null)
    return Bound(utf16.text(sql, text.type), _shortened(text, length.constant), is_null)


def _charindex(call: Call) -> Bound:
    wanted, value = call.text(0), call.text(1)
    is_null = nullable(wanted, value)
    x, w = (f"lower({utf16.units(bound.sql, bound.type)})" for bound in (value, wanted))
    if not call.has(2):
        sql = f"ldb_position({x}, {w})"
    else:
        start = call.number(2, BIGINT)
        is_null = is_null or start.nullable
        sql = f"ldb_position_from({x}, {w}, {start.sql})"
    return _counted(sql, value, is_null)


def _replace(call: Call) -> Bound:
    """The text is found in either case. A constant one is a constant regular expression."""
    value, wanted, other = call.text(0), call.text(1), call.text(2)
    result = container(value.type, wanted.type, other.type)
    if not isinstance(wanted.constant, str):
        sql = f"ldb_replace({value.sql}, {wanted.sql}, {other.sql})"
    elif wanted.constant == "":
        sql = f"CASE WHEN {other.sql} IS NOT NULL THEN {value.sql} END"
    elif wanted.constant.lower() == wanted.constant.upper():
        sql = f"replace({value.sql}, {wanted.sql}, {other.sql})"
    else:
        regex = sqltext.text("(?i)" + "".join(re_quote(character) for character in wanted.constant))
        sql = f"regexp_replace({value.sql}, {regex}, {_literal_replacement(other)}, 'g')"
    return Bound(limited(sql, result), result, nullable(value, wanted, other))


def _literal_replacement(other: Bound) -> str:
    """The replacement of a regular expression, in which a backslash would mean a group."""
    if isinstance(other.constant, str):
        return sqltext.text(other.constant.replace("\\", "\\\\"))
    return f"replace({other.sql}, '\\', '\\\\')"


def _replicate(call: Call) -> Bound:
    value = call.text(0)
    count = call.number(1)
    constant = call.arg(1).constant
    size = (value.type.length or 1) * constant if value.type and isinstance(constant, int) else None
    result = container(value.type, length=size)
    limit = 4000 if result.is_unicode else 8000
    text = value.sql if result.length == MAX else utf16.left(value.sql, result, limit)
    counted = count.sql if result.length == MAX else f"least({count.sql}, {limit})"
    sql = limited(f"repeat({text}, {counted})", result, size)
    return Bound(f"CASE WHEN {count.sql} >= 0 THEN {sql} END", result, True)


def _space(call: Call) -> Bound:
    count, constant = call.number(0), call.arg(0).constant
    result = varchar(max(1, min(constant, 8000)) if isinstance(constant, int) else 8000)
    return Bound(f"CASE WHEN {count.sql} >= 0 THEN repeat(' ', least({count.sql}, 8000)) END", result, True)


def _stuff(call: Call) -> Bound:
    value, other = call.text(0), call.text(3)
    start, length = call.number(1, BIGINT), call.number(2, BIGINT)
    result = container(value.type, other.type)
    inserted = utf16.units(other.sql, result)
    sql = sqltext.let_all(
        [utf16.units(value.sql, result), start.sql, length.sql, f"coalesce({inserted}, '')"],
        lambda x, s, n, r: (
            f"CASE WHEN {s} BETWEEN 1 AND length({x}) AND {n} >= 0 "
            f"THEN left({x}, {s} - 1) || {r} || substring({x}, {s} + {n}) END"
        ),
    )
    return Bound(limited(utf16.text(sql, result), result), result, True)


def _case(call: Call) -> Bound:
    value = call.text(0)
    assert value.type is not None
    result = container(value.type, length=value.type.length)
    sql = f"replace(upper({value.sql}), 'ẞ', 'ß')" if call.name == "UPPER" else f"lower({value.sql})"
    return Bound(sql, result, value.nullable)


def _trim(call: Call) -> Bound:
    value = call.text(0)
    assert value.type is not None
    side = call.name
    if call.has(2):
        side = {"LEADING": "LTRIM", "TRAILING": "RTRIM", "BOTH": "TRIM"}[call.nodes[2].name]
    result = container(value.type, length=value.type.length)
    if not call.has(1):
        return Bound(f"{side.lower()}({value.sql}, ' ')", result, value.nullable)
    characters = call.text(1)
    if not isinstance(characters.constant, str):
        raise sql_error(40514, f"{call.name} of characters that are no constant")
    if max(characters.constant, default="") > "\uffff":
        raise sql_error(40514, f"{call.name} of surrogate pairs")
    folded = characters.constant + characters.constant.swapcase()
    return Bound(f"{side.lower()}({value.sql}, {sqltext.text(folded)})", result, value.nullable)


def _concat_parts(call: Call, first: int) -> tuple[list[Bound], SqlType]:
    parts = []
    for value in call.args[first:]:
        if value.type is None:
            value = casts.cast(value, varchar(1))
        assert value.type is not None
        if value.type.is_binary:
            raise sql_error(257, value.type.name, "varchar")
        if not value.type.is_character:
            value = casts.cast(value, varchar(text_width(value.type)), mode="explicit")
        parts.append(value)
    total = sum((part.type.length or 1) for part in parts if part.type is not None)
    return parts, container(*(part.type for part in parts), length=total)


def _concat(call: Call) -> Bound:
    """NULL counts as ''; the result is never NULL."""
    parts, result = _concat_parts(call, 0)
    texts = [f"coalesce({part.sql}, '')" if part.nullable else part.sql for part in parts]
    total = sum((part.type.length or 1) for part in parts if part.type is not None)
    return Bound(limited(f"({' || '.join(texts)})", result, total), result, False)


def _concat_ws(call: Call) -> Bound:
    """NULL values are left out; a NULL separator is ''."""
    parts, result = _concat_parts(call, 0)
    separator, *values = parts
    sep = f"coalesce({separator.sql}, '')" if separator.nullable else separator.sql
    result = container(*(part.type for part in parts))
    sql = f"concat_ws({sep}, {', '.join(value.sql for value in values)})"
    return Bound(limited(sql, result), result, False)


def _reverse(call: Call) -> Bound:
    value = call.text(0)
    assert value.type is not None
    sql = utf16.text(f"ldb_reverse({utf16.units(value.sql, value.type)})", value.type)
    return Bound(sql, container(value.type, length=value.type.length), value.nullable)


def _char(call: Call) -> Bound:
    code = call.number(0)
    sql = sqltext.let(code.sql, lambda v: f"CASE WHEN {v} BETWEEN 0 AND 255 THEN ldb_codepage_char({v}) END")
    return Bound(sql, SqlType("char", length=1), True)


def _nchar(call: Call) -> Bound:
    code = call.number(0)
    sql = sqltext.let(code.sql, lambda v: f"ldb_unit_char({v})")
    return Bound(sql, SqlType("nchar", length=1), True)


def _ascii(call: Call) -> Bound:
    value = call.text(0)
    sql = sqltext.let(value.sql, lambda v: f"CASE WHEN {v} <> '' THEN ldb_codepage_code(left({v}, 1)) END")
    return Bound(f"CAST({sql} AS INTEGER)", INT, True)


def _unicode(call: Call) -> Bound:
    value = call.text(0)
    sql = sqltext.let(value.sql, lambda v: f"CASE WHEN {v} <> '' THEN ldb_first_unit(unicode({v})) END")
    return Bound(sql, INT, True)


def _str(call: Call) -> Bound:
    """STR(number [, length [, decimals]]): right-justified, asterisks where the integral part does not
    fit."""
    value = casts.cast(call.arg(0), SqlType("float"))
    options = [call.arg(i).constant if call.has(i) else default for i, default in ((1, 10), (2, 0))]
    if not all(isinstance(option, int) for option in options):
        raise sql_error(40514, "STR with a length that is no constant")
    length, decimals = int(str(options[0])), min(int(str(options[1])), 16)
    if length < 0 or decimals < 0:
        return Bound("CAST(NULL AS VARCHAR)", varchar(1), True)
    return Bound(f"ldb_str({value.sql}, {length}, {decimals})", varchar(max(length, 1)), value.nullable)


def _translate(call: Call) -> Bound:
    value = call.text(0)
    source, target = call.text(1).constant, call.text(2).constant
    if not isinstance(source, str) or not isinstance(target, str):
        raise sql_error(40514, "TRANSLATE with characters that are no constant")
    if max(source + target, default="") > "\uffff":
        raise sql_error(40514, "TRANSLATE of surrogate pairs")
    if len(source) != len(target):
        raise sql_error(9828)
    mapping: dict[str, str] = {}
    for old, new in zip(source, target, strict=True):
        for variant in (old.lower(), old.upper()):
            if len(variant) == 1:
                mapping.setdefault(variant, new)
    old_text, new_text = sqltext.text("".join(mapping)), sqltext.text("".join(mapping.values()))
    result = container(value.type)
    return Bound(f"translate({value.sql}, {old_text}, {new_text})", result, value.nullable)


def _patindex(call: Call) -> Bound:
    return _counted(patindex(call.text(0), call.text(1)), call.text(1), nullable(call.text(0), call.text(1)))


def _string_escape(call: Call) -> Bound:
    value, kind = call.text(0), call.text(1).constant
    if not isinstance(kind, str) or kind.lower() != "json":
        raise sql_error(40514, "STRING_ESCAPE of a type other than 'json'")
    return Bound(f"ldb_json_escape({value.sql})", nvarchar(MAX), value.nullable)


def _hashbytes(call: Call) -> Bound:
    """MD5, SHA1, SHA2_256 of the value's bytes: cp1252 for varchar, UTF-16LE for nvarchar."""
    algorithm, value = call.text(0).constant, call.arg(1)
    if not isinstance(algorithm, str):
        raise sql_error(40514, "HASHBYTES with an algorithm that is no constant")
    functions = {"md5": ("md5", 16), "sha": ("sha1", 20), "sha1": ("sha1", 20), "sha2_256": ("sha256", 32)}
    known = functions.get(algorithm.lower())
    if known is None:
        raise sql_error(40514, f"HASHBYTES algorithm {algorithm}")
    if value.type is None:
        return Bound("CAST(NULL AS BLOB)", varbinary(8000), True)
    if not (value.type.is_character or value.type.is_binary):
        raise sql_error(8116, typerules.message_name(value.type), 2, "hashbytes")
    data = casts.cast(value, varbinary(MAX), mode="explicit")
    return Bound(f"unhex({known[0]}({data.sql}))", varbinary(8000), value.nullable)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "LEN": function(_len, 1),
        "DATALENGTH": function(_datalength, 1),
        "LEFT": function(_left_right, 2),
        "RIGHT": function(_left_right, 2),
        "SUBSTRING": function(_substring, 2, 3),
        "CHARINDEX": function(_charindex, 2, 3),
        "PATINDEX": function(_patindex, 2),
        "REPLACE": function(_replace, 3),
        "REPLICATE": function(_replicate, 2),
        "SPACE": function(_space, 1),
        "STUFF": function(_stuff, 4),
        "UPPER": function(_case, 1),
        "LOWER": function(_case, 1),
        "LTRIM": function(_trim, 1, 2),
        "RTRIM": function(_trim, 1, 2),
        "TRIM": function(_trim, 1, 3),
        "CONCAT": function(_concat, 2, 254),
        "CONCAT_WS": function(_concat_ws, 3, 254),
        "REVERSE": function(_reverse, 1),
        "CHAR": function(_char, 1),
        "NCHAR": function(_nchar, 1),
        "ASCII": function(_ascii, 1),
        "UNICODE": function(_unicode, 1),
        "STR": function(_str, 1, 3),
        "TRANSLATE": function(_translate, 3),
        "STRING_ESCAPE": function(_string_escape, 2),
        "HASHBYTES": function(_hashbytes, 2),
    }
)
