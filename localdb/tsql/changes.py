"""INSERT, UPDATE, DELETE and MERGE to plans: stage, check, apply (``plan.ChangePlan``)."""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.deletes import compile_delete
from localdb.tsql.inserts import compile_insert, compile_insert_from
from localdb.tsql.merges import compile_merge
from localdb.tsql.names import Names
from localdb.tsql.plan import ChangePlan
from localdb.tsql.updates import compile_update

__all__ = ["compile_change", "compile_insert_from"]


def compile_change(statement: ast.DataChange, names: Names) -> ChangePlan:
    """Compile a data change; raises the numbered errors of its names, types and clauses."""
    compilers = {
        "INSERT": compile_insert,
        "UPDATE": compile_update,
        "DELETE": compile_delete,
        "MERGE": compile_merge,
    }
    compiler = compilers.get(statement.kind)
    if compiler is None:
        raise sql_error(40510, statement.kind, line=statement.line)
    return compiler(statement.text, names)
