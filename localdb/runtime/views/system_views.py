"""The catalog views: ``catalog/system_views*.duckdb`` read into relations of one database.

https://learn.microsoft.com/sql/relational-databases/system-catalog-views/catalog-views-transact-sql
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from localdb.tsql.names import Relation
from localdb.tsql.typenames import parse_type
from localdb.types import Column, ObjectName, quote_name, storage_type

_FILES = (
    "system_views.duckdb",
    "system_views_security.duckdb",
    "system_views_external.duckdb",
    "system_views_dynamic.duckdb",
)
_SECTION = re.compile(r"^-- (view|define): ", re.MULTILINE)
_TABLE = re.compile(r'(?:\{db\}|"master")\."_ldb"\.(?P<name>\w+)')
_COLUMN = re.compile(r"\s*(?P<name>\w+) (?P<type>\w+(?:\([\w, ]+\))?)(?P<required> NOT NULL)?\s*")


@dataclass(frozen=True, slots=True)
class SystemView:
    name: ObjectName
    columns: tuple[Column, ...]
    query: str
    """DuckDB SQL with ``{db}`` and ``{database}`` still open."""


class SystemViews:
    """Every catalog view, by schema and name, case-insensitively."""

    def __init__(self) -> None:
        folder = resources.files("localdb.catalog")
        texts = (folder.joinpath(name).read_text(encoding="utf-8") for name in _FILES)
        self._views = _parse("".join(_without_preface(text) for text in texts))

    def relation(
        self, name: ObjectName, database: str, rows: Mapping[str, str] | None = None
    ) -> Relation | None:
        """The view ``schema.name`` as it looks from ``database``; None when there is no such view.

        ``rows`` has for tables of the catalog the query that stands in their place (``visibility.Visible``);
        without it everything is seen.
        """
        view = self._views.get(((name.schema or "").lower(), name.name.lower()))
        if view is None:
            return None
        literal = "'" + database.replace("'", "''") + "'"
        query = _TABLE.sub(lambda table: _seen(table, rows), view.query) if rows else view.query
        query = query.replace("{db}", quote_name(database)).replace("{database}", literal)
        return Relation(
            ObjectName(view.name.name, view.name.schema, database), "system", view.columns, f"({query})"
        )

    def names(self) -> list[ObjectName]:
        return [view.name for view in self._views.values()]


def _seen(table: re.Match[str], rows: Mapping[str, str]) -> str:
    query = rows.get(table["name"])
    return table.group() if query is None else f"({query.replace('{table}', table.group())})"


def _without_preface(text: str) -> str:
    first = _SECTION.search(text)
    return text[first.start() :] if first is not None else ""


def _parse(text: str) -> dict[tuple[str, str], SystemView]:
    marks = list(_SECTION.finditer(text))
    definitions: dict[str, str] = {}
    views: dict[tuple[str, str], SystemView] = {}
    sections = [
        (mark.group(1), text[mark.end() : following.start() if following else len(text)])
        for mark, following in zip(marks, [*marks[1:], None], strict=True)
    ]
    for kind, section in sections:
        if kind == "define":
            name, _, body = section.partition("\n")
            definitions[name.strip()] = body.strip()
    for kind, section in sections:
        if kind == "view":
            view = _view(section, definitions)
            views[(view.name.schema or "").lower(), view.name.name.lower()] = view
    return views


def _view(section: str, definitions: dict[str, str]) -> SystemView:
    lines = section.splitlines()
    header = [lines[0]]
    rest = lines[1:]
    while rest and rest[0].startswith("-- "):
        header.append(rest.pop(0)[3:])
    name, _, columns_text = " ".join(header).strip().partition(" (")
    columns = tuple(_column(part) for part in re.split(r",(?![^(]*\))", columns_text[:-1]))
    query = "\n".join(rest).strip()
    while (named := re.search(r"\{(\w+)\}", _without_database(query))) is not None:
        query = query.replace(named.group(0), definitions[named.group(1)])
    schema, _, view = name.partition(".")
    return SystemView(ObjectName(view, schema), columns, _typed(columns, query))


def _without_database(query: str) -> str:
    return query.replace("{db}", "").replace("{database}", "")


def _column(text: str) -> Column:
    match = _COLUMN.fullmatch(text)
    if match is None:
        raise ValueError(f"system_views.duckdb: cannot read the column {text!r}")
    return Column(match["name"], parse_type(match["type"]), nullable=match["required"] is None)


def _typed(columns: tuple[Column, ...], query: str) -> str:
    """The query with its columns named and cast to their storage types."""
    inner = ", ".join(f"c{i}" for i in range(len(columns)))
    outer = ", ".join(
        f"CAST(c{i} AS {storage_type(column.type)}) AS {quote_name(column.name)}"
        for i, column in enumerate(columns)
    )
    return f"SELECT {outer} FROM ({query}) AS v({inner})"
