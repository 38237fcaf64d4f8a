"""Text of a batch -> statements: recursive descent over the procedural grammar of T-SQL.

Queries, data changes and expressions stay text (``ast.Slice``). What SQL Server has and localdb has not is
refused by name; anything else that is not T-SQL is error 102 or 156 near the token, with its line.
"""

from __future__ import annotations

from collections.abc import Callable

from localdb.errors import SqlError
from localdb.tsql import ast
from localdb.tsql.control_flow import (
    parse_block,
    parse_if,
    parse_print,
    parse_raiserror,
    parse_return,
    parse_throw,
    parse_try,
    parse_waitfor,
    parse_while,
    parse_word,
)
from localdb.tsql.cursor import Cursor
from localdb.tsql.data_statements import parse_data_statement, parse_truncate
from localdb.tsql.definitions import parse_alter, parse_create, parse_drop, parse_reconfigure, parse_use
from localdb.tsql.execute import parse_execute, parse_implicit_execute
from localdb.tsql.impersonation import parse_revert
from localdb.tsql.modules import ParseStatement
from localdb.tsql.permission_statements import parse_deny, parse_grant, parse_revoke
from localdb.tsql.statement_extent import refuse_common_table
from localdb.tsql.transaction_statements import parse_begin_transaction, parse_commit, parse_rollback
from localdb.tsql.variables import parse_declare, parse_set

_SIMPLE: dict[str, Callable[[Cursor], ast.Statement]] = {
    "(": parse_data_statement,
    "BEGIN DISTRIBUTED": parse_begin_transaction,
    "BEGIN TRAN": parse_begin_transaction,
    "BEGIN TRANSACTION": parse_begin_transaction,
    "BREAK": parse_word,
    "COMMIT": parse_commit,
    "CONTINUE": parse_word,
    "DECLARE": parse_declare,
    "DELETE": parse_data_statement,
    "DENY": parse_deny,
    "DROP": parse_drop,
    "EXEC": parse_execute,
    "EXECUTE": parse_execute,
    "GRANT": parse_grant,
    "INSERT": parse_data_statement,
    "MERGE": parse_data_statement,
    "PRINT": parse_print,
    "RAISERROR": parse_raiserror,
    "RECONFIGURE": parse_reconfigure,
    "RETURN": parse_return,
    "REVERT": parse_revert,
    "REVOKE": parse_revoke,
    "ROLLBACK": parse_rollback,
    "SELECT": parse_data_statement,
    "SET": parse_set,
    "THROW": parse_throw,
    "TRUNCATE": parse_truncate,
    "UPDATE": parse_data_statement,
    "USE": parse_use,
    "WAITFOR": parse_waitfor,
    "WITH": parse_data_statement,
}
_WITH_STATEMENTS_INSIDE: dict[str, Callable[[Cursor, ParseStatement], ast.Statement]] = {
    "ALTER": parse_alter,
    "BEGIN": parse_block,
    "BEGIN TRY": parse_try,
    "CREATE": parse_create,
    "IF": parse_if,
    "WHILE": parse_while,
}
_BEGINNINGS = (
    "BEGIN TRY",
    "BEGIN TRAN",
    "BEGIN TRANSACTION",
    "BEGIN DISTRIBUTED",
    "BEGIN DIALOG",
    "BEGIN CONVERSATION",
    "BEGIN ATOMIC",
)
_REFUSED = {
    "BEGIN ATOMIC": "BEGIN ATOMIC",
    "BEGIN CONVERSATION": "BEGIN CONVERSATION",
    "BEGIN DIALOG": "BEGIN DIALOG",
    "BACKUP": "BACKUP",
    "BULK": "BULK INSERT",
    "CHECKPOINT": "CHECKPOINT",
    "CLOSE": "CLOSE",
    "DBCC": "DBCC",
    "DEALLOCATE": "DEALLOCATE",
    "DUMP": "DUMP",
    "FETCH": "FETCH",
    "GOTO": "GOTO",
    "KILL": "KILL",
    "LINENO": "LINENO",
    "LOAD": "LOAD",
    "OPEN": "OPEN",
    "READTEXT": "READTEXT",
    "RESTORE": "RESTORE",
    "SAVE": "SAVE TRANSACTION",
    "SETUSER": "SETUSER",
    "SHUTDOWN": "SHUTDOWN",
    "UPDATETEXT": "UPDATETEXT",
    "WRITETEXT": "WRITETEXT",
}
_REFUSED_PAIRS = (
    "ADD COUNTER",
    "ADD SENSITIVITY",
    "ADD SIGNATURE",
    "DISABLE TRIGGER",
    "ENABLE TRIGGER",
    "END CONVERSATION",
    "GET CONVERSATION",
    "MOVE CONVERSATION",
    "SEND ON",
)


def parse_batch(text: str) -> tuple[ast.Statement, ...]:
    """The statements of a batch; none for an empty one.

    Raises SqlError with SQL Server's number, text and line: 102, 103, 105, 111, 113, 156, 191 and others for
    wrong syntax; 40510, 40514 and 40517 for what localdb does not support.
    """
    cursor = Cursor(text)
    statements: list[ast.Statement] = []
    cursor.skip_semicolons()
    if cursor.at_name and not _begins_statement(cursor):
        statements.append(parse_implicit_execute(cursor))
        cursor.skip_semicolons()
    while not cursor.at_end:
        statements.append(parse_statement(cursor))
    return tuple(statements)


def parse_statement(cursor: Cursor) -> ast.Statement:
    """One statement and the semicolons behind it. A nested one costs three frames of Python's stack."""
    word = cursor.current.word
    if word == "BEGIN" and f"BEGIN {cursor.ahead().word}" in _BEGINNINGS:
        word = f"BEGIN {cursor.ahead().word}"
    with cursor.nested():
        if word in _SIMPLE:
            statement = _SIMPLE[word](cursor)
        elif word in _WITH_STATEMENTS_INSIDE:
            statement = _WITH_STATEMENTS_INSIDE[word](cursor, parse_statement)
        else:
            raise _unknown_statement(cursor, word)
    refuse_common_table(cursor)
    cursor.skip_semicolons()
    return statement


def _begins_statement(cursor: Cursor) -> bool:
    """Whether a word that is not reserved begins a statement, or is a label, where it stands."""
    word, following = cursor.current.word, cursor.ahead()
    return word == "THROW" or following.word == ":" or f"{word} {following.word}" in _REFUSED_PAIRS


def _unknown_statement(cursor: Cursor, word: str) -> SqlError:
    following = cursor.ahead()
    if word in _REFUSED:
        return cursor.unsupported_statement(_REFUSED[word])
    if f"{word} {following.word}" in _REFUSED_PAIRS:
        return cursor.unsupported_statement(f"{word} {following.word}")
    if cursor.at_name and following.word == ":":
        return cursor.unsupported_statement(f"{cursor.current.value}:")
    return cursor.syntax_error()
