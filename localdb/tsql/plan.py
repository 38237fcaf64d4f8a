"""What the compiler makes of one statement or expression: DuckDB SQL, its parameters and its columns.

Parameters are DuckDB named parameters. ``Plan.parameters`` maps each name to where its value comes from;
the runtime evaluates them immediately before execution:

* ``Variable("@x")``: the value of a T-SQL variable;
* ``SystemValue("@@rowcount")``, ``SystemValue("error_message()")``, ``SystemValue("sysdatetime()")``: what only the
  session knows, named in lower case, with ``arguments`` (each a Variable, a SystemValue or a ``Constant``)
  for functions such as OBJECT_ID that take constants or variables only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localdb.tsql.names import Relation
from localdb.types import Column, ObjectName, SqlType


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class SystemValue:
    name: str
    arguments: tuple[Source, ...] = ()


Source = Constant | Variable | SystemValue


@dataclass(frozen=True, slots=True)
class Plan:
    """DuckDB SQL that yields ``columns``; ``parameters`` maps a named parameter to its source."""

    sql: str
    columns: tuple[Column, ...]
    parameters: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A SELECT that returns rows to the client."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class AssignPlan:
    """``SELECT @a = x, @b = y FROM ...``: the last row's column i goes to ``targets[i]``; no row, no change.

    The plan's columns already have the variables' types.
    """

    plan: Plan
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelectIntoPlan:
    """``SELECT ... INTO target``: create ``target`` with the plan's columns, then fill it."""

    plan: Plan
    target: ObjectName


@dataclass(frozen=True, slots=True)
class Violation:
    """A query over the stage that yields a row when the change must be refused.

    ``sql`` holds ``{stage}`` where the stage's name goes. The first row's columns fill ``message_arguments``:
    each an int (that column of the row) or a str (taken as it is). ``number`` is the error.
    """

    sql: str
    number: int
    message_arguments: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class OutputClause:
    """OUTPUT: ``columns`` of the stage named ``_out0`` ...; ``target`` None sends them to the client."""

    columns: tuple[Column, ...]
    target: Relation | None = None
    target_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """A data change: stage, check, apply.

    1. ``stage`` is run into a temporary table. Its columns: ``_action`` (INSERT, UPDATE or DELETE), ``_rid`` (the
       target's rowid, NULL for INSERT), ``_new0``.. (every column of the target in its storage type; NULL for
       DELETE), ``_old0``.. (the old values, present when needed), ``_out0``.. (the OUTPUT clause).
    2. every ``violations`` query must come back empty, in order.
    3. ``apply`` statements (with ``{stage}``) are run in order.
    4. the row count is the stage's; @@IDENTITY is its last ``_new<identity_column>``, if any was inserted.
    """

    kind: str
    target: Relation
    stage: Plan
    violations: tuple[Violation, ...]
    apply: tuple[str, ...]
    output: OutputClause | None = None
    identity_column: int | None = None


StatementPlan = QueryPlan | AssignPlan | SelectIntoPlan | ChangePlan
