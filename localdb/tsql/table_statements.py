"""CREATE TABLE, ALTER TABLE, CREATE INDEX and DROP INDEX.

https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.cursor import Cursor
from localdb.tsql.expression_extent import read_condition
from localdb.tsql.storage_options import skip_storage_options
from localdb.tsql.table_definitions import (
    Elements,
    parse_column_definition,
    parse_table_elements,
    read_index_columns,
)
from localdb.types import ObjectName

_TABLE_KINDS = ("AS", "FILETABLE", "NODE", "EDGE")


def parse_create_table(cursor: Cursor, line: int) -> ast.CreateTable:
    """CREATE TABLE from behind TABLE."""
    name = cursor.object_name()
    if cursor.at_any(*_TABLE_KINDS):
        raise cursor.unsupported_option(
            f"AS {cursor.ahead().value}" if cursor.at("AS") else cursor.current.word
        )
    definition = parse_table_elements(cursor)
    if cursor.at("AS"):
        raise cursor.unsupported_option(f"AS {cursor.ahead().value}")
    skip_storage_options(cursor)
    return ast.CreateTable(line, name, definition)


def parse_alter_table(cursor: Cursor, line: int) -> ast.Statement:
    """ALTER TABLE from behind TABLE."""
    table = cursor.object_name()
    if cursor.accept("ALTER"):
        cursor.expect("COLUMN")
        column = parse_column_definition(cursor)
        if cursor.at("WITH"):
            raise cursor.unsupported_option("ALTER COLUMN WITH")
        return ast.AlterColumn(line, table, column)
    if cursor.accept("DROP"):
        return _parse_drop(cursor, table, line)
    if cursor.accept("WITH"):
        if cursor.at("NOCHECK"):
            raise cursor.unsupported_option("NOCHECK")
        cursor.expect("CHECK")
        if not cursor.at("ADD"):
            raise cursor.unsupported_option("CHECK CONSTRAINT")
    if cursor.accept("ADD"):
        return _parse_add(cursor, table, line)
    if cursor.at_any("CHECK", "NOCHECK", "ENABLE", "DISABLE", "SWITCH", "SET", "REBUILD"):
        raise cursor.unsupported_option(f"ALTER TABLE {cursor.current.word}")
    raise cursor.syntax_error()


def _parse_add(cursor: Cursor, table: ObjectName, line: int) -> ast.AlterTableAdd:
    elements = Elements()
    while True:
        elements.parse_one(cursor, alter=True)
        if not cursor.accept(","):
            return ast.AlterTableAdd(line, table, elements.definition())


def _parse_drop(cursor: Cursor, table: ObjectName, line: int) -> ast.AlterTableDrop:
    if cursor.at_any("PERIOD", "SYSTEM"):
        raise cursor.unsupported_option(f"DROP {cursor.current.word}")
    kind = cursor.accept_any("COLUMN", "CONSTRAINT") or "CONSTRAINT"
    if_exists = cursor.accept("IF", "EXISTS")
    names = [cursor.identifier()]
    while cursor.accept(","):
        if cursor.at_any("COLUMN", "CONSTRAINT"):
            raise cursor.unsupported_option(f", {cursor.current.word}")
        names.append(cursor.identifier())
    if cursor.at("WITH"):
        raise cursor.unsupported_option("DROP CONSTRAINT WITH")
    return ast.AlterTableDrop(line, table, kind, tuple(names), if_exists)


def parse_create_index(cursor: Cursor, line: int) -> ast.CreateIndex:
    """CREATE INDEX from behind CREATE. Only UNIQUE changes what statements do; the rest is storage."""
    unique = cursor.accept("UNIQUE")
    clustered = cursor.accept_any("CLUSTERED", "NONCLUSTERED") == "CLUSTERED"
    if cursor.at("COLUMNSTORE"):
        raise sql_error(40510, "CREATE COLUMNSTORE INDEX", line=line)
    cursor.expect("INDEX")
    name = cursor.identifier()
    cursor.expect("ON")
    table = cursor.object_name()
    columns = read_index_columns(cursor)
    if cursor.accept("INCLUDE"):
        cursor.name_list()
    if cursor.at("WHERE") and not clustered:
        if unique:
            raise cursor.unsupported_option("UNIQUE INDEX WHERE")
        cursor.advance()
        read_condition(cursor)
    skip_storage_options(cursor)
    return ast.CreateIndex(line, name, table, columns, unique)


def parse_drop_index(cursor: Cursor, line: int) -> ast.DropIndex:
    """DROP INDEX from behind INDEX; the old form ``table.index`` too."""
    if_exists = cursor.accept("IF", "EXISTS")
    written = cursor.object_name()
    if cursor.accept("ON"):
        if written.schema is not None:
            raise cursor.syntax_error(cursor.previous)
        name, table = written.name, cursor.object_name()
    elif written.schema is not None:
        name, table = written.name, ObjectName(written.schema, written.database)
    else:
        raise cursor.syntax_error()
    if cursor.at(","):
        raise cursor.unsupported_option("DROP INDEX with several indexes")
    if cursor.at("WITH"):
        raise cursor.unsupported_option("DROP INDEX WITH")
    return ast.DropIndex(line, name, table, if_exists)
