"""Catalog and dynamic management views whose rows are made in Python.

When a statement that reads such a view begins, its rows are registered with the session's connection under
the name that the view's query reads (``catalog/system_views_dynamic.duckdb``). So a kept plan shows new rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from localdb.engine.arrow_types import table_of_rows
from localdb.runtime.views import governor, scripts, sessions
from localdb.tsql.names import Relation

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session

Rows: TypeAlias = Callable[["Session", "Frame"], Sequence[Sequence[Any]]]
"""The rows of a view as the caller may see them; raises 300 when that is not at all."""

VIEWS: Mapping[str, Rows] = MappingProxyType({**governor.VIEWS, **scripts.VIEWS, **sessions.VIEWS})
"""By name, in the schema sys."""


def register_rows(session: Session, frame: Frame, relations: Iterable[Relation]) -> None:
    """Make the rows of those relations that are such views, for a statement that begins."""
    for relation in relations:
        rows = VIEWS.get(relation.name.name) if relation.kind == "system" else None
        if rows is not None:
            # In a doomed transaction only the other connection works; such views are read there then.
            doomed = session.transactions.state < 0
            connection = session.calculator if doomed else session.connection
            table = table_of_rows(relation.columns, rows(session, frame))
            connection.register(f"_ldb_{relation.name.name}", table)
