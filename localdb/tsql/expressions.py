"""A T-SQL expression or search condition, parsed by ``dialect``, -> DuckDB SQL with its T-SQL type.

One handler per node class; a node class without handler, and an argument that a handler does not read, is
refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql import casts, collations, literals, operators, predicates, sqltext
from localdb.tsql.binding import Bound, Scope
from localdb.tsql.collations import Collation
from localdb.tsql.expression_tokens import MoneyLiteral
from localdb.tsql.functions.aggregates import AGGREGATES, bind_aggregate, bind_string_agg
from localdb.tsql.functions.catalogue import SCALAR_FUNCTIONS, UNSUPPORTED
from localdb.tsql.functions.logical import united
from localdb.tsql.functions.registry import Binder, Call
from localdb.tsql.system_functions import bind_session_value, bind_system_function
from localdb.tsql.typenames import parse_type
from localdb.tsql.windows import WINDOW_FUNCTIONS, bind_window, order_keys
from localdb.types import INT, Column, SqlType, storage_type

_CAST_LENGTH = 30
"""The length of ``varchar`` in CAST and CONVERT when none is given."""


def bind_expression(node: exp.Expression, scope: Scope) -> Bound:
    """Bind a value. A condition in a value's place is refused (102), an unknown function 195, anything that
    localdb does not have 40514."""
    handler = _VALUES.get(type(node))
    if handler is None:
        if type(node) in _CONDITIONS:
            raise sql_error(102, _symbol(node))
        raise sql_error(40514, _described(node))
    _refuse_unread(node)
    return handler(node, scope)


def bind_condition(node: exp.Expression, scope: Scope) -> str:
    """Bind a search condition to a DuckDB BOOLEAN, NULL for unknown; a value in its place is error 4145."""
    handler = _CONDITIONS.get(type(node))
    if handler is None:
        if type(node) in _VALUES:
            raise sql_error(4145, _described(node))
        raise sql_error(40514, _described(node))
    _refuse_unread(node)
    return handler(node, scope)


def _refuse_unread(node: exp.Expression) -> None:
    known = _ARGUMENTS.get(type(node), ("this", "expression"))
    for key, value in node.args.items():
        if value and key not in known:
            raise sql_error(40514, f"{type(node).__name__} with {key}")


def _described(node: exp.Expression) -> str:
    return node.name or type(node).__name__


def _symbol(node: exp.Expression) -> str:
    return _COMPARISONS.get(type(node), type(node).__name__.upper())


def _binder(scope: Scope) -> Binder:
    return lambda node: bind_expression(node, scope)


# --- constants, names, variables ---


def _literal(node: exp.Literal, scope: Scope) -> Bound:
    text = str(node.this)
    return literals.character(text) if node.is_string else literals.number(text)


def _column(node: exp.Column, scope: Scope) -> Bound:
    if isinstance(node.this, exp.Star):
        raise sql_error(102, "*")
    return scope.column(node)


def _variable(node: exp.Parameter, scope: Scope) -> Bound:
    parameter, sql_type = scope.context.variable(f"@{node.name}")
    return Bound(f"CAST({parameter} AS {storage_type(sql_type)})", sql_type, True)


# --- operators ---


def _arithmetic(operator: str) -> Callable[[Any, Scope], Bound]:
    def bind(node: exp.Binary, scope: Scope) -> Bound:
        left, right = bind_expression(node.this, scope), bind_expression(node.expression, scope)
        return operators.arithmetic(operator, left, right)

    return bind


def _bitwise(operator: str) -> Callable[[Any, Scope], Bound]:
    def bind(node: exp.Binary, scope: Scope) -> Bound:
        left, right = bind_expression(node.this, scope), bind_expression(node.expression, scope)
        return operators.bitwise(operator, left, right)

    return bind


def _collate(node: exp.Collate, scope: Scope) -> Bound:
    """Any other collation than the default is for comparisons only, which look at it themselves."""
    if collations.parse(node.expression.name) is not Collation.DEFAULT:
        raise sql_error(40514, f"COLLATE {node.expression.name} outside of a comparison")
    bound = bind_expression(node.this, scope)
    if bound.type is None or not bound.type.is_character:
        raise sql_error(447, bound.type.name if bound.type else "NULL")
    return bound


# --- CASE, CAST, CONVERT ---


def _case(node: exp.Case, scope: Scope) -> Bound:
    branches = node.args["ifs"]
    default = node.args.get("default")
    results = [bind_expression(branch.args["true"], scope) for branch in branches]
    results.append(bind_expression(default, scope) if default is not None else literals.NULL)
    typed = united(results, 8133)
    tests = _case_tests(node, branches, scope)
    text = " ".join(f"WHEN {test} THEN {value.sql}" for test, value in zip(tests, typed, strict=False))
    otherwise = f" ELSE {typed[-1].sql}" if default is not None else ""
    return Bound(f"CASE {text}{otherwise} END", typed[0].type, any(value.nullable for value in typed))


def _case_tests(node: exp.Case, branches: list[exp.If], scope: Scope) -> list[str]:
    if node.this is None:
        return [bind_condition(branch.this, scope) for branch in branches]
    operand = bind_expression(node.this, scope)
    collation = _collation(node.this)
    return [
        predicates.compare("=", operand, bind_expression(branch.this, scope), collation)
        for branch in branches
    ]


def _cast(node: exp.Cast, scope: Scope) -> Bound:
    mode: casts.Mode = "try" if isinstance(node, exp.TryCast) else "explicit"
    return casts.cast(bind_expression(node.this, scope), _type(node.args["to"]), mode=mode)


def _convert(node: exp.Convert, scope: Scope) -> Bound:
    style = node.args.get("style")
    bound_style = None if style is None else bind_expression(style, scope)
    value = bind_expression(node.expression, scope)
    return casts.convert(value, _type(node.this), bound_style, safe=bool(node.args.get("safe")))


def _type(node: exp.Expression) -> SqlType:
    return parse_type(str(node.this), default_length=_CAST_LENGTH)


# --- functions ---


def _call(node: exp.Anonymous, scope: Scope) -> Bound:
    if not isinstance(node.this, str):
        raise sql_error(195, node.name, "built-in function name")
    name = node.this.upper()
    binder = _binder(scope)
    if name in AGGREGATES:
        return scope.aggregate(node, bind_aggregate(name, node.expressions, binder, ""))
    if name == "STRING_AGG":
        return scope.aggregate(node, bind_string_agg(node.expressions, binder, ""))
    function = SCALAR_FUNCTIONS.get(name)
    if function is not None:
        if any(isinstance(argument, exp.Distinct) for argument in node.expressions):
            raise sql_error(156, "distinct")
        function.check(name, len(node.expressions))
        bound = function.bind(Call(name, node.expressions, scope, binder, lambda n: bind_condition(n, scope)))
        assert bound.type is not None
        return replace(bound, sql=sqltext.typed(bound.sql, storage_type(bound.type), bound.sql))
    system = bind_system_function(name, node.expressions, scope, binder)
    if system is not None:
        return system
    if name in WINDOW_FUNCTIONS:
        raise sql_error(10753, node.this)
    raise (
        sql_error(40514, name) if name in UNSUPPORTED else sql_error(195, node.this, "built-in function name")
    )


def _window(node: exp.Window, scope: Scope) -> Bound:
    scope.check_window(node)
    return bind_window(node, _binder(scope))


def _within_group(node: exp.WithinGroup, scope: Scope) -> Bound:
    call = node.this
    name = str(call.this).upper() if isinstance(call, exp.Anonymous) else ""
    if name != "STRING_AGG":
        raise sql_error(40514 if name.startswith("PERCENTILE") else 10757, name or "WITHIN GROUP")
    binder = _binder(scope)
    keys = order_keys(node.expression, binder)
    order = f" ORDER BY {keys}" if keys else ""
    return scope.aggregate(node, bind_string_agg(call.expressions, binder, order))


def _user_function(node: exp.Dot, scope: Scope) -> Bound:
    prefix, call = node.this, node.expression
    if not isinstance(call, exp.Anonymous):
        raise sql_error(40514, _described(node))
    first = prefix.parts[0].name if isinstance(prefix, exp.Column) else prefix.name
    written = ".".join(part.name for part in prefix.parts) if isinstance(prefix, exp.Column) else first
    raise sql_error(4121, first, f"{written}.{call.this}")


# --- subqueries ---


def _subquery(node: exp.Subquery, scope: Scope) -> Bound:
    sql, column = _single_column(node.this, scope)
    return Bound(f"({sql})", column.type, True)


def _single_column(query: exp.Expression, scope: Scope) -> tuple[str, Column]:
    sql, columns = scope.subquery(query)
    if len(columns) != 1:
        raise sql_error(116)
    return sql, columns[0]


# --- conditions ---


def _connective(word: str) -> Callable[[Any, Scope], str]:
    def bind(node: exp.Connector, scope: Scope) -> str:
        parts: list[str] = []
        current: Any = node
        while type(current) is type(node):  # a chain of a hundred ORs is one flat list
            parts.append(bind_condition(current.expression, scope))
            current = current.this
        parts.append(bind_condition(current, scope))
        return "(" + f" {word} ".join(reversed(parts)) + ")"

    return bind


def _not(node: exp.Not, scope: Scope) -> str:
    return _negated(node.this, scope)


def _negated(node: exp.Expression, scope: Scope) -> str:
    """NOT of a connective goes to its operands: only below AND and OR does DuckDB leave out what need not be
    computed (``NOT (x = 0 OR 1 / x = 1)``)."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, (exp.And, exp.Or)):
        word = "OR" if isinstance(node, exp.And) else "AND"
        return f"({_negated(node.this, scope)} {word} {_negated(node.expression, scope)})"
    return f"(NOT {bind_condition(node, scope)})"


