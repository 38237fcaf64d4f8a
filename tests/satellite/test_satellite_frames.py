"""Frames between processes that do not trust each other."""

from __future__ import annotations

import datetime
import os
import socket
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.satellite.contract import (
    FrameError,
    Limits,
    PeerGone,
    ScriptParameter,
    ScriptRequest,
    decode_request,
    encode_request,
    receive_frame,
    send_frame,
)
from localdb.satellite.launcher import Outcome


@pytest.fixture
def pair():
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with left, right:
        yield left, right


def test_parts_arrive_as_they_were_sent(pair):
    table = pa.table({"a": [1, None], "b": ["x", "y"]})
    send_frame(pair[0], {"text": b"abc", "empty": b"", "table": table})
    assert receive_frame(pair[1], 10**6) == {"text": b"abc", "empty": b"", "table": table}


def test_a_closed_peer(pair):
    pair[0].close()
    with pytest.raises(PeerGone):
        receive_frame(pair[1], 10**6)


def _open_descriptors(process: object) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def _memfd(data: bytes) -> int:
    descriptor = os.memfd_create("x", os.MFD_ALLOW_SEALING)
    os.write(descriptor, data)
    return descriptor


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b'{"a": "bytes"}', "not sealed"),
        (b"{", "cannot be read"),
        (b'{"a": "bytes", "b": "bytes"}', "do not match"),
        (b"[1]", "do not match"),
    ],
)
def test_a_bad_frame(pair, message, why):
    before = _open_descriptors("self")
    descriptor = _memfd(b"data")
    socket.send_fds(pair[0], [message], [descriptor])
    os.close(descriptor)
    with pytest.raises(FrameError, match=why):
        receive_frame(pair[1], 10**6)
    assert _open_descriptors("self") == before


def test_a_frame_that_is_too_long(pair):
    send_frame(pair[0], {"a": b"x" * 101})
    with pytest.raises(FrameError, match="longer than 100 bytes"):
        receive_frame(pair[1], 100)


FORGE = """
import os, socket, fcntl, json, pyarrow as pa
def part(data, seal=True):
    d = os.memfd_create('x', os.MFD_ALLOW_SEALING)
    os.write(d, data)
    if seal: fcntl.fcntl(d, fcntl.F_ADD_SEALS, 15)
    return d
def arrow(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as w: w.write_table(table)
    return sink.getvalue().to_pybytes()
def answer(kinds, *fds):
    socket.send_fds(socket.socket(fileno=os.dup(3)), [json.dumps(kinds).encode()], fds)
ok = part(b'{"outcome": "ok"}')
"""


@pytest.mark.parametrize(
    "forged",
    [
        "answer({'header': 'bytes'}, part(b'{}'))",
        "answer({'header': 'bytes'}, part(b'[' * 100000))",
        "answer({'header': 'bytes'}, part(b'{\"outcome\": \"cancelled\"}'))",
        "answer({'header': 'bytes'}, part(b'{\"outcome\": \"ok\"}', seal=False))",
        "answer({'header': 'arrow'}, part(b'not arrow'))",
        "answer({'header': 'bytes', 'output': 'bytes'}, ok, part(b'x'))",
        "answer({'header': 'bytes', 'output': 'arrow'}, ok, part(arrow(pa.table({'a': [[1]]}))))",
        "answer({'header': 'bytes', 'output': 'arrow'}, ok, "
        "part(arrow(pa.table({'a': pa.array([2**62], pa.timestamp('us'))}))))",
        "answer({'header': 'bytes', 'output': 'arrow'}, ok, part(arrow(pa.table({'a': ['x' * 999]}))[:500]))",
        "answer({'header': 'bytes'}, ok)",
        "answer({'header': 'bytes', 'values': 'arrow'}, ok, part(arrow(pa.table({'p': ['no number']}))))",
        "answer({'header': 'bytes', 'values': 'arrow'}, ok, part(arrow(pa.table({'q': pa.array([1])}))))",
        "answer({'header': 'bytes', 'values': 'arrow'}, ok, part(arrow(pa.table({'p': pa.array([1, 2])}))))",
        "socket.socket(fileno=os.dup(3)).send(b'\\xff' * 5000)",
        "socket.socket(fileno=os.dup(3)).send(b'null')",
    ],
)
def test_a_forged_answer_is_a_death_and_not_an_exception(run, forged):
    parameter = ScriptParameter("p", "int", output=True)
    result = run(FORGE + forged + "\nwhile True: pass", parameters=(parameter,), limits=Limits(wall_clock=5))
    assert result.outcome is Outcome.DIED
    assert result.error.startswith("the worker's answer cannot be read: "), result.error


def test_bad_utf8_in_an_answer(run):
    """Arrow's validation looks at every string."""
    forged = (
        "t = pa.Table.from_arrays([pa.StringArray.from_buffers(1, "
        "pa.py_buffer(b'\\0\\0\\0\\0\\1\\0\\0\\0'), pa.py_buffer(b'\\xff'))], ['a'])\n"
        "answer({'header': 'bytes', 'output': 'arrow'}, ok, part(arrow(t)))"
    )
    result = run(FORGE + forged + "\nwhile True: pass", limits=Limits(wall_clock=5))
    assert result.outcome is Outcome.DIED and "Invalid UTF8" in result.error


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
    st.dates(),
    st.datetimes(),
)


@given(
    st.lists(st.tuples(values, st.booleans(), st.none() | st.integers(-1, 8000)), max_size=5),
    st.text(),
    st.booleans(),
)
def test_a_request_round_trips(parameters, script, with_input):
    request = ScriptRequest(
        script,
        "id",
        input=pa.table({"a": [datetime.date(2000, 1, 1)]}) if with_input else None,
        input_types=("date",) if with_input else (),
        parameters=tuple(
            ScriptParameter(f"p{number}", "type", value, output, length)
            for number, (value, output, length) in enumerate(parameters)
        ),
        limits=Limits(wall_clock=5, memory=2**29),
    )
    assert decode_request(encode_request(request)) == request
