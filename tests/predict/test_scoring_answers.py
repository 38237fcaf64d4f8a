"""Answers of a satellite that does not keep to the rules: numbered errors, never numbers from nowhere."""

from __future__ import annotations

import decimal
from collections.abc import Generator, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from localdb.errors import SqlError
from localdb.runtime.aborts import Cancelled
from localdb.runtime.instance import Instance
from localdb.runtime.predict.scoring import score
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.satellite.launcher import Outcome, ScriptRequest, ScriptResult
from localdb.types import FLOAT, Column
from tests.runtime.conftest import PASSWORD

ROWS = pa.table({"c0": [1.0, 2.0]})


class Answering:
    """In place of a launcher: our own engines never answer like this, and a hostile model could make one."""

    def __init__(self, result: ScriptResult) -> None:
        self.result = result
        self.request: ScriptRequest | None = None

    def stream(self, request, further, cancelled) -> Generator[pa.Table, None, ScriptResult]:
        self.request = request
        yield from ()
        return self.result


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    instance = Instance(tmp_path, sa_password=PASSWORD, threads=1)
    yield instance.login(Login("sa", PASSWORD))
    instance.close()


def ask(session: Session, result: ScriptResult, wanted=("y",)):
    session.instance.launcher = answering = Answering(result)
    scores = score(session, b"model", (Column("x", FLOAT),), ROWS, "ONNX", wanted)
    return answering.request, scores


def answer(
    output: pa.Table | None, kind: str = "", reason: str = "", names: str | None = '["y"]'
) -> ScriptResult:
    return ScriptResult(Outcome.OK, output, {"kind": kind, "reason": reason, "names": names})


def test_a_good_answer(session: Session) -> None:
    request, scores = ask(session, answer(pa.table({"0": [0.5, None]})), None)
    assert scores.columns == (Column("y", FLOAT),)
    assert scores.rows.column(0).to_pylist() == [0.5, None]
    assert request.limits.memory is not None
    assert request.input.column_names == ["x"]


@pytest.mark.parametrize(
    ("result", "number"),
    [
        (answer(None), 39098),
        (answer(pa.table({"0": [0.5]})), 39098),
        (answer(pa.table({"0": [0.5, 1.0], "1": [0.5, 1.0]})), 39098),
        (answer(pa.table({"0": [decimal.Decimal(1), decimal.Decimal(2)]})), 39098),
        (answer(None, "schema", "y real"), 39096),
        (answer(None, "corrupt", "why"), 39051),
        (answer(None, "unsupported", "why"), 39052),
        (answer(None, "memory", "why"), 39050),
        (answer(None, "failed", "why"), 39098),
        (answer(None, "no such kind", "why"), 39098),
        (ScriptResult(Outcome.SCRIPT_ERROR, error="Traceback\nImportError: why\n"), 39098),
        (ScriptResult(Outcome.DIED, error="why"), 39098),
        (ScriptResult(Outcome.TIMED_OUT, error="why"), 39098),
        (ScriptResult(Outcome.NOT_STARTED, error="why"), 39092),
        (ScriptResult(Outcome.REFUSED, error="why"), 39092),
    ],
)
def test_other_answers(session: Session, result: ScriptResult, number: int) -> None:
    with pytest.raises(SqlError) as caught:
        ask(session, result)
    assert caught.value.number == number
    reasons = [message.message for message in caught.value.messages]
    assert "why" not in (result.error + str(result.values.get("reason"))) or any(
        "why" in one for one in reasons
    )


@pytest.mark.parametrize("names", [None, "", "[", "{}", "[1]", '["a", "b"]', "[" * 100_000])
def test_names_that_are_none(session: Session, names: str | None) -> None:
    with pytest.raises(SqlError) as caught:
        ask(session, answer(pa.table({"0": [0.5, 1.0]}), names=names), None)
    assert caught.value.number == 39098


def test_cancelled(session: Session) -> None:
    with pytest.raises(Cancelled):
        ask(session, ScriptResult(Outcome.CANCELLED))
