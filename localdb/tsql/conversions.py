"""Which conversions SQL Server allows: implicitly, only explicitly, or not at all.

The chart at https://learn.microsoft.com/sql/t-sql/data-types/data-type-conversion-database-engine
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql.typerules import clash_name, message_name
from localdb.types import SqlType

_OLD_TEMPORALS = ("datetime", "smalldatetime")
_CHARACTER = "character"
_NUMBER = "number"
_TEMPORAL = "temporal"
_BINARY = "binary"
_GUID = "guid"


def _family(sql_type: SqlType) -> str:
    if sql_type.is_character:
        return _CHARACTER
    if sql_type.is_number:
        return _NUMBER
    if sql_type.is_temporal:
        return _TEMPORAL
    return _BINARY if sql_type.is_binary else _GUID


def check(source: SqlType, target: SqlType, implicit: bool) -> None:
    """Raise 206 or 257 (implicit), 529 (explicit) where ``source`` cannot become ``target``, 40514 where
    SQL Server can and localdb cannot."""
    allowed = _allowed(source, target)
    if allowed == "never":
        if implicit:
            raise sql_error(206, clash_name(source), clash_name(target))
        raise sql_error(529, message_name(source), message_name(target))
    if allowed == "explicit" and implicit:
        raise sql_error(257, _with_max(source), _with_max(target))
    if allowed == "unsupported":
        raise sql_error(40514, f"conversion from {message_name(source)} to {message_name(target)}")


def _with_max(sql_type: SqlType) -> str:
    return f"{message_name(sql_type)}(max)" if sql_type.length == -1 else message_name(sql_type)


def _allowed(source: SqlType, target: SqlType) -> str:
    pair = (_family(source), _family(target))
    if pair == (_NUMBER, _TEMPORAL):
        return "implicit" if target.name in _OLD_TEMPORALS else "never"
    if pair == (_TEMPORAL, _NUMBER):
        return "explicit" if source.name in _OLD_TEMPORALS else "never"
    if pair == (_TEMPORAL, _TEMPORAL):
        return "never" if {source.name, target.name} == {"date", "time"} else "implicit"
    if pair == (_NUMBER, _CHARACTER):
        return "explicit" if source.name in ("money", "smallmoney") else "implicit"
    if pair == (_CHARACTER, _BINARY):
        return "explicit"
    if pair == (_BINARY, _NUMBER):
        return _binary_to_number(target)
    if pair == (_NUMBER, _BINARY):
        return "implicit" if source.is_integer or source.name == "bit" else "unsupported"
    if pair in ((_BINARY, _TEMPORAL), (_TEMPORAL, _BINARY)):
        return "unsupported"
    if _GUID in pair and pair not in ((_GUID, _GUID), (_GUID, _CHARACTER), (_CHARACTER, _GUID)):
        return "implicit" if _BINARY in pair else "never"
    return "implicit"


def _binary_to_number(target: SqlType) -> str:
    if target.is_integer or target.name == "bit":
        return "implicit"
    return "never" if target.is_approximate else "unsupported"
