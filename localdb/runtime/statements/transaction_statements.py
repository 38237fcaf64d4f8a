"""BEGIN, COMMIT and ROLLBACK TRANSACTION.

https://learn.microsoft.com/sql/t-sql/language-elements/transactions-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.errors import sql_error
from localdb.events import TransactionChanged
from localdb.runtime.scope import Frame
from localdb.tsql import ast

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter


def run_begin(run: Interpreter, statement: ast.BeginTransaction, frame: Frame) -> Flow:
    transactions = run.session.transactions
    if transactions.begin():
        assert transactions.current is not None
        transactions.current.name = _name(run, statement.name, frame)
        yield TransactionChanged("begin", transactions.current.descriptor)
    run.session.state.rowcount = 0
    return None


def run_commit(run: Interpreter, statement: ast.CommitTransaction, frame: Frame) -> Flow:
    inside = any(scope.in_insert_execute for scope in frame.chain())
    if inside and run.session.transactions.count == 1:
        raise sql_error(3916)
    ended = run.session.transactions.commit()
    if ended is not None:
        yield TransactionChanged("commit", ended.descriptor)
    run.session.state.rowcount = 0
    return None


def run_rollback(run: Interpreter, statement: ast.RollbackTransaction, frame: Frame) -> Flow:
    """A name must be that of the outermost BEGIN: there are no savepoints (6401)."""
    transactions = run.session.transactions
    if any(scope.in_insert_execute for scope in frame.chain()):
        raise sql_error(3915)
    name = _name(run, statement.name, frame)
    if name and transactions.current is not None and name.lower() != transactions.current.name.lower():
        raise sql_error(6401, name)
    ended = transactions.rollback()
    yield TransactionChanged("rollback", ended.descriptor)
    return None


def _name(run: Interpreter, name: str | None, frame: Frame) -> str:
    """A transaction's name may be given by a variable."""
    if name is not None and name.startswith("@"):
        return str(frame.variable(name).value or "")
    return name or ""


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast.BeginTransaction: run_begin,
        ast.CommitTransaction: run_commit,
        ast.RollbackTransaction: run_rollback,
    }
)
