"""GROUP BY and aggregates: the grouped rows become a derived table that the clauses behind it read.

``SELECT a + 1, SUM(b) FROM t GROUP BY a HAVING MAX(b) > 0`` is written as
``SELECT g.k0 + 1, g.a0 FROM (SELECT a AS k0, sum(b) AS a0, max(b) AS a1 FROM t GROUP BY a) g WHERE g.a1 >
0``: so expressions, windows and correlated subqueries above it see plain columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound
from localdb.tsql.keys import equality_key, has_key
from localdb.types import SqlType, storage_type

AGGREGATES = frozenset(
    [
        "APPROX_COUNT_DISTINCT",
        "AVG",
        "CHECKSUM_AGG",
        "COUNT",
        "COUNT_BIG",
        "GROUPING",
        "GROUPING_ID",
        "MAX",
        "MIN",
        "STDEV",
        "STDEVP",
        "STRING_AGG",
        "SUM",
        "VAR",
        "VARP",
    ]
)
_REPLACED = "\x00key"
_INVALID = {"SELECT": 8120, "HAVING": 8121, "ORDER BY": 8127}


@dataclass(frozen=True, slots=True)
class GroupKey:
    """``key`` is what is grouped by, ``value`` the representative of the group, ``bound`` how later clauses
    read it.
    """

    source: str
    key: str
    value: str
    bound: Bound


@dataclass(slots=True)
class Group:
    """The grouped rows under the DuckDB alias ``sql``; ``sets`` is the GROUP BY list when it is not just
    the keys.
    """

    sql: str
    keys: list[GroupKey] = field(default_factory=list)
    aggregates: dict[str, str] = field(default_factory=dict)
    sets: str = ""

    def add_key(self, bound: Bound, *, may_be_total: bool = False) -> int:
        """Group by an expression; with ``may_be_total`` (ROLLUP and the like) its value is NULL in total
        rows.
        """
        assert bound.type is not None
        for index, known in enumerate(self.keys):
            if known.source == bound.sql:
                return index
        key = equality_key(bound.sql, bound.type)
        value = f"min({bound.sql})" if has_key(bound.type) else bound.sql
        if may_be_total and has_key(bound.type):
            value = f"CASE WHEN grouping({key}) = 0 THEN {value} END"
        nullable = bound.nullable or may_be_total
        self.keys.append(
            GroupKey(bound.sql, key, value, Bound(f"{self.sql}.k{len(self.keys)}", bound.type, nullable))
        )
        return len(self.keys) - 1

    def add_flags(self, keys: Sequence[GroupKey], sql_type: SqlType) -> int:
        """One more column of the grouped rows: a bit for each of ``keys``, 1 in the rows that total over it;
        the last key has the lowest bit.
        """
        value = f"CAST(grouping({', '.join(key.key for key in keys)}) AS {storage_type(sql_type)})"
        bound = Bound(f"{self.sql}.k{len(self.keys)}", sql_type, nullable=False)
        self.keys.append(GroupKey("", "", value, bound))
        return len(self.keys) - 1

    def column(self, bound: Bound, shown: str, clause: str) -> Bound:
        """The grouping column that ``bound`` is, or 8120, 8121, 8127."""
        for known in self.keys:
            if known.source == bound.sql:
                return known.bound
        raise sql_error(_INVALID.get(clause, 8120), shown)

    def aggregate(self, bound: Bound) -> Bound:
        name = self.aggregates.setdefault(bound.sql, f"a{len(self.aggregates)}")
        return Bound(f"{self.sql}.{name}", bound.type, bound.nullable)

    def replaced(self, node: exp.Column) -> int | None:
        """The index of the grouping expression that ``node`` was put in the place of."""
        return int(node.name[len(_REPLACED) :]) if node.name.startswith(_REPLACED) else None

    def from_sql(self, tail: str) -> str:
        """The derived table; ``tail`` is the FROM and WHERE clause of the rows to be grouped."""
        items = [f"{key.value} AS k{i}" for i, key in enumerate(self.keys)]
        items += [f"{sql} AS {name}" for sql, name in self.aggregates.items()]
        group_by = self.sets or ", ".join(key.key for key in self.keys if key.key)
        if not items:
            items = ["count(*) AS a0"]
        return f"(SELECT {', '.join(items)}{tail}{f' GROUP BY {group_by}' if group_by else ''}) {self.sql}"


def replacement(index: int) -> exp.Column:
    """What stands in a tree for the grouping expression ``index``; no identifier can have this name."""
    return exp.Column(this=exp.Identifier(this=f"{_REPLACED}{index}", quoted=True))


def is_aggregate(node: exp.Expr) -> bool:
    """Is the node an aggregate function that is not windowed? WITHIN GROUP stands for its function."""
    call = node.this if isinstance(node, exp.WithinGroup) else node
    if isinstance(call, exp.Anonymous):
        if str(call.this).upper() not in AGGREGATES:
            return False
    elif not isinstance(call, exp.AggFunc):
        return False
    child: exp.Expr = node
    parent = node.parent
    if isinstance(parent, exp.WithinGroup):
        return False
    while isinstance(parent, (exp.IgnoreNulls, exp.RespectNulls)):
        child, parent = parent, parent.parent
    return not (isinstance(parent, exp.Window) and parent.this is child)


def inside_aggregate(node: exp.Expression) -> bool:
    """Is the node an argument of an aggregate of its own query level?"""
    parent = node.parent
    while parent is not None and not isinstance(parent, exp.Query):
        if is_aggregate(parent):
            return True
        parent = parent.parent
    return False


def contains(node: exp.Expr, wanted: type[exp.Expression] | None) -> bool:
    """Does this level of the tree (not its subqueries) hold a ``wanted`` node, or, for None, an aggregate?"""
    pending: list[exp.Expr] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, exp.Query):
            continue
        if is_aggregate(current) if wanted is None else isinstance(current, wanted):
            return True
        pending.extend(current.iter_expressions())
    return False
