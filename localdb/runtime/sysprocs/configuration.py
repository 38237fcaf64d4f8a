"""sp_configure.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-configure-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.errors import sql_error
from localdb.runtime.procedure_call import Call, Flow, Parameter, SystemProcedure
from localdb.runtime.security.authorization import require_server
from localdb.types import INT, Column, nvarchar

_ADVANCED = "show advanced options"

_RESULT = (
    Column("name", nvarchar(35), nullable=False),
    Column("minimum", INT),
    Column("maximum", INT),
    Column("config_value", INT),
    Column("run_value", INT),
)

_QUERY = """
SELECT name, minimum, maximum, value, value_in_use, CAST(is_advanced AS int)
FROM sys.configurations ORDER BY name
"""


def _visible(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Advanced options are shown only while 'show advanced options' runs as 1."""
    advanced = any(row[0] == _ADVANCED and row[4] == 1 for row in rows)
    return [row for row in rows if advanced or not row[5]]


def _matching(name: str, rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The option that ``name`` is, or is the unique beginning of: 15123 none, 15124 several."""
    wanted = name.strip().lower()
    exact = [row for row in rows if row[0].lower() == wanted]
    found = exact or [row for row in rows if row[0].lower().startswith(wanted)]
    if not found:
        raise sql_error(15123, name)
    if len(found) > 1:
        raise sql_error(15124, name)
    return found[0]


def _run_configure(call: Call) -> Flow:
    rows = _visible(call.query(_QUERY))
    name, value = call.value("@configname"), call.value("@configvalue")
    if name is None:
        yield from call.result(_RESULT, [row[:5] for row in rows])
        return 0
    option = _matching(name, rows)
    if value is None:
        yield from call.result(_RESULT, [option[:5]])
        return 0
    known, minimum, maximum, old = option[:4]
    if not minimum <= value <= maximum:
        raise sql_error(15129, value, known)
    require_server(call.session, call.frame, "ALTER SETTINGS")
    if call.session.transactions.count:
        raise sql_error(15002, "sp_configure")
    call.session.instance.configure(call.session, known, value)
    yield call.message(
        15457,
        f"Configuration option '{known}' changed from {old} to {value}. "
        "Run the RECONFIGURE statement to install.",
    )
    return 0


PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_configure": SystemProcedure(
        _run_configure,
        (Parameter("@configname", nvarchar(35), None), Parameter("@configvalue", INT, None)),
    ),
}
