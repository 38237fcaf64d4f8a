"""Functions and ``@@`` values that only the session or the catalog knows: they become parameters of the plan.

``SYSTEM_VALUES`` names each and its type; a name with ``()`` is a function. The metadata functions that are
also
applied to columns of catalog views become subqueries over catalog views when their argument is no constant:
so they know what the caller may see, and nothing else.

https://learn.microsoft.com/sql/t-sql/functions/system-functions-transact-sql,
metadata-functions-transact-sql, security-functions-transact-sql, configuration-functions-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql import casts
from localdb.tsql.binding import Bound, Scope
from localdb.tsql.functions.registry import Binder
from localdb.tsql.plan import Constant, Source, SystemValue, Variable
from localdb.types import (
    BIGINT,
    DATETIME,
    INT,
    MAX,
    SMALLINT,
    SYSNAME,
    TINYINT,
    ObjectName,
    SqlType,
    datetime2,
    datetimeoffset,
    decimal_type,
    nvarchar,
    storage_type,
    varbinary,
)

_IDENTITY = decimal_type(38, 0)
_STATEMENT = {
    "@@error": INT,
    "@@identity": _IDENTITY,
    "@@nestlevel": INT,
    "@@procid": INT,
    "@@rowcount": INT,
    "@@trancount": INT,
    "current_timestamp()": DATETIME,
    "error_line()": INT,
    "error_message()": nvarchar(4000),
    "error_number()": INT,
    "error_procedure()": SYSNAME,
    "error_severity()": INT,
    "error_state()": INT,
    "getdate()": DATETIME,
    "getutcdate()": DATETIME,
    "rowcount_big()": BIGINT,
    "scope_identity()": _IDENTITY,
    "sysdatetime()": datetime2(),
    "sysdatetimeoffset()": datetimeoffset(),
    "sysutcdatetime()": datetime2(),
    "xact_state()": SMALLINT,
}
_CONFIGURATION = {
    "@@datefirst": TINYINT,
    "@@langid": SMALLINT,
    "@@language": SYSNAME,
    "@@lock_timeout": INT,
    "@@max_connections": INT,
    "@@max_precision": TINYINT,
    "@@microsoftversion": INT,
    "@@options": INT,
    "@@servername": SYSNAME,
    "@@servicename": SYSNAME,
    "@@spid": SMALLINT,
    "@@textsize": INT,
    "@@version": nvarchar(300),
}
_METADATA = {
    "col_length()": SMALLINT,
    "col_name()": SYSNAME,
    "columnproperty()": INT,
    "databasepropertyex()": SYSNAME,
    "db_id()": INT,
    "db_name()": SYSNAME,
    "ident_current()": _IDENTITY,
    "ident_incr()": _IDENTITY,
    "ident_seed()": _IDENTITY,
    "object_definition()": nvarchar(MAX),
    "object_id()": INT,
    "object_name()": SYSNAME,
    "object_schema_name()": SYSNAME,
    "objectproperty()": INT,
    "schema_id()": INT,
    "schema_name()": SYSNAME,
    "serverproperty()": SYSNAME,
    "sessionproperty()": INT,
    "type_id()": INT,
    "type_name()": SYSNAME,
}
_SECURITY = {
    "app_name()": SYSNAME,
    "current_user()": SYSNAME,
    "database_principal_id()": INT,
    "has_perms_by_name()": INT,
    "host_name()": SYSNAME,
    "is_member()": INT,
    "is_rolemember()": INT,
    "is_srvrolemember()": INT,
    "original_login()": SYSNAME,
    "session_user()": SYSNAME,
    "suser_id()": INT,
    "suser_name()": SYSNAME,
    "suser_sid()": varbinary(85),
    "suser_sname()": SYSNAME,
    "system_user()": SYSNAME,
    "user()": SYSNAME,
    "user_id()": INT,
    "user_name()": SYSNAME,
}
SYSTEM_VALUES: Mapping[str, SqlType] = MappingProxyType(
    {**_STATEMENT, **_CONFIGURATION, **_METADATA, **_SECURITY}
)

_ARGUMENTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "app_name()": (0, 0), "col_length()": (2, 2), "col_name()": (2, 2), "columnproperty()": (3, 3),
        "database_principal_id()": (0, 1),
        "databasepropertyex()": (2, 2), "db_id()": (0, 1), "db_name()": (0, 1), "has_perms_by_name()": (3, 5),
        "ident_current()": (1, 1), "ident_incr()": (1, 1), "ident_seed()": (1, 1),
        "is_member()": (1, 1), "is_rolemember()": (1, 2),
        "is_srvrolemember()": (1, 2),
        "object_definition()": (1, 1), "object_id()": (1, 2), "object_name()": (1, 2),
        "object_schema_name()": (1, 2), "objectproperty()": (2, 2), "schema_id()": (0, 1),
        "schema_name()": (0, 1),
        "serverproperty()": (1, 1), "sessionproperty()": (1, 1), "suser_id()": (0, 1), "suser_name()": (0, 1),
        "suser_sid()": (0, 1), "suser_sname()": (0, 1), "type_id()": (1, 1), "type_name()": (1, 1),
        "user_id()": (0, 1), "user_name()": (0, 1),
    }
)  # fmt: skip
"""How many arguments a function takes; those not listed take none."""

_TYPE_NAMES = {
    36: "uniqueidentifier", 40: "date", 41: "time", 42: "datetime2", 43: "datetimeoffset", 48: "tinyint",
    52: "smallint", 56: "int", 58: "smalldatetime", 59: "real", 60: "money", 61: "datetime", 62: "float",
    104: "bit",
    106: "decimal", 108: "numeric", 122: "smallmoney", 127: "bigint", 165: "varbinary",
    167: "varchar", 173: "binary",
    175: "char", 231: "nvarchar", 239: "nchar", 256: "sysname",
}  # fmt: skip


def bind_session_value(node: exp.SessionParameter, scope: Scope) -> Bound:
    """``@@rowcount``; 137 for a name that is none."""
    name = f"@@{node.name.lower()}"
    if name in ("@@fetch_status", "@@cursor_rows", "@@dbts", "@@remserver", "@@packet_errors"):
        raise sql_error(40514, name)
    if name not in SYSTEM_VALUES:
        raise sql_error(137, name)
    return _parameter(SystemValue(name), scope)


def _parameter(value: SystemValue, scope: Scope) -> Bound:
    sql_type = SYSTEM_VALUES[value.name]
    parameter = scope.context.parameter(value)
    return Bound(f"CAST({parameter} AS {storage_type(sql_type)})", sql_type, True)


def bind_system_function(name: str, nodes: list[exp.Expression], scope: Scope, bind: Binder) -> Bound | None:
    """A call of a function of this module; None when ``name`` is not one."""
    key = f"{name.lower()}()"
    if key not in SYSTEM_VALUES:
        return None
    least, most = _ARGUMENTS.get(key, (0, 0))
    if not least <= len(nodes) <= most:
        raise (
            sql_error(174, name.lower(), least)
            if least == most
            else sql_error(189, name.lower(), least, most)
        )
    sources = [_source(node, bind) for node in nodes]
    if all(source is not None for source in sources):
        known = tuple(source for source in sources if source is not None)
        return _parameter(SystemValue(key, known), scope)
    subquery = _SUBQUERIES.get(key)
    if key == "objectproperty()" and isinstance(sources[1], Constant):
        return _object_property(nodes[0], sources[1].value, scope, bind)
    if subquery is None or any(source is None for source in sources[1:] if key != "col_name()"):
        raise sql_error(40514, f"{name.upper()} of an expression")
    argument_type = varbinary(85) if key == "suser_sname()" else INT
    arguments = [casts.cast(bind(node), argument_type).sql for node in nodes]
    return Bound(subquery(_views(scope), arguments), SYSTEM_VALUES[key], True)


def _source(node: exp.Expression, bind: Binder) -> Source | None:
    """An argument that the session can compute: a constant, a variable, or another value of the session."""
    if isinstance(node, exp.Paren):
        return _source(node.this, bind)
    if isinstance(node, exp.Null):
        return Constant(None)
    if isinstance(node, exp.Parameter):
        bind(node)
        return Variable(f"@{node.name.lower()}")
    if isinstance(node, exp.SessionParameter):
        name = f"@@{node.name.lower()}"
        return SystemValue(name) if name in SYSTEM_VALUES else None
    if isinstance(node, exp.Anonymous) and f"{str(node.this).lower()}()" in SYSTEM_VALUES:
        inner = [_source(argument, bind) for argument in node.expressions]
        known = tuple(source for source in inner if source is not None)
        return SystemValue(f"{str(node.this).lower()}()", known) if len(known) == len(inner) else None
    if node.find(exp.Column, exp.Query):
        return None
    constant = bind(node).constant
    return None if constant is None else Constant(constant)


# --- metadata functions of a column ---


CatalogView = Callable[[str], str]
"""From the name of a view of schema sys to its DuckDB text, in parentheses."""


def _views(scope: Scope) -> CatalogView:
    return lambda name: scope.context.names.relation(ObjectName(name, "sys")).physical


def _object_name(view: CatalogView, arguments: list[str]) -> str:
    return f"(SELECT o.name FROM {view('objects')} o WHERE o.object_id = {arguments[0]})"


_TYPE_PROPERTIES: Mapping[str, str] = MappingProxyType(
    {"isusertable": "'U'", "istable": "'U'", "isview": "'V'", "isprocedure": "'P'", "ismsshipped": ""}
)


def _object_property(node: exp.Expression, name: object, scope: Scope, bind: Binder) -> Bound:
    """OBJECTPROPERTY of a column of ids: the properties that say what an object is."""
    codes = _TYPE_PROPERTIES.get(str(name).lower())
    if codes is None:
        raise sql_error(40514, f"OBJECTPROPERTY(expression, '{name}')")
    is_one = f"CASE WHEN trim(o.type) IN ({codes or 'NULL'}) THEN 1 ELSE 0 END"
    objects = _views(scope)("objects")
    sql = f"(SELECT {is_one} FROM {objects} o WHERE o.object_id = {casts.cast(bind(node), INT).sql})"
    return Bound(sql, INT, True)


def _object_schema_name(view: CatalogView, arguments: list[str]) -> str:
    return (
        f"(SELECT s.name FROM {view('objects')} o JOIN {view('schemas')} s "
        f"ON s.schema_id = o.schema_id WHERE o.object_id = {arguments[0]})"
    )


def _schema_name(view: CatalogView, arguments: list[str]) -> str:
    return f"(SELECT s.name FROM {view('schemas')} s WHERE s.schema_id = {arguments[0]})"


def _object_definition(view: CatalogView, arguments: list[str]) -> str:
    return f"(SELECT m.definition FROM {view('sql_modules')} m WHERE m.object_id = {arguments[0]})"


def _col_name(view: CatalogView, arguments: list[str]) -> str:
    return (
        f"(SELECT c.name FROM {view('columns')} c "
        f"WHERE c.object_id = {arguments[0]} AND c.column_id = {arguments[1]})"
    )


def _db_name(view: CatalogView, arguments: list[str]) -> str:
    return f"(SELECT d.name FROM {view('databases')} d WHERE d.database_id = {arguments[0]})"


def _login_name(view: CatalogView, arguments: list[str]) -> str:
    return f"(SELECT l.name FROM {view('server_principals')} l WHERE l.principal_id = {arguments[0]})"


def _login_name_of_sid(view: CatalogView, arguments: list[str]) -> str:
    return f"(SELECT l.name FROM {view('server_principals')} l WHERE l.sid = {arguments[0]})"


def _user_name(view: CatalogView, arguments: list[str]) -> str:
    return f"(SELECT u.name FROM {view('database_principals')} u WHERE u.principal_id = {arguments[0]})"


def _type_name(view: CatalogView, arguments: list[str]) -> str:
    names = " ".join(f"WHEN {number} THEN '{name}'" for number, name in _TYPE_NAMES.items())
    return f"CASE {arguments[0]} {names} END"


_SUBQUERIES: Mapping[str, Callable[[CatalogView, list[str]], str]] = MappingProxyType(
    {
        "col_name()": _col_name,
        "db_name()": _db_name,
        "object_definition()": _object_definition,
        "object_name()": _object_name,
        "object_schema_name()": _object_schema_name,
        "schema_name()": _schema_name,
        "suser_name()": _login_name,
        "suser_sname()": _login_name_of_sid,
        "type_name()": _type_name,
        "user_name()": _user_name,
    }
)
