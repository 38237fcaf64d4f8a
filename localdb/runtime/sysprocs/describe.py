"""What a statement would return, and what its parameters are, without running it.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-first-result-set-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localdb.errors import sql_error
from localdb.runtime.declarations import parse_declarations
from localdb.runtime.procedure_call import Argument, Call, Flow, Parameter, SystemProcedure
from localdb.runtime.security.authorization import require_execute
from localdb.runtime.tds_types import TDS_TYPES, maximum_length, type_precision, type_scale
from localdb.tsql import ast
from localdb.tsql.names import Names, Relation
from localdb.tsql.undeclared import deduce_parameters
from localdb.types import BIT, INT, MAX, SMALLINT, SYSNAME, TINYINT, Column, ObjectName, SqlType, nvarchar

_RESULT = tuple(
    Column(name, sql_type)
    for name, sql_type in (
        ("is_hidden", BIT),
        ("column_ordinal", INT),
        ("name", SYSNAME),
        ("is_nullable", BIT),
        ("system_type_id", INT),
        ("system_type_name", nvarchar(256)),
        ("max_length", SMALLINT),
        ("precision", TINYINT),
        ("scale", TINYINT),
        ("collation_name", SYSNAME),
        ("user_type_id", INT),
        ("user_type_database", SYSNAME),
        ("user_type_schema", SYSNAME),
        ("user_type_name", SYSNAME),
        ("assembly_qualified_type_name", nvarchar(4000)),
        ("xml_collection_id", INT),
        ("xml_collection_database", SYSNAME),
        ("xml_collection_schema", SYSNAME),
        ("xml_collection_name", SYSNAME),
        ("is_xml_document", BIT),
        ("is_case_sensitive", BIT),
        ("is_fixed_length_clr_type", BIT),
        ("source_server", SYSNAME),
        ("source_database", SYSNAME),
        ("source_schema", SYSNAME),
        ("source_table", SYSNAME),
        ("source_column", SYSNAME),
        ("is_identity_column", BIT),
        ("is_part_of_unique_key", BIT),
        ("is_updateable", BIT),
        ("is_computed_column", BIT),
        ("is_sparse_column_set", BIT),
        ("ordinal_in_order_by_list", SMALLINT),
        ("order_by_list_length", SMALLINT),
        ("order_by_is_descending", SMALLINT),
        ("tds_type_id", INT),
        ("tds_length", INT),
        ("tds_collation_id", INT),
        ("tds_collation_sort_id", TINYINT),
    )
)

COLLATION = "SQL_Latin1_General_CP1_CI_AS"


def _row(ordinal: int, column: Column) -> list[Any]:
    sql_type = column.type
    known = TDS_TYPES[sql_type.name]
    character = sql_type.is_character
    return [
        False,
        ordinal,
        column.name or None,
        column.nullable,
        known.system_type_id,
        str(sql_type),
        maximum_length(sql_type),
        type_precision(sql_type),
        type_scale(sql_type),
        COLLATION if character else None,
        *(None,) * 9,
        False,
        False,
        False,
        *(None,) * 5,
        column.identity is not None,
        None,
        column.identity is None,
        False,
        False,
        *(None,) * 3,
        known.tds_type_id,
        65535 if sql_type.length == MAX else maximum_length(sql_type),
        13632521 if character else None,
        52 if character else None,
    ]


def _run_first_result_set(call: Call) -> Flow:
    """sp_describe_first_result_set @tsql, @params, @browse_information_mode."""
    text = call.value("@tsql")
    if text is None:
        raise sql_error(201, call.name, "@tsql")
    if call.value("@browse_information_mode"):
        raise sql_error(40517, "@browse_information_mode")
    variables = [
        Argument(declared.name, declared.type, None)
        for declared in parse_declarations(call.value("@params") or "")
    ]
    columns = call.describe(text, variables)
    yield from call.result(_RESULT, [_row(i, column) for i, column in enumerate(columns or (), start=1)])
    return 0


_PARAMETERS_RESULT = tuple(
    Column(name, sql_type)
    for name, sql_type in (
        ("parameter_ordinal", INT),
        ("name", SYSNAME),
        ("suggested_system_type_id", INT),
        ("suggested_system_type_name", nvarchar(256)),
        ("suggested_max_length", SMALLINT),
        ("suggested_precision", TINYINT),
        ("suggested_scale", TINYINT),
        ("suggested_user_type_id", INT),
        ("suggested_user_type_database", SYSNAME),
        ("suggested_user_type_schema", SYSNAME),
        ("suggested_user_type_name", SYSNAME),
        ("suggested_assembly_qualified_type_name", nvarchar(4000)),
        ("suggested_xml_collection_id", INT),
        ("suggested_xml_collection_database", SYSNAME),
        ("suggested_xml_collection_schema", SYSNAME),
        ("suggested_xml_collection_name", SYSNAME),
        ("suggested_is_xml_document", BIT),
        ("suggested_is_case_sensitive", BIT),
        ("suggested_is_fixed_length_clr_type", BIT),
        ("suggested_is_input", BIT),
        ("suggested_is_output", BIT),
        ("formal_parameter_name", SYSNAME),
        ("suggested_tds_type_id", INT),
        ("suggested_tds_length", INT),
    )
)


def _parameter_row(ordinal: int, name: str, sql_type: SqlType) -> list[Any]:
    known = TDS_TYPES[sql_type.name]
    length = maximum_length(sql_type)
    return [
        ordinal,
        name,
        known.system_type_id,
        str(sql_type),
        length,
        type_precision(sql_type),
        type_scale(sql_type),
        *(None,) * 9,
        False,
        False,
        False,
        True,
        False,
        None,
        known.tds_type_id,
        65535 if sql_type.length == MAX else length,
    ]


def _of_execute(call: Call, text: str, declared: frozenset[str]) -> dict[str, SqlType] | None:
    """For ``EXEC procedure @P1, @name = @P2``: the types of its parameters; None for other texts."""
    statements = call.interpreter.parse(text)
    statement = statements[0] if len(statements) == 1 else None
    if not isinstance(statement, ast.Execute) or not isinstance(statement.procedure, ObjectName):
        return None
    formal = _formal_parameters(call, statement.procedure)
    found: dict[str, SqlType] = {}
    for position, argument in enumerate(statement.arguments):
        written = argument.value.text if argument.value is not None else ""
        if not written.startswith("@") or written.startswith("@@") or written.lower() in declared:
            continue
        if argument.name is not None:
            sql_type = next((known for name, known in formal if name == argument.name.lower()), None)
        else:
            sql_type = formal[position][1] if position < len(formal) else None
        if sql_type is None:
            raise sql_error(11521, text)
        found.setdefault(written, sql_type)
    return found


def _formal_parameters(call: Call, name: ObjectName) -> list[tuple[str, SqlType]]:
    """Names in lower case and types. 2812 when there is no such procedure."""
    from localdb.runtime.procedures import find_procedure, find_system_procedure

    system = find_system_procedure(name)
    if system is not None:
        return [(parameter.name, parameter.type) for parameter in system.parameters]
    found = find_procedure(call.interpreter, name, call.frame)
    require_execute(call.session, call.frame, found.home, found.procedure)
    return [(parameter.name.lower(), parameter.type) for parameter in found.procedure.parameters]


@dataclass(frozen=True, slots=True)
class _VisibleNames:
    """``tsql.names.Names`` of what the caller may know of: 208 for all else."""

    names: Names
    call: Call

    @property
    def database(self) -> str:
        return self.names.database

    def relation(self, name: ObjectName) -> Relation:
        found = self.names.relation(name)
        if found.kind in ("table", "view"):
            session = self.call.session
            database = session.instance.require_database(str(found.name.database))
            seen = session.visibility.visible(self.call.frame, database.name)
            thing = session.transactions.relations(database).snapshot.find(
                str(found.name.schema), found.name.name
            )
            if thing is None or (seen is not None and thing.object_id not in seen.objects):
                raise sql_error(208, name)
        return found

    def variable(self, name: str) -> SqlType:
        return self.names.variable(name)


def _run_undeclared_parameters(call: Call) -> Flow:
    """sp_describe_undeclared_parameters @tsql, @params."""
    text = call.value("@tsql") or ""
    declared = frozenset(one.name.lower() for one in parse_declarations(call.value("@params") or ""))
    found = _of_execute(call, text, declared)
    if found is None:
        names = _VisibleNames(call.interpreter.evaluator.names(call.frame), call)
        found = deduce_parameters(text, declared, names)
    rows = [_parameter_row(i, name, sql_type) for i, (name, sql_type) in enumerate(found.items(), start=1)]
    yield from call.result(_PARAMETERS_RESULT, rows)
    return 0


PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_describe_first_result_set": SystemProcedure(
        _run_first_result_set,
        (
            Parameter("@tsql", nvarchar(MAX)),
            Parameter("@params", nvarchar(MAX), None),
            Parameter("@browse_information_mode", TINYINT, 0),
        ),
    ),
    "sp_describe_undeclared_parameters": SystemProcedure(
        _run_undeclared_parameters,
        (Parameter("@tsql", nvarchar(MAX)), Parameter("@params", nvarchar(MAX), None)),
    ),
}
