"""The worker's life: one request in, one response out, then the end of the process."""

from __future__ import annotations

import io
import json
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from localdb.satellite.contract import FrameError, decode_request, receive_frame, send_frame
from localdb.satellite.worker.script import run_script


def serve(channel: socket.socket, directory: Path, files: Sequence[int] = ()) -> None:
    """Read the request, run it in ``directory``, answer in the memory files ``files``. Descriptors 1 and 2
    are the pipes that the launcher reads; what was printed is in them before the response is sent."""
    streams = _open_streams()
    request = decode_request(receive_frame(channel, limit=2**40))
    header, parts = run_script(request, directory)
    for stream in (sys.stdout, sys.stderr, *streams):
        with suppress(Exception):
            stream.flush()
    with suppress(FrameError):
        send_frame(channel, {"header": json.dumps(header).encode(), **parts}, files)


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
