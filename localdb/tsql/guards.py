"""Checks that DuckDB does not make by itself, written around an operand."""

from __future__ import annotations

from localdb.tsql.binding import Bound


def nonzero(divisor: Bound, dividend: Bound) -> str:
    """The divisor, guarded: zero raises 8134, unless the dividend is NULL."""
    if divisor.constant is not None:
        if divisor.constant != 0:
            return divisor.sql
        return f"ldb_divide_by_zero({divisor.sql}, {dividend.sql})"
    if dividend.nullable:
        return f"ldb_nonzero_for({divisor.sql}, {dividend.sql})"
    return f"ldb_nonzero({divisor.sql})"
