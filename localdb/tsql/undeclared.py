"""The types of parameters that a statement uses and nobody declares, deduced from where they stand.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-undeclared-parameters-transact-sql
The tree is only looked at here, never run: what it leaves out cannot give a wrong result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from localdb.errors import SqlError, sql_error
from localdb.tsql import ast
from localdb.tsql.names import Names, Relation
from localdb.tsql.parser import parse_batch
from localdb.tsql.query_grammar import QueryTSQL
from localdb.tsql.typenames import parse_type
from localdb.types import BIGINT, ObjectName, SqlType

_SIDED = (
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Like,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Div,
    exp.Mod,
)


def deduce_parameters(text: str, declared: frozenset[str], names: Names) -> dict[str, SqlType]:
    """``@name`` (as written) -> type for every undeclared parameter of the one statement ``text``, in order.

    Errors: 11521 when a type cannot be told from where the parameter stands.
    """
    statements = parse_batch(text)
    if len(statements) != 1 or not isinstance(statements[0], ast.Query | ast.DataChange):
        raise sql_error(11521, text)
    source = statements[0].text.text
    try:
        tree = sqlglot.parse_one(source, read=QueryTSQL)
    except (ParseError, TokenError):
        raise sql_error(11521, source) from None
    deduction = _Deduction(tree, names)
    found: dict[str, SqlType] = {}
    known: dict[str, str] = {}
    for parameter in _in_order(tree):
        name = "@" + parameter.name
        if name.lower() in declared:
            continue
        sql_type = deduction.type_of(parameter)
        if sql_type is not None:
            found.setdefault(known.setdefault(name.lower(), name), sql_type)
        else:
            known.setdefault(name.lower(), name)
    for name in known.values():
        if name not in found:
            raise sql_error(11521, source)
    return {name: found[name] for name in known.values()}


def _in_order(tree: exp.Expression) -> Iterator[exp.Parameter]:
    return (node for node in tree.dfs() if isinstance(node, exp.Parameter))


class _Deduction:
    def __init__(self, tree: exp.Expression, names: Names) -> None:
        self._names = names
        self._target: Relation | None = None
        self._columns: Sequence[str] = ()
        if isinstance(tree, exp.Insert):
            self._target, self._columns = self._insert_target(tree)
        self._relations = [
            r for table in tree.find_all(exp.Table) if (r := self._relation(table)) is not None
        ]

    def type_of(self, parameter: exp.Parameter) -> SqlType | None:
        """From its place in VALUES or in INSERT's select list, from CAST, TOP or the other operand."""
        node: exp.Expression = parameter
        while isinstance(node.parent, exp.Paren | exp.Neg):
            node = node.parent
        parent = node.parent
        if isinstance(parent, exp.Tuple) and isinstance(parent.parent, exp.Values | exp.Insert):
            return self._inserted(parent.expressions.index(node))
        if isinstance(parent, exp.Select) and isinstance(parent.parent, exp.Insert):
            return self._inserted(parent.expressions.index(node)) if node.arg_key == "expressions" else None
        if isinstance(parent, exp.Limit | exp.Offset | exp.Fetch):
            return BIGINT
        if isinstance(parent, exp.Cast) and node.arg_key == "this":
            return self._written(parent.args["to"])
        if isinstance(parent, exp.Between | exp.In):
            siblings = [parent.this, *parent.expressions, parent.args.get("low"), parent.args.get("high")]
            return self._first_known(siblings, node)
        if isinstance(parent, _SIDED):
            return self._first_known([parent.this, parent.expression], node)
        return None

    def _first_known(self, siblings: Sequence[exp.Expression | None], node: exp.Expression) -> SqlType | None:
        for sibling in siblings:
            if sibling is None or sibling is node:
                continue
            found = self._operand(sibling)
            if found is not None:
                return found
        return None

    def _operand(self, node: exp.Expression) -> SqlType | None:
        if isinstance(node, exp.Paren):
            return self._operand(node.this)
        if isinstance(node, exp.Cast):
            return self._written(node.args["to"])
        if isinstance(node, exp.Column):
            return self._column(node.name)
        return None

    def _column(self, name: str) -> SqlType | None:
        """The one type of every column of this name in the statement's tables."""
        folded = name.lower()
        types = {c.type for r in self._relations for c in r.columns if c.name.lower() == folded}
        return types.pop() if len(types) == 1 else None

    def _inserted(self, index: int) -> SqlType | None:
        if self._target is None or index >= len(self._columns):
            return None
        folded = self._columns[index].lower()
        return next((c.type for c in self._target.columns if c.name.lower() == folded), None)

    def _insert_target(self, tree: exp.Insert) -> tuple[Relation | None, Sequence[str]]:
        written = tree.this
        if isinstance(written, exp.Schema):
            return self._relation(written.this), [column.name for column in written.expressions]
        relation = self._relation(written)
        columns = [c.name for c in relation.columns if c.identity is None] if relation else []
        return relation, columns

    def _relation(self, table: exp.Expression) -> Relation | None:
        """None for a common table expression, and for anything else that is not in the catalog."""
        if not isinstance(table, exp.Table) or not table.name:
            return None
        try:
            return self._names.relation(ObjectName(table.name, table.db or None, table.catalog or None))
        except SqlError:
            return None

    @staticmethod
    def _written(to: exp.Expression) -> SqlType | None:
        try:
            return parse_type(to.name)
        except SqlError:
            return None
