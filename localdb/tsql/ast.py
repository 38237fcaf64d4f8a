"""Statements of T-SQL: what the parser makes and the interpreter walks.

The procedural grammar is ours; a query, a DML statement or an expression stays text, a ``Slice``, until the
compiler hands it to sqlglot. Every node has ``line``, 1-based in the batch (or, in a procedure's body, in
the batch that created it, as SQL Server counts).
"""

from __future__ import annotations

from dataclasses import dataclass

from localdb.types import ObjectName, SqlType


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of the batch exactly as written; ``line`` is the line of its first character."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Statement:
    line: int


# --- variables and settings ---


@dataclass(frozen=True, slots=True)
class VariableDeclaration:
    """One ``@name type [= default]`` of DECLARE; ``name`` keeps its @ and is in lower case."""

    name: str
    type: SqlType
    default: Slice | None = None


@dataclass(frozen=True, slots=True)
class Declare(Statement):
    variables: tuple[VariableDeclaration, ...]


@dataclass(frozen=True, slots=True)
class DeclareTable(Statement):
    """``DECLARE @t TABLE (...)``."""

    name: str
    definition: TableDefinition


@dataclass(frozen=True, slots=True)
class SetVariable(Statement):
    """``SET @x = value``, or with ``operator`` one of ``+= -= *= /= %= &= |= ^=``."""

    name: str
    operator: str
    value: Slice


@dataclass(frozen=True, slots=True)
class SetOption(Statement):
    """``SET NOCOUNT ON``: each of ``options`` in upper case (``TRANSACTION ISOLATION LEVEL`` is one).

    ``value`` is in upper case, without quotes: ON, OFF, a word, a number; or a variable, ``@x``, in lower
    case.
    """

    options: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class SetIdentityInsert(Statement):
    table: ObjectName
    on: bool


# --- queries and data changes: text for the compiler ---


@dataclass(frozen=True, slots=True)
class Query(Statement):
    """A SELECT, with its WITH clause: rows, ``SELECT @x = ...``, or ``SELECT ... INTO``."""

    text: Slice


@dataclass(frozen=True, slots=True)
class DataChange(Statement):
    """INSERT (not of EXEC), UPDATE, DELETE or MERGE, with its WITH clause; ``kind`` is that keyword."""

    kind: str
    text: Slice


@dataclass(frozen=True, slots=True)
class InsertExecute(Statement):
    """``INSERT [INTO] target [(columns)] EXEC ...``; a target ``@t`` is an ObjectName of that name."""

    target: ObjectName
    columns: tuple[str, ...] | None
    source: Execute | ExecuteString


@dataclass(frozen=True, slots=True)
class TruncateTable(Statement):
    table: ObjectName


