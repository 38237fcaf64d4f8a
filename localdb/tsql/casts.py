"""Conversion of a bound expression to another type: CAST, CONVERT without style, and every implicit
conversion.

https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from localdb.errors import sql_error
from localdb.tsql import cast_binary, cast_character, cast_number, cast_temporal, conversions
from localdb.tsql.binding import Bound
from localdb.tsql.conversion import Conversion
from localdb.types import MAX, SqlType, storage_type

Mode = Literal["implicit", "explicit", "try", "assign"]


def cast(
    bound: Bound,
    to: SqlType,
    *,
    mode: Mode = "implicit",
    table: str = "",
    column: str = "",
    style: int | None = None,
) -> Bound:
    """``bound`` as ``to``.

    ``explicit`` is CAST, ``try`` TRY_CAST (NULL where CAST fails). ``implicit`` refuses what needs CAST
    (206, 257).
    ``assign`` stores into ``column`` of ``table``: a string too long raises 2628; without a table it
    assigns to a variable, which cuts the string off. ``style`` is CONVERT's.
    """
    if bound.type is None:
        return Bound(f"CAST(NULL AS {storage_type(to)})", to, True)
    if bound.type == to and style is None:
        is_number = not isinstance(bound.constant, (str, bytes))
        return replace(bound, constant=None) if mode == "explicit" and is_number else bound
    conversions.check(bound.type, to, implicit=mode in ("implicit", "assign"))
    conversion = Conversion(bound, bound.type, to, mode, table, column, style)
    sql = _converted(conversion)
    constant = _kept_constant(bound, to, mode)
    return Bound(sql, to, bound.nullable or mode == "try", constant)


def _converted(conversion: Conversion) -> str:
    to = conversion.to
    if to.is_character:
        return cast_character.to_character(conversion)
    if to.is_binary:
        return cast_binary.to_binary(conversion)
    if to.name == "uniqueidentifier":
        return cast_binary.to_uniqueidentifier(conversion)
    if to.is_temporal:
        return cast_temporal.to_temporal(conversion)
    return cast_number.to_number(conversion)


def _kept_constant(bound: Bound, to: SqlType, mode: Mode) -> object:
    """A string constant stays one where no character is lost; a number constant where the conversion is
    implicit and exact, for CAST makes an ordinary value of it."""
    value = bound.constant
    if isinstance(value, str) and to.is_character and (to.length == MAX or len(value) <= (to.length or 0)):
        return value if to.name in ("varchar", "nvarchar") else None
    if mode == "explicit" or isinstance(value, (bool, str, bytes)) or not to.is_number or to.name == "bit":
        return None
    return value if isinstance(value, int) or not to.is_integer else None


def convert(bound: Bound, to: SqlType, style: Bound | None, *, safe: bool) -> Bound:
    """CONVERT and TRY_CONVERT; the style must be a constant."""
    mode: Mode = "try" if safe else "explicit"
    if style is None:
        return cast(bound, to, mode=mode)
    if style.type is None:
        return Bound(f"CAST(NULL AS {storage_type(to)})", to, True)
    if not isinstance(style.constant, int):
        raise sql_error(40514, "CONVERT with a style that is not a constant")
    return cast(bound, to, mode=mode, style=style.constant)
