"""The environment of a script: ENVIRONMENT_VARIABLES of its language, and where its libraries are.

Both reach it when its process already runs. What the loader or Python itself reads at its start is refused:
it would have no effect, or one on the sandbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from localdb.errors import sql_error

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_REFUSED = re.compile(
    r"LD_.*|DYLD_.*|PYTHON.*|.*PATH|HOME|TMPDIR|TEMP|TMP|IFS|ENV|BASH_ENV|GLIBC_TUNABLES|MALLOC_.*",
    re.IGNORECASE,
)
_MAX_TEXT = 4000


def parse_environment(text: str) -> tuple[tuple[str, str], ...]:
    """A JSON object of texts as (name, value) in the order in which they are written; none for ''.

    Error 39133.
    """
    if not text:
        return ()
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        raise sql_error(39133) from None
    is_object = isinstance(pairs, list) and text.lstrip().startswith("{")
    if len(text) > _MAX_TEXT or not is_object or not all(map(_is_pair, pairs)):
        raise sql_error(39133)
    if len({name for name, _ in pairs}) < len(pairs):
        raise sql_error(39133)
    return tuple((name, value) for name, value in pairs)


def _is_pair(pair: object) -> bool:
    """A name that may be set, with a text for it."""
    if not isinstance(pair, tuple) or not all(isinstance(part, str) for part in pair):
        return False
    name, value = pair
    if not _NAME.fullmatch(name) or _REFUSED.fullmatch(name):
        return False
    return "\0" not in value and value.isprintable()


def library_environment(folders: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The variables by which a script finds the folders, for tools that look into them, such as sqlmlutils.

    The first pair is that of SQL Server's own Python, the second that of the language extensions:
    https://github.com/microsoft/sql-server-language-extensions
    """
    names = {
        "private": ("MRS_EXTLIB_USER_PATH", "PRIVATELIBPATH"),
        "public": ("MRS_EXTLIB_SHARED_PATH", "PUBLICLIBPATH"),
    }
    return tuple(
        (name, folder)
        for scope, variables in names.items()
        for folder in folders
        if f"-{scope}-" in folder.rpartition("/")[2]
        for name in variables
    )
