"""Remote procedure calls: a procedure called by the client, with its OUTPUT values sent back. MS-TDS
2.2.6.6.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING

from localdb.events import Event, OutputValue, ProcedureDone
from localdb.runtime.procedure_call import DEFAULT, Argument
from localdb.runtime.procedures import Outcome, call_procedure, unqualified
from localdb.runtime.requests import ProcedureArgument
from localdb.runtime.scope import Frame

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter


def run_remote_procedure(
    run: Interpreter, name: str, arguments: Sequence[ProcedureArgument]
) -> Iterator[Event]:
    """The call's events, the OUTPUT values, then ``ProcedureDone``; a call that fails at once has only its
    error.
    """
    session = run.session
    frame = Frame(
        session.database,
        temp_tables=session.temp_tables,
        remote=True,
        impersonations=session.impersonations,
    )
    yield from run.run_request(_call(run, name, arguments, frame))


def _call(
    run: Interpreter, name: str, given: Sequence[ProcedureArgument], frame: Frame
) -> Generator[Event, None, None]:
    arguments = [Argument(a.name.lower(), a.type, DEFAULT if a.default else a.value, a.output) for a in given]
    outcome = Outcome()
    run.session.state.start_statement()
    run.session.current_frame = frame
    yield from call_procedure(run, unqualified(name), arguments, frame, outcome)
    for i, argument in sorted(outcome.outputs.items()):
        yield OutputValue(i, given[i].name, argument.type, argument.value)
    yield ProcedureDone(outcome.status)
