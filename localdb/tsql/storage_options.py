"""Options of tables, constraints and indexes that say only how rows are stored: read, checked and dropped.

https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql#relational_index_option
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql.cursor import Cursor
from localdb.tsql.keywords import words
from localdb.tsql.statement_extent import refuse_common_table

_STORAGE_OPTIONS = words(
    """
    ALLOW_PAGE_LOCKS ALLOW_ROW_LOCKS DATA_COMPRESSION FILLFACTOR MAXDOP MAX_DURATION ONLINE
    OPTIMIZE_FOR_SEQUENTIAL_KEY PAD_INDEX RESUMABLE SORT_IN_TEMPDB STATISTICS_INCREMENTAL
    STATISTICS_NORECOMPUTE XML_COMPRESSION
    """
)
_ONLY_OFF = ("IGNORE_DUP_KEY", "DROP_EXISTING")
"""ON would change what statements do."""


def skip_storage_options(cursor: Cursor) -> None:
    """Pass ``WITH (...)``, ``WITH FILLFACTOR = n``, ``ON [PRIMARY]`` and ``TEXTIMAGE_ON [PRIMARY]``.

    Raises 40517 for an option that is more than storage, 1921 for a filegroup other than PRIMARY.
    """
    while True:
        refuse_common_table(cursor)
        if cursor.accept("WITH"):
            if cursor.accept("FILLFACTOR"):
                cursor.expect("=")
                cursor.advance()
            else:
                _skip_option_list(cursor)
        elif cursor.at_any("ON", "TEXTIMAGE_ON") and cursor.ahead().word not in ("DELETE", "UPDATE"):
            cursor.advance()
            _skip_filegroup(cursor)
        elif cursor.at("FILESTREAM_ON"):
            raise cursor.unsupported_option("FILESTREAM_ON")
        else:
            return


def _skip_option_list(cursor: Cursor) -> None:
    cursor.expect("(")
    while True:
        option = cursor.current
        if option.word in _ONLY_OFF:
            if cursor.ahead().word != "=" or cursor.ahead(2).word != "OFF":
                raise cursor.unsupported_option(option.word)
        elif option.word not in _STORAGE_OPTIONS:
            raise cursor.unsupported_option(option.value) if cursor.at_name else cursor.syntax_error()
        cursor.advance()
        cursor.expect("=")
        _skip_option_value(cursor)
        if not cursor.accept(","):
            break
    cursor.expect(")")


def _skip_option_value(cursor: Cursor) -> None:
    if cursor.at_end or cursor.at_any(",", ")", ";"):
        raise cursor.syntax_error()
    cursor.advance()
    cursor.accept("MINUTES")
    if cursor.at("("):
        cursor.skip_group()
    if cursor.at("ON", "PARTITIONS"):
        raise cursor.unsupported_option("ON PARTITIONS")


def _skip_filegroup(cursor: Cursor) -> None:
    line = cursor.line
    name = cursor.advance().value if cursor.at("DEFAULT") else cursor.identifier()
    if cursor.at("("):
        raise cursor.unsupported_option("ON partition_scheme")
    if name.upper() not in ("PRIMARY", "DEFAULT"):
        raise sql_error(1921, "filegroup", name, line=line)
