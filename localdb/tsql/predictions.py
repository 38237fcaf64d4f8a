"""PREDICT as a table source: https://learn.microsoft.com/sql/t-sql/queries/predict-transact-sql

DATA is a table, a view, a temporary table, a table variable or a common table expression; all its columns and
those of WITH can be used in the query. The model answers before the query runs: the query reads a table of
rows with their predictions (``plan.Prediction``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql import collations
from localdb.tsql.binding import Context
from localdb.tsql.casts import cast
from localdb.tsql.expressions import bind_expression
from localdb.tsql.plan import Plan, Prediction
from localdb.tsql.predict_grammar import Predict, PredictColumn
from localdb.tsql.refusals import refuse_unread
from localdb.tsql.scopes import QueryScope, Source
from localdb.tsql.typenames import parse_type
from localdb.types import MAX, Column, quote_name, storage_type, varbinary

_NAME = "PREDICT"
_ARGUMENTS = ("MODEL", "DATA", "RUNTIME")
_UNSUPPORTED = ("binary", "varbinary", "datetime2", "datetimeoffset", "time")
_RUNTIME = "ONNX"


def bind_prediction(
    node: exp.Table, context: Context, outer: QueryScope | None
) -> tuple[str, tuple[Source, Source]]:
    """The DuckDB table source and what it offers: the columns of DATA, then those of WITH."""
    refuse_unread(node, "this", "alias", "joins")
    call: Predict = node.this
    given = _arguments(call.args["arguments"])
    outputs = _outputs(call.expressions)
    model = _model(given["MODEL"], context, outer)
    data, source = _data(given["DATA"], context, outer)
    table = context.alias("localdb_prediction")
    context.predictions.append(Prediction(table, model, data, _runtime(given.get("RUNTIME")), outputs))
    return _offered(table, source, outputs, _alias(node), context)


def _arguments(nodes: Sequence[exp.Expression]) -> Mapping[str, exp.Expression]:
    """Errors: 39032 without a name, 39033 twice, 39035 too many, 39036 missing, 40517 unknown."""
    given: dict[str, exp.Expression] = {}
    for node in nodes:
        if not isinstance(node, exp.Kwarg):
            raise sql_error(39032, _NAME)
        name = node.this.name
        if name in given:
            raise sql_error(39033, name, _NAME)
        if name == "PARAMETERS":
            raise sql_error(40517, name)
        if name not in _ARGUMENTS:
            raise sql_error(39035, _NAME)
        given[name] = node.expression
    for name in ("MODEL", "DATA"):
        if name not in given:
            raise sql_error(39036, _NAME, name)
    return given


def _runtime(node: exp.Expression | None) -> str:
    """Errors: 39040 for a variable, 39053 for what is no nvarchar, 39054 for another name than ONNX."""
    if node is None:
        return ""
    if isinstance(node, exp.Parameter):
        raise sql_error(39040, _NAME, "RUNTIME")
    if not isinstance(node, (exp.Var, exp.National)):
        raise sql_error(39053)
    if node.name.upper() != _RUNTIME:
        raise sql_error(39054)
    return _RUNTIME


def _outputs(nodes: Sequence[PredictColumn]) -> tuple[Column, ...]:
    """The columns of WITH. Errors: 39031 without WITH, 8156 a name used twice, 39093 a (max) type."""
    if not nodes:
        raise sql_error(39031, _NAME)
    columns = tuple(_output(node) for node in nodes)
    seen: set[str] = set()
    for column in columns:
        if column.name.lower() in seen:
            raise sql_error(8156, column.name, _NAME)
        seen.add(column.name.lower())
    return columns


def _output(node: PredictColumn) -> Column:
    sql_type = parse_type(node.args["kind"].name)
    collate = node.args.get("collate")
    if collate is not None and collations.parse(collate.name) is not collations.Collation.DEFAULT:
        raise sql_error(40514, f"collation {collate.name}")
    if sql_type.length == MAX:
        raise sql_error(39093)
    return Column(node.name, sql_type, nullable=not node.args["not_null"])


def _model(node: exp.Expression, context: Context, outer: QueryScope | None) -> Plan:
    """A variable, a constant, or a scalar subquery; 39037 when it is not binary."""
    for table in node.find_all(exp.Table):
        if outer is not None and not table.db and outer.common_table(table.name) is not None:
            raise sql_error(40514, "a common table expression in the MODEL of PREDICT")
    bound = bind_expression(node, QueryScope(context, clause="FROM"))
    if bound.type is not None and not bound.type.is_binary:
        raise sql_error(39037, _NAME, "MODEL")
    value = cast(bound, varbinary(MAX), mode="implicit")
    return _alone(f"SELECT {value.sql} AS c0", (Column("", varbinary(MAX)),), context)


def _data(node: exp.Expression, context: Context, outer: QueryScope | None) -> tuple[Plan, Source]:
    """The query of DATA's rows, and what it offers under its name or its alias."""
    from localdb.tsql.sources import bind_table

    if not isinstance(node, exp.Table) or not isinstance(node.this, (exp.Identifier, exp.Parameter)):
        raise sql_error(40514, "PREDICT with DATA that is no table, view or common table expression")
    refuse_unread(node, "this", "db", "catalog", "alias")
    text, source = bind_table(node, context, outer)
    _check_types(source.columns)
    items = ", ".join(f"{source.bound(i).sql} AS c{i}" for i in range(len(source.columns)))
    clause = source.common.clause if source.common is not None else ""
    if source.common is not None and not clause:
        raise sql_error(40514, "PREDICT inside of the recursion that is its DATA")
    return _alone(f"{clause}SELECT {items} FROM {text}", source.columns, context), source


def _check_types(columns: Sequence[Column]) -> None:
    """Errors: 39093 and 39097; columns are counted from 0."""
    for number, column in enumerate(columns):
        if column.type.length == MAX:
            raise sql_error(39093)
        if column.type.name in _UNSUPPORTED:
            raise sql_error(39097, number, column.type.name, _NAME)


def _alone(sql: str, columns: tuple[Column, ...], context: Context) -> Plan:
    """A plan that is run by itself; what it must ask and lock is the whole statement's."""
    return Plan(sql, columns, context.parameters)


def _alias(node: exp.Table) -> str:
    alias = node.args.get("alias")
    if alias is not None and alias.columns:
        raise sql_error(40514, "PREDICT with names for its columns")
    return str(node.alias)


def _offered(
    table: str, data: Source, outputs: tuple[Column, ...], name: str, context: Context
) -> tuple[str, tuple[Source, Source]]:
    columns = (*data.columns, *outputs)
    items = ", ".join(f"CAST(c{i} AS {storage_type(c.type)}) AS c{i}" for i, c in enumerate(columns))
    sql = context.alias("t")
    names = tuple(f"c{i}" for i in range(len(columns)))
    known = len(data.columns)
    offered = Source(data.name, sql, data.columns, names[:known], full_name=data.full_name)
    predicted = Source(name, sql, outputs, names[known:])
    return f"(SELECT {items} FROM {quote_name(table)}) {sql}", (offered, predicted)