def _comparison(node: exp.Binary, scope: Scope) -> str:
    operator = _COMPARISONS[type(node)]
    left = bind_expression(_uncollated(node.this), scope)
    collation = _collation(node.this, node.expression)
    if isinstance(node.expression, (exp.Any, exp.All)):
        return _quantified(operator, left, node.expression, scope, collation)
    return predicates.compare(operator, left, bind_expression(_uncollated(node.expression), scope), collation)


def _quantified(operator: str, left: Bound, node: exp.Expression, scope: Scope, collation: Collation) -> str:
    sql, column = _single_column(node.this.this, scope)
    member = Bound("q.c0", column.type, column.nullable)
    quantifier = "ANY" if isinstance(node, exp.Any) else "ALL"
    return predicates.quantified(operator, left, f"({sql}) AS q(c0)", member, quantifier, collation)


def _uncollated(node: exp.Expression) -> exp.Expression:
    """The operand without the COLLATE that its comparison takes care of."""
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    return inner.this if isinstance(inner, exp.Collate) else node


def _collation(*nodes: exp.Expression) -> Collation:
    """What COLLATE behind an operand asks for; 468 when two operands ask for different ones."""
    found = set()
    for node in nodes:
        inner = node.unnest() if isinstance(node, exp.Paren) else node
        if isinstance(inner, exp.Collate):
            found.add((collations.parse(inner.expression.name), inner.expression.name.lower()))
    if len({name for _, name in found}) > 1:
        names = sorted(name for _, name in found)
        raise sql_error(468, names[0], names[1], "equal to")
    return next(iter(found))[0] if found else Collation.DEFAULT


