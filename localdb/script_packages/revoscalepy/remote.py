"""A function call in the server: dill carries it there, plain values come back.

What the server sends is never unpickled: whoever controls the server would run code here. The function
travels by dill, is called by sp_execute_external_script in the server's sandbox, and its result is written as
JSON by :mod:`.remote_values`, whose source is part of the script, so that the server needs dill and nothing
of ours.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import remote_values
from .contexts import RxInSqlServer
from .errors import ConnectionSettingError, DataError, RevoError

if TYPE_CHECKING:
    import pyodbc

_SCRIPT = """
import importlib
import sys

import dill

if sys.version_info[:2] != VERSION:
    raise RuntimeError(f"the function comes from Python {VERSION}, this is {sys.version_info[:2]}")
for _package in PACKAGES:
    importlib.import_module(_package)
_function, _arguments, _state = dill.loads(payload)
if _state:
    _function.__globals__.update(_state)
if WITH_INPUT:
    _arguments["data"] = InputDataSet
answer = encode(_function(**_arguments))
"""
# An error comes as a row: of several errors ODBC delivers the first, and the last has the traceback.
_BATCH = """
SET NOCOUNT ON;
DECLARE @answer nvarchar(max) = N'';
BEGIN TRY
    EXECUTE sp_execute_external_script @language = N'Python', @script = ?, @input_data_1 = ?,
        @params = N'@payload varbinary(max), @answer nvarchar(max) OUTPUT',
        @payload = ?, @answer = @answer OUTPUT;
    SELECT @answer AS answer;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS caught_number, ERROR_MESSAGE() AS caught_message;
END CATCH
"""


class RemoteError(RevoError):
    """The server could not run the function; the text is the server's, with the script's traceback."""


def call_in_server(
    context: RxInSqlServer,
    function: Callable[..., Any],
    arguments: Mapping[str, object],
    query: str = "",
    state: Mapping[str, object] | None = None,
) -> Any:
    """The result of ``function(**arguments)``, called in the server of ``context``; with a ``query`` the
    function also gets its rows, as a data frame named ``data``. RemoteError when it fails there."""
    try:
        import dill
        import pyodbc
    except ImportError as error:
        raise ConnectionSettingError(f"the package {error.name} is needed for RxInSqlServer") from error
    payload = dill.dumps((function, dict(arguments), dict(state or {})), recurse=True)
    with closing(pyodbc.connect(context.connection_string, autocommit=True, timeout=30)) as connection:
        connection.timeout = context.execution_timeout_seconds
        cursor = connection.execute(
            _BATCH, _script(context, with_input=bool(query)), query, pyodbc.Binary(payload)
        )
        return remote_values.decode(_answer(cursor, show=context.console_output))


def _script(context: RxInSqlServer, *, with_input: bool) -> str:
    source = Path(remote_values.__file__).read_text(encoding="utf-8")
    settings = (
        f"VERSION = {tuple(sys.version_info[:2])!r}\n"
        f"PACKAGES = {[str(package) for package in context.packages_to_load]!r}\n"
        f"WITH_INPUT = {with_input!r}\n"
    )
    return source + settings + _SCRIPT


def _answer(cursor: pyodbc.Cursor, *, show: bool) -> str:
    """The answer's text; the script's messages are printed when ``show``."""
    answer: str | None = None
    more = True
    while more:
        if show:
            _print_messages(cursor)
        columns = [column[0] for column in cursor.description or ()]
        if columns == ["caught_number", "caught_message"]:
            number, message = cursor.fetchone()
            raise RemoteError(f"error {number}: {str(message).strip()}")
        if columns == ["answer"]:
            answer = cursor.fetchone()[0]
        more = cursor.nextset()
    if not answer:
        raise DataError("the server sent no answer")
    return answer


def _print_messages(cursor: pyodbc.Cursor) -> None:
    for _, text in cursor.messages or ():
        print(text.rpartition("[SQL Server]")[2])
