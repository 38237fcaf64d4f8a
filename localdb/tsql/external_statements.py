"""CREATE, ALTER and DROP of EXTERNAL LANGUAGE and EXTERNAL LIBRARY.

https://learn.microsoft.com/sql/t-sql/statements/create-external-language-transact-sql
https://learn.microsoft.com/sql/t-sql/statements/create-external-library-transact-sql
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.ast_external import (
    AlterExternalLanguage,
    AlterExternalLibrary,
    CreateExternalLanguage,
    CreateExternalLibrary,
    DropExternalLanguage,
    DropExternalLibrary,
    FileSpecification,
)
from localdb.tsql.cursor import Cursor
from localdb.tsql.expression_extent import read_value
from localdb.tsql.lexer import Kind

_PLATFORMS = ("WINDOWS", "LINUX")


def at_external(cursor: Cursor) -> bool:
    """Whether EXTERNAL LANGUAGE or EXTERNAL LIBRARY stands here, behind CREATE, ALTER or DROP."""
    return cursor.at("EXTERNAL", "LANGUAGE") or cursor.at("EXTERNAL", "LIBRARY")


def parse_create_external(cursor: Cursor, line: int) -> ast.Statement:
    """Errors: 39112 and 39114 for two files of one platform, 39113 for more than two."""
    is_library = _kind(cursor) == "LIBRARY"
    name, owner = cursor.identifier(), _owner(cursor)
    cursor.expect("FROM")
    files = [_library_file(cursor) if is_library else _language_file(cursor)]
    while cursor.accept(","):
        files.append(_library_file(cursor) if is_library else _language_file(cursor))
    _check_platforms(files, is_library, line)
    if is_library:
        return CreateExternalLibrary(line, name, owner, tuple(files), _library_language(cursor))
    return CreateExternalLanguage(line, name, owner, tuple(files))


def parse_alter_external(cursor: Cursor, line: int) -> ast.Statement:
    is_library = _kind(cursor) == "LIBRARY"
    name, owner = cursor.identifier(), _owner(cursor)
    action = cursor.expect_any("SET", "ADD", "REMOVE")
    if not is_library:
        file = _removed_platform(cursor) if action == "REMOVE" else _language_file(cursor)
        return AlterExternalLanguage(line, name, owner, action, file)
    if action != "SET":
        raise cursor.unsupported_option(f"ALTER EXTERNAL LIBRARY ... {action}")
    file = _library_file(cursor)
    return AlterExternalLibrary(line, name, owner, file, _library_language(cursor))


def parse_drop_external(cursor: Cursor, line: int) -> ast.Statement:
    if _kind(cursor) == "LANGUAGE":
        return DropExternalLanguage(line, cursor.identifier())
    return DropExternalLibrary(line, cursor.identifier(), _owner(cursor))


def _kind(cursor: Cursor) -> str:
    cursor.expect("EXTERNAL")
    return cursor.expect_any("LANGUAGE", "LIBRARY")


def _owner(cursor: Cursor) -> str | None:
    return cursor.identifier() if cursor.accept("AUTHORIZATION") else None


def _library_file(cursor: Cursor) -> FileSpecification:
    """``(CONTENT = value [, PLATFORM = platform])``"""
    cursor.expect("(")
    content = _content(cursor)
    platform = _platform(cursor) if cursor.accept(",") else ""
    cursor.expect(")")
    return FileSpecification(content, platform)


def _language_file(cursor: Cursor) -> FileSpecification:
    """``(CONTENT = value, FILE_NAME = 'name' [, option = value] ...)``, each option once."""
    cursor.expect("(")
    content = _content(cursor)
    options: dict[str, str] = {}
    while cursor.accept(","):
        option = cursor.current.word
        if option in options:
            raise cursor.syntax_error()
        options[option] = _platform(cursor) if option == "PLATFORM" else _text_option(cursor)
    cursor.expect(")")
    return FileSpecification(
        content,
        options.get("PLATFORM", ""),
        options.get("FILE_NAME", ""),
        options.get("PARAMETERS", ""),
        options.get("ENVIRONMENT_VARIABLES", ""),
    )


def _content(cursor: Cursor) -> ast.Slice:
    cursor.expect("CONTENT", "=")
    if cursor.at("NONE"):
        raise cursor.unsupported_option("CONTENT = NONE")
    return read_value(cursor)


def _platform(cursor: Cursor) -> str:
    cursor.expect("PLATFORM", "=")
    return cursor.expect_any(*_PLATFORMS)


def _text_option(cursor: Cursor) -> str:
    cursor.expect_any("FILE_NAME", "PARAMETERS", "ENVIRONMENT_VARIABLES")
    cursor.expect("=")
    return _string(cursor)


def _string(cursor: Cursor) -> str:
    if cursor.current.kind is not Kind.STRING:
        raise cursor.syntax_error()
    return cursor.advance().value


def _removed_platform(cursor: Cursor) -> FileSpecification:
    cursor.expect("PLATFORM")
    return FileSpecification(None, cursor.expect_any(*_PLATFORMS))


def _library_language(cursor: Cursor) -> str:
    cursor.expect("WITH", "(", "LANGUAGE", "=")
    language = _string(cursor)
    cursor.expect(")")
    return language


def _check_platforms(files: list[FileSpecification], is_library: bool, line: int) -> None:
    if len(files) > len(_PLATFORMS):
        raise sql_error(39113, len(_PLATFORMS), line=line)
    platforms = [file.platform or "LINUX" for file in files]
    if len(set(platforms)) == len(platforms):
        return
    raise sql_error(39114, line=line) if is_library else sql_error(39112, platforms[0], line=line)
