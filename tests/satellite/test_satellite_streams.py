"""One worker, several runs: chunks go in as they are asked for, and answers come out one by one."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from test_satellite_frames import FORGE

from localdb.satellite import execution
from localdb.satellite.contract import decode_chunk, encode_chunk
from localdb.satellite.launcher import (
    Chunk,
    Launcher,
    Limits,
    Outcome,
    ScriptParameter,
    ScriptRequest,
    ScriptResult,
)

ECHO = "OutputDataSet = InputDataSet"


def table(*values: int) -> pa.Table:
    return pa.table({"x": pa.array(values, pa.int32())})


class Runs:
    """The outputs of the runs, and the result in the end."""

    def __init__(self, launcher: Launcher, script: str, further: Iterable[Chunk], **fields: Any) -> None:
        request = ScriptRequest(
            script, str(uuid.uuid4()), input=table(0), input_types=("int",), more=True, **fields
        )
        self.cancelled = threading.Event()
        self.stream = launcher.stream(request, iter(further), self.cancelled)
        self.result: ScriptResult | None = None

    def __iter__(self) -> Iterator[list[int]]:
        try:
            while True:
                yield next(self.stream).column(0).to_pylist()
        except StopIteration as end:
            self.result = end.value


def chunks(count: int) -> list[Chunk]:
    """1, 2 ... after the first one, 0."""
    return [Chunk(table(number), number < count) for number in range(1, count + 1)]


def test_a_run_for_every_chunk_in_one_process(launcher):
    runs = Runs(launcher, f"import os\n{ECHO}\nprint(os.getpid())", chunks(3))
    assert list(runs) == [[0], [1], [2]]
    assert runs.result.outcome is Outcome.OK
    assert runs.result.output.column(0).to_pylist() == [3]
    assert len(set(runs.result.stdout.split())) == 1 and len(runs.result.stdout.split()) == 4


def test_a_run_without_an_output_yields_nothing(launcher):
    runs = Runs(launcher, f"if InputDataSet.x[0] % 2: {ECHO}", chunks(4))
    assert list(runs) == [[1], [3]]
    assert (runs.result.outcome, runs.result.output) == (Outcome.OK, None)


def test_values_are_the_last_run_s(launcher):
    last = ScriptParameter("last", "int", output=True)
    runs = Runs(launcher, "last = InputDataSet.x[0]", chunks(3), parameters=(last,))
    assert list(runs) == [] and runs.result.values == {"last": 3}


def test_a_chunk_is_taken_after_the_answer_to_the_one_before(launcher):
    taken = []

    def further() -> Iterator[Chunk]:
        for chunk in chunks(3):
            taken.append(chunk)
            yield chunk

    seen = [len(taken) for _ in Runs(launcher, ECHO, further())]
    assert seen == [0, 1, 2]


def test_an_error_in_a_run_ends_it(launcher):
    runs = Runs(launcher, f"1 // (2 - int(InputDataSet.x[0]))\n{ECHO}", chunks(9))
    assert list(runs) == [[0], [1]]
    assert runs.result.outcome is Outcome.SCRIPT_ERROR and "ZeroDivisionError" in runs.result.error


def test_an_error_of_the_input_comes_through_and_ends_the_worker(launcher):
    def further() -> Iterator[Chunk]:
        yield Chunk(table(1), True)
        raise LookupError("input")

    with pytest.raises(LookupError):
        list(Runs(launcher, ECHO, further()))
    assert not workers(launcher)


def test_closing_ends_the_worker(launcher):
    runs = Runs(launcher, ECHO, chunks(9))
    assert next(iter(runs)) == [0]
    runs.stream.close()
    assert not workers(launcher)


def test_cancel_between_two_runs(launcher):
    runs = Runs(launcher, ECHO, chunks(9))
    for _ in runs:
        runs.cancelled.set()
    assert runs.result.outcome is Outcome.CANCELLED


def test_the_wall_clock_stands_still_while_nobody_waits(launcher, monkeypatch):
    """A slow reader costs the script nothing; an endless run is ended as ever. The clock is put forward
    between the runs: waiting for it would take as long."""
    late = 0
    monkeypatch.setattr(execution, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + late))
    script = f"{ECHO}\nwhile InputDataSet.x[0] == 2: pass"
    runs = Runs(launcher, script, chunks(3), limits=Limits(wall_clock=1.0))
    seen = []
    for output in runs:
        seen.append(output)
        late += 1000
    assert seen == [[0], [1]]
    assert runs.result.outcome is Outcome.TIMED_OUT


def test_all_runs_together_have_the_wall_clock_s_time(launcher):
    script = f"import time\ntime.sleep(0.25)\n{ECHO}"
    runs = Runs(launcher, script, chunks(20), limits=Limits(wall_clock=1.0))
    assert 1 <= len(list(runs)) <= 4
    assert runs.result.outcome is Outcome.TIMED_OUT


def test_what_is_printed_is_cut_over_all_runs(launcher):
    runs = Runs(launcher, "print('x' * 99)", chunks(30), limits=Limits(printed=1000))
    list(runs)
    assert runs.result.stdout.endswith("... the first 1000 of 3100 bytes are shown ...")


@pytest.mark.parametrize(
    "forged",
    [
        "answer({'header': 'bytes'}, part(b'{}'))",
        "answer({'header': 'bytes', 'output': 'arrow'}, ok, part(arrow(pa.table({'a': [[1]]}))))",
        "socket.socket(fileno=os.dup(3)).send(b'\\xff' * 5000)",
    ],
)
def test_a_forged_answer_to_a_chunk(launcher, forged):
    script = f"{ECHO}\nif InputDataSet.x[0] == 1:\n  exec({FORGE + forged!r})\n  while True: pass"
    runs = Runs(launcher, script, chunks(5), limits=Limits(wall_clock=5))
    assert list(runs) == [[0]]
    assert runs.result.outcome is Outcome.DIED
    assert runs.result.error.startswith("the worker's answer cannot be read: ")


def test_large_chunks_do_not_pile_up(launcher):
    """The worker's memory after 20 chunks of 16 MB each is that of a few."""
    script = (
        "import resource\nOutputDataSet = InputDataSet\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    big = pa.table({"x": pa.array(range(4_000_000), pa.int32())})
    runs = Runs(launcher, script, [Chunk(big, number < 19) for number in range(20)])
    assert [next(runs.stream).num_rows for _ in range(20)] == [1] + [4_000_000] * 19
    assert list(runs) == []
    peaks = [int(line) for line in runs.result.stdout.split()]
    assert max(peaks) - peaks[3] < 40


def test_a_chunk_round_trips():
    for more in (True, False):
        assert decode_chunk(encode_chunk(Chunk(table(1, 2), more))) == Chunk(table(1, 2), more)


def workers(launcher: Launcher) -> list[str]:
    """The work directories that are left."""
    return [entry.name for entry in Path(launcher._directory).iterdir() if entry.is_dir()]
