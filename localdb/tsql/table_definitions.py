"""Columns and constraints of CREATE TABLE, ALTER TABLE and DECLARE @t TABLE.

https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass, field

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.cursor import Cursor
from localdb.tsql.expression_extent import read_condition, read_value
from localdb.tsql.lexer import Kind
from localdb.tsql.storage_options import skip_storage_options
from localdb.tsql.typenames import Subject, read_type
from localdb.types import ObjectName

_REFUSED_COLUMN_OPTIONS = (
    "ENCRYPTED",
    "FILESTREAM",
    "GENERATED",
    "HIDDEN",
    "INDEX",
    "MASKED",
    "PERSISTED",
    "ROWGUIDCOL",
    "SPARSE",
)
_CONSTRAINT_STARTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "DEFAULT")


def parse_table_elements(cursor: Cursor) -> ast.TableDefinition:
    """``( columns and constraints )``; a comma behind the last one is legal."""
    cursor.expect("(")
    elements = Elements()
    while True:
        elements.parse_one(cursor)
        if not cursor.accept(",") or cursor.at(")"):
            break
    cursor.expect(")")
    return elements.definition()


@dataclass(slots=True)
class Elements:
    """The columns and constraints read so far."""

    columns: list[ast.ColumnDefinition] = field(default_factory=list)
    constraints: list[ast.ConstraintDefinition] = field(default_factory=list)

    def definition(self) -> ast.TableDefinition:
        return ast.TableDefinition(tuple(self.columns), tuple(self.constraints))

    def parse_one(self, cursor: Cursor, alter: bool = False) -> None:
        """A column or a table constraint; DEFAULT ... FOR only when ``alter``."""
        if cursor.at_any("INDEX", "PERIOD"):
            raise cursor.unsupported_option(cursor.current.word)
        if cursor.at_any(*_CONSTRAINT_STARTS):
            self.constraints.append(parse_table_constraint(cursor, alter))
        else:
            self.parse_column(cursor)

    def parse_column(self, cursor: Cursor) -> None:
        name = cursor.identifier()
        if cursor.at("AS"):
            raise cursor.unsupported_option("computed column")
        reader = _ColumnReader(cursor, name, len(self.columns) + 1)
        self.columns.append(reader.read())
        self.constraints += reader.constraints


class _ColumnReader:
    """Reads what stands behind a column's name."""

    def __init__(self, cursor: Cursor, name: str, ordinal: int) -> None:
        self.cursor = cursor
        self.name = name
        self.type = read_type(cursor, Subject("column", name, ordinal))
        # The type sysname is nvarchar(128) NOT NULL, unless NULL is written.
        self.nullable: bool | None = False if cursor.previous.value.lower() == "sysname" else None
        self.identity: tuple[int, int] | None = None
        self.default: ast.Slice | None = None
        self.default_name: str | None = None
        self.with_values = False
        self.collation: str | None = None
        self.constraints: list[ast.ConstraintDefinition] = []

    def read(self) -> ast.ColumnDefinition:
        while self._read_option():
            pass
        return ast.ColumnDefinition(
            self.name,
            self.type,
            self.nullable,
            self.identity,
            self.default,
            self.default_name,
            self.collation,
            self.with_values,
        )

    def _read_option(self) -> bool:
        cursor = self.cursor
        word = cursor.current.word
        if word in _REFUSED_COLUMN_OPTIONS:
            raise cursor.unsupported_option(word)
        if word == "COLLATE":
            cursor.advance()
            self.collation = cursor.identifier()
        elif word == "NULL":
            cursor.advance()
            self.nullable = True
        elif word == "NOT":
            cursor.advance()
            if cursor.at("FOR"):
                raise cursor.unsupported_option("NOT FOR REPLICATION")
            cursor.expect("NULL")
            self.nullable = False
        elif word == "IDENTITY":
            if self.identity is not None:
                raise cursor.syntax_error()
            self.identity = _read_identity(cursor)
        elif word in (*_CONSTRAINT_STARTS, "REFERENCES"):
            self._read_constraint()
        else:
            return False
        return True

    def _read_constraint(self) -> None:
        cursor = self.cursor
        name = cursor.identifier() if cursor.accept("CONSTRAINT") else None
        if cursor.at("DEFAULT"):
            if self.default is not None:
                raise cursor.syntax_error()
            cursor.advance()
            self.default, self.default_name = read_value(cursor), name
            if cursor.accept("WITH", "VALUES"):
                self.with_values = True
        elif cursor.at_any("NULL", "NOT") and name is not None:
            return  # a name for [NOT] NULL is legal and without effect
        else:
            self.constraints.append(_parse_constraint_body(cursor, name, self.name))