# --- EXECUTE ---


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of EXECUTE: ``[@name =] value [OUTPUT]``.

    ``value`` is text for the compiler: a literal (optionally signed), a variable, or a bare word, which
    T-SQL takes as a character string. It is None for the keyword DEFAULT. ``name`` keeps its @, lower case.
    """

    name: str | None
    value: Slice | None
    output: bool = False


@dataclass(frozen=True, slots=True)
class ResultSetColumn:
    name: str
    type: SqlType
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ResultSets:
    """WITH RESULT SETS: ``kind`` is UNDEFINED, NONE or DEFINED; ``sets`` only for the last."""

    kind: str
    sets: tuple[tuple[ResultSetColumn, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Execute(Statement):
    """``EXEC [@status =] procedure arguments``; ``procedure`` is a name, or a variable that holds one."""

    procedure: ObjectName | str
    arguments: tuple[Argument, ...]
    status_variable: str | None = None
    result_sets: ResultSets | None = None


@dataclass(frozen=True, slots=True)
class ExecuteString(Statement):
    """``EXEC ('...' + @x)``."""

    text: Slice
    result_sets: ResultSets | None = None


# --- messages and control of flow ---


@dataclass(frozen=True, slots=True)
class Print(Statement):
    value: Slice


@dataclass(frozen=True, slots=True)
class Throw(Statement):
    """THROW with its three arguments, or none of them (re-throw in CATCH)."""

    number: Slice | None = None
    message: Slice | None = None
    state: Slice | None = None


@dataclass(frozen=True, slots=True)
class RaisError(Statement):
    """``options`` are LOG, NOWAIT, SETERROR in upper case."""

    message: Slice
    severity: Slice
    state: Slice
    arguments: tuple[Slice, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block(Statement):
    """BEGIN ... END."""

    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class If(Statement):
    condition: Slice
    then: Statement
    otherwise: Statement | None = None


@dataclass(frozen=True, slots=True)
class While(Statement):
    condition: Slice
    body: Statement


@dataclass(frozen=True, slots=True)
class Break(Statement):
    pass


@dataclass(frozen=True, slots=True)
class Continue(Statement):
    pass


@dataclass(frozen=True, slots=True)
class Return(Statement):
    value: Slice | None = None


@dataclass(frozen=True, slots=True)
class TryCatch(Statement):
    body: tuple[Statement, ...]
    handler: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class WaitFor(Statement):
    """``WAITFOR DELAY`` (``kind`` DELAY); TIME is refused by the parser."""

    kind: str
    value: Slice


# --- transactions ---


@dataclass(frozen=True, slots=True)
class BeginTransaction(Statement):
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CommitTransaction(Statement):
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RollbackTransaction(Statement):
    name: str | None = None


# --- definitions ---


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """``nullable`` is None when neither NULL nor NOT NULL is written. ``identity`` is (seed, increment).

    ``with_values``: DEFAULT ... WITH VALUES of ALTER TABLE ADD, existing rows get the default.
    """

    name: str
    type: SqlType
    nullable: bool | None = None
    identity: tuple[int, int] | None = None
    default: Slice | None = None
    default_name: str | None = None
    collation: str | None = None
    with_values: bool = False


@dataclass(frozen=True, slots=True)
class ConstraintDefinition:
    """A constraint; one written behind a column is made one of the table, with that column.

    ``kind``: PRIMARY KEY, UNIQUE, CHECK, FOREIGN KEY, or DEFAULT (only of ALTER TABLE ADD ... FOR column).
    ``on_delete`` and ``on_update``: NO ACTION, CASCADE, SET NULL or SET DEFAULT.
    """

    kind: str
    name: str | None
    columns: tuple[str, ...] = ()
    expression: Slice | None = None
    references: ObjectName | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"


@dataclass(frozen=True, slots=True)
class TableDefinition:
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[ConstraintDefinition, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateTable(Statement):
    name: ObjectName
    definition: TableDefinition


@dataclass(frozen=True, slots=True)
class AlterTableAdd(Statement):
    table: ObjectName
    definition: TableDefinition


@dataclass(frozen=True, slots=True)
class AlterTableDrop(Statement):
    """``kind`` is COLUMN or CONSTRAINT."""

    table: ObjectName
    kind: str
    names: tuple[str, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterColumn(Statement):
    table: ObjectName
    column: ColumnDefinition


@dataclass(frozen=True, slots=True)
class CreateIndex(Statement):
    """``columns`` are (name, descending)."""

    name: str
    table: ObjectName
    columns: tuple[tuple[str, bool], ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class DropIndex(Statement):
    name: str
    table: ObjectName
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateView(Statement):
    """``mode``: CREATE, ALTER or CREATE OR ALTER; ``text`` is the whole batch, ``query`` what is behind AS.

    ``options``: SCHEMABINDING, ENCRYPTION, VIEW_METADATA.
    """

    name: ObjectName
    mode: str
    columns: tuple[str, ...]
    query: Slice
    text: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcedureParameter:
    """``default`` is a constant's text, or None when the parameter is required."""

    name: str
    type: SqlType
    default: Slice | None = None
    output: bool = False


@dataclass(frozen=True, slots=True)
class CreateProcedure(Statement):
    """``text`` is the whole batch; ``options`` e.g. RECOMPILE, ``EXECUTE AS OWNER``, in upper case; or
    ``EXECUTE AS 'user'``."""

    name: ObjectName
    mode: str
    parameters: tuple[ProcedureParameter, ...]
    options: tuple[str, ...]
    body: tuple[Statement, ...]
    text: str


@dataclass(frozen=True, slots=True)
class CreateSchema(Statement):
    name: str
    authorization: str | None = None


@dataclass(frozen=True, slots=True)
class CreateDatabase(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class Drop(Statement):
    """``kind``: TABLE, VIEW, PROCEDURE, SCHEMA or DATABASE."""

    kind: str
    names: tuple[ObjectName, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Use(Statement):
    database: str


@dataclass(frozen=True, slots=True)
class Reconfigure(Statement):
    override: bool = False
