"""Procedures that show the server's objects and sessions to people: sp_help and its like, sp_who.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/database-engine-stored-procedures-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.errors import sql_error
from localdb.runtime.procedure_call import Argument, Call, Flow, Parameter, SystemProcedure
from localdb.runtime.security.authorization import may_on_server
from localdb.types import INT, SMALLINT, SYSNAME, TINYINT, Column, SqlType, decimal_type, nvarchar, varchar

_NAME = nvarchar(776)
_DATETIME = SqlType("datetime")


def _named(call: Call) -> Argument:
    return Argument("@name", _NAME, call.value("@objname"))


def _object_id(call: Call) -> int:
    """The object's id: error 15009 when there is no such object."""
    ((object_id,),) = call.query("SELECT OBJECT_ID(@name)", [_named(call)])
    if object_id is None:
        raise sql_error(15009, call.value("@objname"), call.frame.database)
    return int(object_id)


def _run_helptext(call: Call) -> Flow:
    """sp_helptext: the definition of a view or procedure, a row per line, line ends included."""
    ((text,),) = call.query("SELECT OBJECT_DEFINITION(OBJECT_ID(@name))", [_named(call)])
    if text is None:
        raise sql_error(15009, call.value("@objname"), call.frame.database)
    lines = [line[i : i + 255] for line in text.splitlines(keepends=True) for i in range(0, len(line), 255)]
    yield from call.result((Column("Text", nvarchar(255)),), [(line,) for line in lines])
    return 0


# --- sp_help ---

_OBJECTS = (Column("Name", SYSNAME), Column("Owner", SYSNAME), Column("Object_type", nvarchar(31)))
_OBJECT = (
    Column("Name", SYSNAME),
    Column("Owner", SYSNAME),
    Column("Type", nvarchar(31)),
    Column("Created_datetime", _DATETIME),
)
_COLUMNS = (
    Column("Column_name", SYSNAME),
    Column("Type", SYSNAME),
    Column("Computed", varchar(35)),
    Column("Length", INT),
    Column("Prec", SqlType("char", length=5)),
    Column("Scale", SqlType("char", length=5)),
    Column("Nullable", varchar(35)),
    Column("TrimTrailingBlanks", varchar(35)),
    Column("FixedLenNullInSource", varchar(35)),
    Column("Collation", SYSNAME),
)
_PARAMETERS = (
    Column("Parameter_name", SYSNAME),
    Column("Type", SYSNAME),
    Column("Length", SMALLINT),
    Column("Prec", INT),
    Column("Scale", INT),
    Column("Param_order", SMALLINT),
    Column("Collation", SYSNAME),
)
_IDENTITY = (
    Column("Identity", SYSNAME),
    Column("Seed", decimal_type(38, 0)),
    Column("Increment", decimal_type(38, 0)),
    Column("Not For Replication", INT),
)
_KINDS = """CASE o.type WHEN 'U' THEN 'user table' WHEN 'V' THEN 'view' WHEN 'P' THEN 'stored procedure'
  WHEN 'PK' THEN 'primary key cns' WHEN 'UQ' THEN 'unique key cns' WHEN 'C' THEN 'check cns'
  WHEN 'F' THEN 'foreign key cns' ELSE 'default (maybe cns)' END"""


def _run_help(call: Call) -> Flow:
    """sp_help: every object; or of one object its columns, parameters, identity and indexes."""
    source = "sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id"
    if call.value("@objname") is None:
        listed = call.query(f"SELECT o.name, s.name, {_KINDS} FROM {source} ORDER BY 3 DESC, 1")
        yield from call.result(_OBJECTS, listed)
        return 0
    argument = Argument("@id", INT, _object_id(call))
    found = call.query(
        f"SELECT o.name, s.name, {_KINDS}, o.create_date FROM {source} WHERE o.object_id = @id", [argument]
    )
    yield from call.result(_OBJECT, found)
    kind = found[0][2] if found else ""
    if kind in ("user table", "view"):
        yield from _columns(call, argument)
    if kind == "user table":
        yield from _helpindex(call, argument)
    if kind == "stored procedure":
        rows = call.query(
            "SELECT name, TYPE_NAME(user_type_id), max_length, CAST(precision AS int), CAST(scale AS int), "
            "parameter_id, NULL FROM sys.parameters WHERE object_id = @id ORDER BY parameter_id",
            [argument],
        )
        yield from call.result(_PARAMETERS, rows)
    return 0


def _columns(call: Call, argument: Argument) -> Any:
    rows = call.query(
        "SELECT name, TYPE_NAME(user_type_id), max_length, CAST(precision AS int), CAST(scale AS int), "
        "is_nullable, collation_name FROM sys.columns WHERE object_id = @id ORDER BY column_id",
        [argument],
    )
    yield from call.result(_COLUMNS, [_column_row(*row) for row in rows])
    identity = call.query(
        "SELECT name, seed_value, increment_value, 0 FROM sys.identity_columns WHERE object_id = @id",
        [argument],
    )
    none = [("No identity column defined.", None, None, None)]
    yield from call.result(_IDENTITY, identity or none)


