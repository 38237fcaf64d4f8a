"""Conversion of single Python values between SQL types, as an assignment does it, by the compiler's own
casts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localdb.engine.arrow_types import from_storage, to_storage
from localdb.errors import SqlError, sql_error
from localdb.tsql.binding import Bound
from localdb.tsql.casts import cast
from localdb.types import MAX, SqlType, storage_type

if TYPE_CHECKING:
    from localdb.runtime.session import Session


def convert_value(
    session: Session, value: Any, source: SqlType, to: SqlType, number: int | None = None
) -> Any:
    """``value`` of type ``source`` as ``to``; strings that are too long are cut off, as SET does.

    ``number`` 8114 replaces the error of a failed conversion, as it does for a procedure's parameters.
    """
    if value is None or source == to or _fits(value, source, to):
        return value
    try:
        bound = cast(Bound(f"CAST($value AS {storage_type(source)})", source), to, mode="assign")
        rows = session.calculator.rows(f"SELECT {bound.sql}", {"value": to_storage(value, source)})
    except SqlError as error:
        if number == 8114 and error.number in (241, 245, 8114, 8169):
            raise sql_error(8114, source.name, to.name) from error
        raise
    return from_storage(rows[0][0], to)


def _fits(value: Any, source: SqlType, to: SqlType) -> bool:
    """The everyday cases in which the Python value stays what it is."""
    if source.is_character and to.name in ("varchar", "nvarchar") and source.is_unicode <= to.is_unicode:
        return to.length == MAX or len(value) <= (to.length or 0)
    if source.is_binary and to.name == "varbinary":
        return to.length == MAX or len(value) <= (to.length or 0)
    return False
