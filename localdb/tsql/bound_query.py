"""A query after binding."""

from __future__ import annotations

from dataclasses import dataclass

from localdb.types import Column


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """DuckDB SQL without surrounding parentheses; its DuckDB columns are c0, c1, ..., in the order of
    ``columns``.

    ``untyped`` holds the indexes of columns that are a bare NULL (their type is int, but they take any
    other in UNION, VALUES and INSERT).
    """

    sql: str
    columns: tuple[Column, ...]
    untyped: frozenset[int] = frozenset()
