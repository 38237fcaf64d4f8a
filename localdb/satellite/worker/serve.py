"""The worker's life: one request in, a response for every run of its script, then the end of the process."""

from __future__ import annotations

import atexit
import io
import json
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from localdb.satellite.contract import (
    RESPONSE_PARTS,
    FrameError,
    Outcome,
    ScriptRequest,
    decode_chunk,
    decode_request,
    receive_frame,
    receive_message,
    send_frame,
)
from localdb.satellite.worker.loopback import offer_loopback
from localdb.satellite.worker.script import Script

_LONGEST = 2**40


def serve(channel: socket.socket, directory: Path, files: Sequence[int] = (), port: int = 0) -> None:
    """Read the request, run it in ``directory``, answer in the memory files ``files``. Descriptors 1 and 2
    are the pipes that the launcher reads; what was printed is in them before the response is sent. The
    server listens on the TCP ``port`` of this process's own network, unless it is 0."""
    atexit._clear()  # noqa: SLF001 - what the zygote's modules would do at their end is not the script's
    streams = _open_streams()
    request = decode_request(receive_frame(channel, _LONGEST))
    if port:
        offer_loopback(directory, port, request.loopback_login)
    with suppress(FrameError):  # the server is gone
        _run_all(channel, request, Script(request, directory), files, streams)


def _run_all(
    channel: socket.socket,
    request: ScriptRequest,
    script: Script,
    files: Sequence[int],
    streams: Sequence[io.TextIOWrapper],
) -> None:
    """Answer the request, then every further chunk until one fails."""
    rows, more = request.input, request.more
    while True:
        header, parts = script.run(rows, last=not more)
        last = not more or header["outcome"] != Outcome.OK.value
        _finish_printing(streams, last)
        send_frame(channel, {"header": json.dumps(header).encode(), **parts}, files)
        if last:
            return
        _, files = receive_message(channel, RESPONSE_PARTS)
        rows, more = decode_chunk(receive_frame(channel, _LONGEST))


def _finish_printing(streams: Sequence[io.TextIOWrapper], last: bool) -> None:
    """What was printed is in the pipes before the answer; the exit handlers of the script print too."""
    if last:
        atexit._run_exitfuncs()  # noqa: SLF001 - the process ends without Python's own end
    for stream in (sys.stdout, sys.stderr, *streams):
        with suppress(Exception):
            stream.flush()


def _open_streams() -> tuple[io.TextIOWrapper, io.TextIOWrapper]:
    """Line by line, so that what was printed survives the worker; any text can be printed."""
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
    out, err = (
        io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(number, "w", closefd=False)),
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=True,
        )
        for number in (1, 2)
    )
    sys.stdout, sys.stderr = out, err
    for name, stream in (("__stdout__", out), ("__stderr__", err), ("__stdin__", sys.stdin)):
        setattr(sys, name, stream)
    return out, err
