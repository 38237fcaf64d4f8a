"""What the compiler makes of one statement or expression: DuckDB SQL, its parameters and its columns.

Parameters are DuckDB named parameters. ``Plan.parameters`` maps each name to where its value comes from;
the runtime evaluates them immediately before execution:

* ``Variable("@x")``: the value of a T-SQL variable;
* ``SystemValue("@@rowcount")``, ``SystemValue("error_message()")``: what only the session knows, named in
  lower case, with ``arguments`` (each a Variable, a SystemValue or a ``Constant``)
  for functions such as OBJECT_ID that take constants or variables only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localdb.tsql.names import Relation
from localdb.types import Column, ObjectName


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
class Access:
    """``permission`` (SELECT, INSERT, UPDATE, DELETE) that a statement needs on the table or view ``name``.

    ``name`` is complete. ``views`` are the views through which the statement reaches it, outermost first;
    none when the statement names it itself.
    """

    permission: str
    name: ObjectName
    views: tuple[ObjectName, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """DuckDB SQL that yields ``columns``; ``parameters`` maps a named parameter to its source.

    ``locked`` are the tables read WITH (UPDLOCK), (HOLDLOCK) and their like: inside a transaction the write
    lock of their database is taken first, so that what was read stays true to the transaction's end.
    ``accesses`` is what the caller must be allowed to do, asked each time that the plan runs.
    ``predictions`` are carried out first, in order: each may read the tables of those before it.
    ``constant`` is the value when the plan is a literal, which nobody needs to ask the engine for.
    """

    sql: str
    columns: tuple[Column, ...]
    parameters: Mapping[str, Source] = field(default_factory=dict)
    locked: tuple[Relation, ...] = ()
    accesses: tuple[Access, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    constant: object = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """One PREDICT: what must be done before the plan around it can run, which reads the table ``table``.

    Its columns c0, c1, ... are those of ``data``, in order, and behind them the ``outputs``. ``model`` yields
    one row of one varbinary column. ``runtime`` is ONNX, or '' for the models of RevoScaleR and revoscalepy.
    """

    table: str
    model: Plan
    data: Plan
    runtime: str
    outputs: tuple[Column, ...]


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

    ``sql`` holds ``{stage}`` where the stage's name goes, and no parameters. ``number`` is the error; the
    first row fills ``message_arguments``: each an int (that column of the row) or a str (taken as it is).
    """

    sql: str
    number: int
    message_arguments: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class OutputClause:
    """OUTPUT: ``columns`` of the stage named ``_out0`` ...; ``target`` None sends them to the client.

    With a ``target`` (OUTPUT ... INTO) the plan's violations and apply statements put the rows there.
    """

    columns: tuple[Column, ...]
    target: Relation | None = None
    target_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """A data change: stage, check, apply.

    1. ``stage`` is run into a temporary table. Its columns: ``_action`` (INSERT, UPDATE or DELETE), ``_rid``
       (the target's rowid, NULL for INSERT), ``_new0``.. and ``_old0``.. (the target's columns after and
       before the change in their storage types, those that are needed), ``_out0``.. (the OUTPUT clause),
       ``_n`` (the rows' order, when there is an identity column), and others.
    2. every ``violations`` query must come back empty, in order.
    3. ``apply`` statements are run in order. ``{stage}`` in them and in violations is replaced as plain text
       (``str.replace``: other braces may occur); they take no parameters.
    4. the row count is the stage's; @@IDENTITY is the ``_new<identity_column>`` of the inserted row that
       comes last by ``_n``, if there is one.
       With ``explicit_identity`` these values came from the statement: where they are beyond the sequence,
       the sequence must go on behind them.

    ``direct``, when given, does the same in one DuckDB INSERT without a stage, with the stage's parameters;
    its row count is the statement's. It is there when nothing has to be checked or sent back.
    """

    kind: str
    target: Relation
    stage: Plan
    violations: tuple[Violation, ...]
    apply: tuple[str, ...]
    output: OutputClause | None = None
    identity_column: int | None = None
    direct: str | None = None
    explicit_identity: bool = False


StatementPlan = QueryPlan | AssignPlan | SelectIntoPlan | ChangePlan
