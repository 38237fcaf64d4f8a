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
from localdb.tsql.sources import object_name
from localdb.tsql.typenames import parse_type
from localdb.types import BIGINT, MAX, SqlType

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_SIBLINGS = ("coalesce", "isnull", "nullif")
"""Functions whose arguments have one type."""
_WIDEST = {"char": ("varchar", 8000), "nchar": ("nvarchar", 4000), "binary": ("varbinary", 8000)}


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
    found: dict[str, tuple[str, SqlType | None]] = {}
    for parameter in _in_order(tree):
        name = "@" + parameter.name
        if name.lower() in declared:
            continue
        first, known = found.get(name.lower(), (name, None))
        found[name.lower()] = (first, known or deduction.type_of(parameter))
    types = {name: sql_type for name, sql_type in found.values() if sql_type is not None}
    if len(types) != len(found):
        raise sql_error(11521, source)
    return types


def _in_order(tree: exp.Expr) -> Iterator[exp.Parameter]:
    return (node for node in tree.dfs() if isinstance(node, exp.Parameter))


class _Deduction:
    def __init__(self, tree: exp.Expr, names: Names) -> None:
        self._names = names
        self._target = self._target_of(tree)
        self._relations: dict[str, Relation] = {}
        """By alias or name, in lower case."""
        for table in tree.find_all(exp.Table):
            relation = self._relation(table)
            if relation is not None:
                self._relations[table.alias_or_name.lower()] = relation

    def type_of(self, parameter: exp.Parameter) -> SqlType | None:
        """From its place in VALUES, SET or INSERT's select list, from CAST, TOP or the other operand."""
        node: exp.Expr = parameter
        while isinstance(node.parent, exp.Paren | exp.Neg):
            node = node.parent
        parent = node.parent
        if isinstance(parent, exp.Tuple | exp.Select) and node.arg_key == "expressions":
            return self._inserted(parent, parent.expressions.index(node))
        if isinstance(parent, exp.Limit | exp.Offset | exp.Fetch):
            return BIGINT
        if isinstance(parent, exp.Cast) and node.arg_key == "this":
            return self._written(parent.args["to"])
        if isinstance(parent, exp.Convert) and node.arg_key == "expression":
            return self._written(parent.this)
        if isinstance(parent, exp.EQ) and isinstance(parent.parent, exp.Update):
            # SET column = value; the other conditions of an UPDATE stand below its WHERE.
            return self._operand(parent.this)
        if isinstance(parent, exp.Between | exp.In):
            siblings = [parent.this, *parent.expressions, parent.args.get("low"), parent.args.get("high")]
            return _widened(self._first_known(siblings, node))
        if isinstance(parent, _COMPARISONS):
            return _widened(self._first_known([parent.this, parent.expression], node))
        if isinstance(parent, _ARITHMETIC):
            return self._first_known([parent.this, parent.expression], node)
        if isinstance(parent, exp.Anonymous) and str(parent.this).lower() in _SIBLINGS:
            return _widened(self._first_known(parent.expressions, node))
        return None

    def _first_known(self, siblings: Sequence[exp.Expr | None], node: exp.Expr) -> SqlType | None:
        for sibling in siblings:
            if sibling is None or sibling is node:
                continue
            found = self._operand(sibling)
            if found is not None:
                return found
        return None

    def _operand(self, node: exp.Expr) -> SqlType | None:
        if isinstance(node, exp.Paren | exp.Neg):
            return self._operand(node.this)
        if isinstance(node, exp.Cast):
            return self._written(node.args["to"])
        if isinstance(node, exp.Column):
            return self._column(node)
        return None

    def _column(self, node: exp.Column) -> SqlType | None:
        """The column's type; without a qualifier, the one type of that name in the statement's tables."""
        folded = node.name.lower()
        qualifier = node.table.lower()
        relations = [r for name, r in self._relations.items() if qualifier in ("", name)]
        types = {c.type for r in relations for c in r.columns if c.name.lower() == folded}
        return types.pop() if len(types) == 1 else None

    def _inserted(self, row: exp.Tuple | exp.Select, index: int) -> SqlType | None:
        """The type of the column that value ``index`` of a row of INSERT goes to."""
        owner = row.parent.parent if isinstance(row.parent, exp.Values) else row.parent
        if not isinstance(owner, exp.Insert) or self._target is None:
            return None
        columns = self._insert_columns(owner, self._target)
        if index >= len(columns):
            return None
        folded = columns[index].lower()
        return next((c.type for c in self._target.columns if c.name.lower() == folded), None)

    @staticmethod
    def _insert_columns(tree: exp.Insert, target: Relation) -> list[str]:
        """The columns in the order of the values: as listed, else all but the identity."""
        if isinstance(tree.this, exp.Schema | exp.Tuple):
            return [column.name for column in tree.this.expressions]
        return [column.name for column in target.columns if column.identity is None]

    def _target_of(self, tree: exp.Expr) -> Relation | None:
        """The table that INSERT or MERGE writes to."""
        if not isinstance(tree, exp.Insert | exp.Merge):
            return None
        written = tree.this
        return self._relation(written.this if isinstance(written, exp.Schema) else written)

    def _relation(self, table: exp.Expr) -> Relation | None:
        """None for a common table expression, and for anything else that is not in the catalog."""
        if not isinstance(table, exp.Table) or not table.name:
            return None
        try:
            return self._names.relation(object_name(table))
        except SqlError:
            return None

    @staticmethod
    def _written(to: exp.Expr) -> SqlType | None:
        try:
            return parse_type(to.name)
        except SqlError:
            return None


def _widened(sql_type: SqlType | None) -> SqlType | None:
    """What a column is compared with may be longer than the column: a string or binary of any length."""
    if sql_type is None or sql_type.length in (None, MAX):
        return sql_type
    name, length = _WIDEST.get(sql_type.name.replace("var", ""), (sql_type.name, sql_type.length))
    return SqlType(name, length=length)