def _column_row(
    name: str, type_name: str, length: int, precision: int, scale: int, nullable: bool, collation: str | None
) -> tuple[Any, ...]:
    numeric = type_name in ("tinyint", "smallint", "int", "bigint", "decimal", "money", "smallmoney")
    timed = type_name in ("date", "time", "datetime2", "datetimeoffset")
    digits = numeric or timed or type_name in ("float", "real")
    trims = collation is not None or type_name in ("binary", "varbinary")
    return (
        name,
        type_name,
        "no",
        length,
        str(precision) if digits else "",
        str(scale) if numeric or timed else "",
        "yes" if nullable else "no",
        "no" if trims else "(n/a)",
        ("yes" if nullable else "no") if trims else "(n/a)",
        collation,
    )


# --- sp_helpindex ---

_INDEXES = (
    Column("index_name", SYSNAME),
    Column("index_description", varchar(210)),
    Column("index_keys", nvarchar(2078)),
)


def _run_helpindex(call: Call) -> Flow:
    """sp_helpindex: the indexes and keys of a table."""
    yield from _helpindex(call, Argument("@id", INT, _object_id(call)))
    return 0


def _helpindex(call: Call, argument: Argument) -> Any:
    found = call.query(
        "SELECT i.name, i.index_id, i.is_unique, i.is_primary_key, i.is_unique_constraint, c.name "
        "FROM sys.indexes i "
        "JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id "
        "JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id "
        "WHERE i.object_id = @id ORDER BY i.name, x.key_ordinal",
        [argument],
    )
    if not found:
        yield call.message(15472, sql_error(15472, call.value("@objname")).message)
        return
    keys: dict[tuple[str, str], list[str]] = {}
    for name, number, unique, primary, constraint, column in found:
        words = ["clustered" if number == 1 else "nonclustered"]
        flags = ((unique, "unique"), (primary, "primary key"), (constraint, "unique key"))
        words += [word for is_set, word in flags if is_set]
        keys.setdefault((name, ", ".join(words) + " located on PRIMARY"), []).append(column)
    yield from call.result(_INDEXES, [(*key, ", ".join(columns)) for key, columns in keys.items()])


# --- databases and sessions ---


_DATABASES = (
    Column("name", SYSNAME),
    Column("db_size", nvarchar(13)),
    Column("owner", SYSNAME),
    Column("dbid", SMALLINT),
    Column("created", nvarchar(11)),
    Column("status", nvarchar(600)),
    Column("compatibility_level", TINYINT),
)


def _run_helpdb(call: Call) -> Flow:
    """sp_helpdb: the databases of the server; their sizes are not kept."""
    rows = call.query(
        "SELECT name, NULL, SUSER_SNAME(owner_sid), database_id, CONVERT(nvarchar(11), create_date, 100), "
        "'Status=ONLINE, Updateability=READ_WRITE, UserAccess=MULTI_USER, Recovery=FULL, Collation=' "
        "+ collation_name, compatibility_level FROM sys.databases ORDER BY name"
    )
    yield from call.result(_DATABASES, rows)
    return 0


_SESSIONS = (
    Column("spid", SMALLINT),
    Column("ecid", SMALLINT),
    Column("status", SqlType("nchar", length=30)),
    Column("loginame", SYSNAME),
    Column("hostname", SqlType("nchar", length=128)),
    Column("blk", SqlType("char", length=5)),
    Column("dbname", SYSNAME),
    Column("cmd", nvarchar(26)),
    Column("request_id", INT),
)


def _run_who(call: Call) -> Flow:
    """sp_who: who is logged in; of all, of a login, or of a session id. 15007 for anybody else.

    Without VIEW SERVER STATE it shows the caller's own session only.
    """
    wanted = (call.value("@loginame") or "").lower()
    sees_all = may_on_server(call.session, call.frame, "VIEW SERVER STATE")
    sessions = [
        one
        for one in call.session.instance.sessions()
        if (sees_all or one is call.session)
        and (wanted in ("", one.login.user.lower(), str(one.spid)) or (wanted == "active" and one.is_running))
    ]
    if not sessions:
        raise sql_error(15007, call.value("@loginame"))
    rows = []
    for one in sessions:
        status, command = ("runnable", "SELECT") if one.is_running else ("sleeping", "AWAITING COMMAND")
        login = one.login
        rows.append((one.spid, 0, status, login.user, login.host, "0", one.database, command, 0))
    yield from call.result(_SESSIONS, rows)
    return 0


PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_help": SystemProcedure(_run_help, (Parameter("@objname", _NAME, None),)),
    "sp_helpdb": SystemProcedure(_run_helpdb),
    "sp_helpindex": SystemProcedure(_run_helpindex, (Parameter("@objname", _NAME),)),
    "sp_helptext": SystemProcedure(_run_helptext, (Parameter("@objname", _NAME),)),
    "sp_who": SystemProcedure(_run_who, (Parameter("@loginame", SYSNAME, None),)),
}