def _between(node: exp.Between, scope: Scope) -> str:
    parts = [node.this, node.args["low"], node.args["high"]]
    value, low, high = (bind_expression(_uncollated(part), scope) for part in parts)
    return predicates.between(value, low, high, _collation(*parts))


def _in(node: exp.In, scope: Scope) -> str:
    value = bind_expression(_uncollated(node.this), scope)
    collation = _collation(node.this)
    query = node.args.get("query")
    if query is None:
        members = [bind_expression(member, scope) for member in node.expressions]
        return predicates.in_list(value, members, collation)
    sql, column = _single_column(query.this, scope)
    return predicates.in_subquery(value, sql, column, collation)


def _like(node: exp.Like, scope: Scope, escape: exp.Expression | None = None) -> str:
    value = bind_expression(_uncollated(node.this), scope)
    pattern = bind_expression(_uncollated(node.expression), scope)
    character = None if escape is None else bind_expression(escape, scope)
    return predicates.like(value, pattern, character, _collation(node.this, node.expression))


def _escape(node: exp.Escape, scope: Scope) -> str:
    if not isinstance(node.this, exp.Like):
        raise sql_error(102, "ESCAPE")
    return _like(node.this, scope, node.expression)


def _is_null(node: exp.Is, scope: Scope) -> str:
    if not isinstance(node.expression, exp.Null):
        raise sql_error(156, "IS")
    bound = bind_expression(node.this, scope)
    if bound.type is None:
        bound = casts.cast(bound, INT)
    return predicates.is_null(bound)


