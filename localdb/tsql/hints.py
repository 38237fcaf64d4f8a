"""Table hints and query options: those that cannot change a result are accepted, the others refused.

https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table and hints-transact-sql-query
"""

from __future__ import annotations

from sqlglot import exp

from localdb.errors import sql_error

_HARMLESS = frozenset(
    [
        "NOLOCK",
        "READUNCOMMITTED",
        "READCOMMITTED",
        "READCOMMITTEDLOCK",
        "ROWLOCK",
        "PAGLOCK",
        "TABLOCK",
        "NOWAIT",
        "SNAPSHOT",
        "NOEXPAND",
        "FORCESEEK",
        "FORCESCAN",
    ]
)
_LOCKS = frozenset(["UPDLOCK", "XLOCK", "HOLDLOCK", "SERIALIZABLE", "REPEATABLEREAD", "TABLOCKX"])
"""These promise that rows stay as they were read: kept by the database's write lock, held to the
transaction's end.
"""

_OPTIONS = frozenset(
    (
        "RECOMPILE",
        "FORCE ORDER",
        "HASH JOIN",
        "LOOP JOIN",
        "MERGE JOIN",
        "HASH GROUP",
        "ORDER GROUP",
        "CONCAT UNION",
        "HASH UNION",
        "MERGE UNION",
        "KEEP PLAN",
        "KEEPFIXED PLAN",
        "ROBUST PLAN",
        "EXPAND VIEWS",
        "OPTIMIZE FOR UNKNOWN",
        "PARAMETERIZATION SIMPLE",
        "PARAMETERIZATION FORCED",
    )
)
_OPTIONS_WITH_NUMBER = frozenset(("MAXDOP", "FAST", "QUERYTRACEON"))


def check_hints(table: exp.Table) -> bool:
    """Refuse (40517) each table hint that could change what the statement means. Does one ask for locks?"""
    locks = False
    for hint in table.args.get("hints") or ():
        for item in hint.expressions if isinstance(hint, exp.WithTableHint) else (hint,):
            name = item.name.upper()
            if not isinstance(item, exp.Var) or name not in _HARMLESS | _LOCKS:
                raise sql_error(40517, name or item.key.upper())
            locks = locks or name in _LOCKS
    return locks


def check_options(options: list[exp.QueryOption] | None) -> int:
    """OPTION (...) of a statement: refuse what could change its meaning; returns MAXRECURSION (default
    100).
    """
    recursion = 100
    for option in options or ():
        name, value = option.name.upper(), option.args.get("expression")
        if name == "MAXRECURSION" and isinstance(value, exp.Literal) and value.is_int:
            recursion = int(value.name)
        elif not (name in _OPTIONS and value is None) and not (
            name in _OPTIONS_WITH_NUMBER and value is not None
        ):
            raise sql_error(40517, f"OPTION ({name})")
    return recursion
