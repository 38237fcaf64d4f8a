"""Procedures that show the server's objects and sessions to people: sp_helptext, sp_helpdb, sp_who.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/database-engine-stored-procedures-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping

from localdb.errors import sql_error
from localdb.runtime.procedure_call import Argument, Call, Flow, Parameter, SystemProcedure
from localdb.types import SMALLINT, SYSNAME, Column, SqlType, nvarchar

_NAME = nvarchar(776)


def _run_helptext(call: Call) -> Flow:
    """sp_helptext: the definition of a view or procedure, a row per line, line ends included."""
    name = call.value("@objname")
    rows = call.query("SELECT OBJECT_DEFINITION(OBJECT_ID(@name))", [Argument("@name", _NAME, name)])
    if rows[0][0] is None:
        raise sql_error(15009, name, call.session.database)
    lines = [(line,) for line in rows[0][0].splitlines(keepends=True)]
    yield from call.result((Column("Text", nvarchar(255)),), lines)
    return 0


def _run_helpdb(call: Call) -> Flow:
    """sp_helpdb: the databases of the server."""
    rows = call.query("SELECT name, database_id, create_date FROM sys.databases ORDER BY name")
    columns = (Column("name", SYSNAME), Column("dbid", SMALLINT), Column("created", SqlType("datetime")))
    yield from call.result(columns, rows)
    return 0


def _run_who(call: Call) -> Flow:
    """sp_who: who is logged in."""
    columns = (
        Column("spid", SMALLINT),
        Column("loginame", SYSNAME),
        Column("hostname", nvarchar(128)),
        Column("dbname", SYSNAME),
        Column("program_name", nvarchar(128)),
    )
    rows = [
        (one.spid, one.login.user, one.login.host, one.database, one.login.application)
        for one in call.session.instance.sessions()
    ]
    yield from call.result(columns, rows)
    return 0


PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_helptext": SystemProcedure(_run_helptext, (Parameter("@objname", _NAME),)),
    "sp_helpdb": SystemProcedure(_run_helpdb),
    "sp_who": SystemProcedure(_run_who),
}
