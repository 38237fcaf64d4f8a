"""What a client is told about an external script: errors, and what the script printed.

https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors-31000-to-41399
"""

from __future__ import annotations

from collections.abc import Iterator

from localdb.error_texts import MESSAGES
from localdb.errors import SqlError, sql_error
from localdb.events import Info
from localdb.satellite.launcher import Outcome, ScriptRequest, ScriptResult

FAILED = "Error in execution.  Check the output for more information."
_NEW_LINE = "\n"
_ABORTED = "80004004"
"""E_ABORT: the HRESULT that an ordinary failure of a script carries."""

_MESSAGE_CHARACTERS = 15_000
"""An INFO token holds at most 65,535 bytes."""


def no_runtime_for_r(language: str, request_id: str) -> SqlError:
    """39021 with the sentence that explains it."""
    error = sql_error(
        39019, _NEW_LINE, "This server runs Python scripts only; it has no runtime for R.", state=2
    )
    error.earlier = (sql_error(39021, language, request_id, language),)
    return error


def failure(request: ScriptRequest, result: ScriptResult) -> SqlError:
    """The error of a script that failed; what it printed follows the error."""
    language, request_id = request.language, request.request_id
    if result.outcome is Outcome.SCRIPT_ERROR:
        error = _script_error(request, result.error)
        error.messages = tuple(printed(result))
        return error
    if result.outcome is Outcome.NOT_STARTED:
        error = sql_error(39021, language, request_id, language)
    else:
        error = unreadable(request)
    error.messages = (_info(39006, result.error), *printed(result))
    return error


def _script_error(request: ScriptRequest, text: str) -> SqlError:
    first, _, _ = text.partition(_NEW_LINE)
    text = f"{_NEW_LINE}{text}{_NEW_LINE}SqlSatelliteCall error: {first}"
    error = sql_error(39019, _NEW_LINE, text, state=2)
    error.earlier = (sql_error(39004, request.language, _ABORTED, request.request_id, state=20),)
    return error


def wrong_output(request: ScriptRequest, reason: str) -> SqlError:
    """The error of a script whose data set cannot follow those of its earlier runs."""
    return _script_error(request, f"{FAILED}{_NEW_LINE}RuntimeError: {reason}{_NEW_LINE}")


def unreadable(request: ScriptRequest) -> SqlError:
    """39012: the runtime does not do what it should."""
    return sql_error(39012, request.language, request.request_id, request.language, state=14)


def printed(result: ScriptResult) -> Iterator[Info]:
    """39005 for stdout, 39022 for stderr; several when there is much of it."""
    for number, text in ((39005, result.stdout), (39022, result.stderr)):
        for start in range(0, len(text), _MESSAGE_CHARACTERS):
            yield _info(number, _NEW_LINE, text[start : start + _MESSAGE_CHARACTERS])


def _info(number: int, *arguments: str) -> Info:
    text = MESSAGES[number]
    return Info(number, text.template.format(*arguments), text.severity)