def _read_identity(cursor: Cursor) -> tuple[int, int]:
    cursor.expect("IDENTITY")
    seed, increment = 1, 1
    if cursor.accept("("):
        seed = _signed_integer(cursor)
        cursor.expect(",")
        increment = _signed_integer(cursor)
        cursor.expect(")")
    if cursor.at("NOT") and cursor.ahead().word == "FOR":
        raise cursor.unsupported_option("NOT FOR REPLICATION")
    return seed, increment


def _signed_integer(cursor: Cursor) -> int:
    sign = -1 if cursor.accept("-") else 1
    token = cursor.current
    if token.kind is not Kind.NUMBER or not token.text.isdecimal():
        raise cursor.syntax_error()
    cursor.advance()
    return sign * int(token.text)


def parse_column_definition(cursor: Cursor) -> ast.ColumnDefinition:
    """The column of ALTER COLUMN: a name, a type, COLLATE and [NOT] NULL, nothing else."""
    line = cursor.line
    name = cursor.identifier()
    if cursor.at_any("ADD", "DROP"):
        raise cursor.unsupported_option(f"ALTER COLUMN {cursor.current.word}")
    reader = _ColumnReader(cursor, name, 1)
    column = reader.read()
    if reader.constraints or column.identity or column.default:
        raise sql_error(156, "CONSTRAINT" if reader.constraints else "DEFAULT", line=line)
    return column


def parse_table_constraint(cursor: Cursor, alter: bool = False) -> ast.ConstraintDefinition:
    name = cursor.identifier() if cursor.accept("CONSTRAINT") else None
    if not cursor.at("DEFAULT"):
        return _parse_constraint_body(cursor, name, None)
    if not alter:
        raise cursor.syntax_error()
    cursor.advance()
    value = read_value(cursor)
    cursor.expect("FOR")
    column = cursor.identifier()
    if cursor.at("WITH", "VALUES"):
        raise cursor.unsupported_option("WITH VALUES")
    return ast.ConstraintDefinition("DEFAULT", name, (column,), value)


def _parse_constraint_body(cursor: Cursor, name: str | None, column: str | None) -> ast.ConstraintDefinition:
    """A constraint behind its name: of the table, or of ``column``, which then need not be listed."""
    word = cursor.expect_any("PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "REFERENCES")
    own = () if column is None else (column,)
    if word in ("PRIMARY", "UNIQUE"):
        kind = "UNIQUE"
        if word == "PRIMARY":
            cursor.expect("KEY")
            kind = "PRIMARY KEY"
        cursor.accept_any("CLUSTERED", "NONCLUSTERED")
        if cursor.at("HASH"):
            raise cursor.unsupported_option("HASH")
        columns = own if column is not None and not cursor.at("(") else _key_columns(cursor)
        skip_storage_options(cursor)
        return ast.ConstraintDefinition(kind, name, columns)
    if word == "CHECK":
        _refuse_replication(cursor)
        cursor.expect("(")
        expression = read_condition(cursor)
        cursor.expect(")")
        return ast.ConstraintDefinition("CHECK", name, own, expression)
    columns = own
    if word == "FOREIGN":
        cursor.expect("KEY")
        if column is None or cursor.at("("):
            columns = cursor.name_list()
        cursor.expect("REFERENCES")
    elif column is None:
        raise cursor.syntax_error(cursor.previous)
    return _parse_references(cursor, name, columns)


def _refuse_replication(cursor: Cursor) -> None:
    if cursor.at("NOT", "FOR"):
        raise cursor.unsupported_option("NOT FOR REPLICATION")


def _key_columns(cursor: Cursor) -> tuple[str, ...]:
    return tuple(name for name, _ in read_index_columns(cursor))


def read_index_columns(cursor: Cursor) -> tuple[tuple[str, bool], ...]:
    """``(a, b DESC)`` as (name, descending)"""
    cursor.expect("(")
    columns: list[tuple[str, bool]] = []
    while not columns or cursor.accept(","):
        columns.append((cursor.identifier(), cursor.accept_any("ASC", "DESC") == "DESC"))
    cursor.expect(")")
    return tuple(columns)


def _parse_references(cursor: Cursor, name: str | None, columns: tuple[str, ...]) -> ast.ConstraintDefinition:
    table: ObjectName = cursor.object_name()
    referenced = cursor.name_list() if cursor.at("(") else ()
    actions = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION"}
    while cursor.accept("ON"):
        event = cursor.expect_any("DELETE", "UPDATE")
        if cursor.accept("NO"):
            cursor.expect("ACTION")
        elif cursor.accept("SET"):
            actions[event] = "SET " + cursor.expect_any("NULL", "DEFAULT")
        else:
            cursor.expect("CASCADE")
            actions[event] = "CASCADE"
    _refuse_replication(cursor)
    return ast.ConstraintDefinition(
        "FOREIGN KEY", name, columns, None, table, referenced, actions["DELETE"], actions["UPDATE"]
    )