def _exists(node: exp.Exists, scope: Scope) -> str:
    sql, _ = scope.subquery(node.this)
    return f"EXISTS ({sql})"


def _distinct_from(node: exp.Binary, scope: Scope) -> str:
    left, right = bind_expression(node.this, scope), bind_expression(node.expression, scope)
    return predicates.distinct_from(left, right, negated=isinstance(node, exp.NullSafeEQ))


_COMPARISONS: Mapping[type[exp.Expr], str] = MappingProxyType(
    {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
)

_ARGUMENTS: Mapping[type[exp.Expr], tuple[str, ...]] = MappingProxyType(
    {
        exp.Literal: ("this", "is_string"),
        exp.Column: ("this", "table", "db", "catalog"),
        exp.Case: ("this", "ifs", "default"),
        exp.Cast: ("this", "to"),
        exp.TryCast: ("this", "to"),
        exp.Convert: ("this", "expression", "style", "safe"),
        exp.Anonymous: ("this", "expressions"),
        exp.Window: ("this", "partition_by", "order", "spec", "over"),
        exp.Between: ("this", "low", "high"),
        exp.In: ("this", "expressions", "query"),
    }
)

_VALUES: Mapping[type[exp.Expr], Callable[[Any, Scope], Bound]] = MappingProxyType(
    {
        exp.Literal: _literal,
        exp.National: lambda node, scope: literals.national(str(node.this)),
        exp.HexString: lambda node, scope: literals.binary(str(node.this)),
        MoneyLiteral: lambda node, scope: literals.money(str(node.this)),
        exp.Null: lambda node, scope: literals.NULL,
        exp.Column: _column,
        exp.Parameter: _variable,
        exp.SessionParameter: bind_session_value,
        exp.Paren: lambda node, scope: bind_expression(node.this, scope),
        exp.Add: _arithmetic("+"),
        exp.Sub: _arithmetic("-"),
        exp.Mul: _arithmetic("*"),
        exp.Div: _arithmetic("/"),
        exp.Mod: _arithmetic("%"),
        exp.BitwiseAnd: _bitwise("&"),
        exp.BitwiseOr: _bitwise("|"),
        exp.BitwiseXor: _bitwise("^"),
        exp.BitwiseNot: lambda node, scope: operators.bitwise_not(bind_expression(node.this, scope)),
        exp.Neg: lambda node, scope: operators.negate(bind_expression(node.this, scope)),
        exp.Collate: _collate,
        exp.Case: _case,
        exp.Cast: _cast,
        exp.TryCast: _cast,
        exp.Convert: _convert,
        exp.Anonymous: _call,
        exp.WithinGroup: _within_group,
        exp.Window: _window,
        exp.Dot: _user_function,
        exp.Subquery: _subquery,
    }
)

_CONDITIONS: Mapping[type[exp.Expr], Callable[[Any, Scope], str]] = MappingProxyType(
    {
        exp.And: _connective("AND"),
        exp.Or: _connective("OR"),
        exp.Not: _not,
        exp.Paren: lambda node, scope: bind_condition(node.this, scope),
        **dict.fromkeys(_COMPARISONS, _comparison),
        exp.Between: _between,
        exp.In: _in,
        exp.Like: _like,
        exp.Escape: _escape,
        exp.Is: _is_null,
        exp.Exists: _exists,
        exp.NullSafeEQ: _distinct_from,
        exp.NullSafeNEQ: _distinct_from,
    }
)
