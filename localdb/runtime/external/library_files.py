"""CONTENT of CREATE and ALTER EXTERNAL LIBRARY: bytes, or a file of the server that is read once."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from localdb.errors import SqlError, sql_error
from localdb.libraries.archive import MAX_CONTENT
from localdb.runtime.external.files import MAX_FILE_PATH, content_of
from localdb.runtime.scope import Frame
from localdb.runtime.security.security_context import caller_in
from localdb.tsql.ast_external import FileSpecification

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter

_NOT_SYSADMIN = "only members of the server role sysadmin may name a file of the server"


def library_content(run: Interpreter, file: FileSpecification, verb: str, number: int, frame: Frame) -> bytes:
    """The bytes of file ``number`` of the statement ``verb`` (CREATE or ALTER).

    Errors: 39042 neither bytes nor the path of a file, 39043 too long a path, 39044 no such file or none that
    the caller may name, 39045 a file that cannot be read.
    """
    content = content_of(run, file, frame)
    if content is None:
        raise sql_error(39042, verb, number)
    if isinstance(content, bytes):
        return content
    if len(content) > MAX_FILE_PATH:
        raise sql_error(39043, verb, content[:MAX_FILE_PATH])
    if not caller_in(run.session, frame, frame.database).is_sysadmin:
        raise sql_error(39044, verb, content, _NOT_SYSADMIN)
    return _read(Path(content), verb)


def _read(path: Path, verb: str) -> bytes:
    if not path.is_absolute():
        raise sql_error(39044, verb, path, "the path is not absolute")
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(39044, verb, path, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise sql_error(39044, verb, path, "it is not a file")
    if status.st_size > MAX_CONTENT:
        raise sql_error(39045, verb, path, f"it has more than {MAX_CONTENT} bytes")
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(39045, verb, path, error) from error


def _unreadable(number: int, verb: str, path: Path, error: Exception) -> SqlError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return sql_error(number, verb, path, reason)
