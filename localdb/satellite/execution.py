"""One execution as the server sees it: its worker's sockets and pipes, its deadline and its end."""

from __future__ import annotations

import json
import os
import select
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from localdb.satellite.contract import (
    Chunk,
    FrameError,
    Outcome,
    Part,
    PeerGone,
    ScriptRequest,
    ScriptResult,
    Usage,
    encode_chunk,
    encode_request,
    receive_frame,
    receive_message,
    send_frame,
    send_memory_files,
)
from localdb.satellite.result import read_result

StartWorker = Callable[[bytes, list[int]], None]
"""Sends an order with its descriptors to the zygote; OSError when there is none."""

_START_SECONDS = 120.0
_END_SECONDS = 10.0
_CANCEL_CHECK_SECONDS = 0.02
_MODULE_LIST = "\n\nExtension modules: "  # the long last line of faulthandler
_CHUNK = 64 * 1024


class Printed:
    """The first ``limit`` bytes of what came through a pipe, and the count of all of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._total = 0

    def add(self, data: bytes) -> None:
        self._total += len(data)
        self._kept += data[: self._limit - len(self._kept)]

    def text(self) -> str:
        """UTF-8, with U+FFFD for what is not; says so when something was left out."""
        text = bytes(self._kept).decode("utf-8", "replace")
        if self._total > len(self._kept):
            text += f"\n... the first {len(self._kept)} of {self._total} bytes are shown ..."
        return text


class Execution:
    """Runs one request in one worker. Use once.

    ``further`` are the chunks after ``request.input``; the next is taken when the worker has answered the one
    before. The wall clock stands still while nobody waits for the worker.
    """

    def __init__(
        self, request: ScriptRequest, further: Iterator[Chunk], directory: Path, cancelled: threading.Event
    ) -> None:
        self._request = request
        self._directory = directory
        self._further = further
        self._more = request.more
        self._cancelled = cancelled
        self._stdout = Printed(request.limits.printed)
        self._stderr = Printed(request.limits.printed)
        self._selector = selectors.DefaultSelector()
        self._pidfd: int | None = None
        self._pid = 0
        self._deadline = time.monotonic() + _START_SECONDS
        self._response: dict[str, Part] | None = None
        self._ended: tuple[Outcome, str] | None = None
        self._status: int | None = None
        self._ending = False
        self._over = False

    def run(self, start_worker: StartWorker) -> Generator[pa.Table, None, ScriptResult]:
        """Yields the output of every run but the last. However it ends, the worker and whatever it started
        are gone then."""
        with ExitStack() as stack:
            stack.callback(self._selector.close)
            stack.callback(self._close_pidfd)
            channel, theirs = _socket_pair(stack)
            report, their_report = _socket_pair(stack)
            out, their_out = _pipe(stack)
            err, their_err = _pipe(stack)
            order = {
                "directory": str(self._directory),
                "limits": asdict(self._request.limits),
                "libraries": self._request.libraries,
                "loopback": self._request.loopback is not None,
            }
            descriptors = [theirs.fileno(), their_report.fileno(), their_out.fileno(), their_err.fileno()]
            start_worker(json.dumps(order).encode(), descriptors)
            for end in (theirs, their_report, their_out, their_err):
                end.close()
            with suppress(BrokenPipeError, ConnectionResetError):  # the report tells why
                send_frame(channel, encode_request(self._request))
            self._watch(channel, self._read_response if self._request.loopback is None else self._read_socket)
            self._watch(out, lambda pipe: self._read_pipe(pipe, self._stdout))
            self._watch(err, lambda pipe: self._read_pipe(pipe, self._stderr))
            self._watch(report, self._read_report)
            stack.callback(self._finish, channel, out, err)
            yield from self._runs(channel)
        return self._result()

    def _runs(self, channel: socket.socket) -> Iterator[pa.Table]:
        """Every answer but the last, each followed by the next chunk."""
        self._await_answer()
        while self._more and self._response is not None and self._ended is None:
            result = read_result(self._request, self._response, last=False)
            if result.outcome is not Outcome.OK:
                return
            left = self._deadline - time.monotonic()
            self._response = None
            if result.output is not None:
                yield result.output
            self._send(channel, next(self._further))
            self._deadline = time.monotonic() + left
            self._await_answer()

    def _send(self, channel: socket.socket, chunk: Chunk) -> None:
        self._more = chunk.more
        with suppress(BrokenPipeError, ConnectionResetError):  # the report tells why
            send_memory_files(channel)
            send_frame(channel, encode_chunk(chunk))

    def _watch(self, source: Any, handler: Callable[[Any], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, handler)

    def _forget(self, source: Any) -> None:
        with suppress(KeyError):
            self._selector.unregister(source)

    def _await_answer(self) -> None:
        """Until the worker has answered, is gone, or must go."""
        while not self._over and self._response is None and self._ended is None:
            self._handle_events()
            if self._cancelled.is_set():
                self._ended = Outcome.CANCELLED, "the execution was cancelled"
            elif self._response is None and time.monotonic() >= self._deadline:
                self._ended = self._ended or self._late()

    def _handle_events(self) -> None:
        # A threading.Event cannot be selected, so it is looked at in between.
        for key, _ in self._selector.select(_CANCEL_CHECK_SECONDS):
            key.data(key.fileobj)

    def _finish(self, channel: socket.socket, out: int, err: int) -> None:
        """End the worker, if it has not ended, and take what it left."""
        self._ending = True
        self._forget(channel)
        self._kill()
        give_up = time.monotonic() + _END_SECONDS
        while not self._over and time.monotonic() < give_up:
            self._handle_events()
        # A zygote that does not report: the worker dies with it.
        self._bury()
        self._drain(channel, out, err)

    def _late(self) -> tuple[Outcome, str]:
        if not self._pid:
            return Outcome.NOT_STARTED, f"no worker was started within {_START_SECONDS:g} s"
        return Outcome.TIMED_OUT, f"the script ran longer than {self._request.limits.wall_clock:g} s"

    def _kill(self) -> None:
        if self._pidfd is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _read_socket(self, channel: socket.socket) -> None:
        """The worker's first message: the socket on which its script's connections arrive."""
        self._forget(channel)
        try:
            _, descriptors = receive_message(channel, 1)
        except FrameError:
            return  # the report tells why
        self._watch(channel, self._read_response)
        if descriptors and self._request.loopback is not None:
            self._request.loopback(socket.socket(fileno=descriptors[0]))

    def _read_response(self, channel: socket.socket) -> None:
        try:
            self._response = receive_frame(channel, self._request.limits.result)
            return
        except PeerGone:
            pass  # its end, or a script that closed what it does not know: the report or the deadline tells
        except FrameError as error:
            self._ended = Outcome.DIED, f"the worker's answer cannot be read: {error}"
        self._forget(channel)

    def _read_pipe(self, pipe: int, printed: Printed) -> None:
        data = os.read(pipe, _CHUNK)
        if data:
            printed.add(data)
        else:
            self._selector.unregister(pipe)

    def _read_report(self, report: socket.socket) -> None:
        try:
            message, descriptors = receive_message(report, 1)
        except FrameError:
            self._over = True
            return
        news = json.loads(message)
        if descriptors:
            self._pidfd, self._pid = descriptors[0], news["pid"]
            if self._request.watcher is not None:
                self._request.watcher.started(self._pid, self._pidfd)
            self._started()
        if "refused" in news:
            self._ended = (Outcome.REFUSED, news["refused"])
            self._over = True
        if "status" in news:
            self._status = news["status"]
            if self._request.watcher is not None:
                self._request.watcher.ended(Usage(**news["usage"]))
            self._over = True

    def _started(self) -> None:
        limit = self._request.limits.wall_clock
        if self._ending:
            self._kill()
        elif self._response is None:
            self._deadline = time.monotonic() + limit if limit is not None else float("inf")

    def _bury(self) -> None:
        """Without a zygote that reports, wait for the worker (the kernel kills it with its parent) and kill
        what is left of its process group, whose id nobody can have taken while a member lives."""
        if self._status is not None or self._pidfd is None:
            return
        self._kill()
        select.select([self._pidfd], [], [], _END_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)

    def _drain(self, channel: socket.socket, out: int, err: int) -> None:
        """What came between the last look and the end. The pipes may still be open elsewhere: do not wait."""
        channel.setblocking(False)
        if self._response is None:
            with suppress(FrameError):
                self._response = receive_frame(channel, self._request.limits.result)
        for pipe, printed in ((out, self._stdout), (err, self._stderr)):
            os.set_blocking(pipe, False)
            with suppress(BlockingIOError):
                while data := os.read(pipe, _CHUNK):
                    printed.add(data)

    def _close_pidfd(self) -> None:
        if self._pidfd is not None:
            os.close(self._pidfd)

    def _result(self) -> ScriptResult:
        stdout, stderr = self._stdout.text(), self._stderr.text()
        if self._ended is not None:
            outcome, reason = self._ended
            return ScriptResult(outcome, error=reason, stdout=stdout, stderr=stderr)
        if self._response is not None:
            result = read_result(self._request, self._response, last=not self._more)
            # A worker that ended after a run that was not the last one has died.
            if not self._more or result.outcome is not Outcome.OK:
                return replace(result, stdout=stdout, stderr=stderr)
        if not self._pid:
            return ScriptResult(Outcome.NOT_STARTED, error="the zygote ended", stdout=stdout, stderr=stderr)
        return self._death(stdout, stderr)

    def _death(self, stdout: str, stderr: str) -> ScriptResult:
        code = None if self._status is None else os.waitstatus_to_exitcode(self._status)
        if code is None:
            reason = "the worker and the zygote ended"
        elif code < 0:
            reason = f"the worker was ended by signal {-code} ({_signal_name(-code)})"
        else:
            reason = f"the worker exited with code {code} and without an answer"
        return ScriptResult(
            Outcome.DIED,
            error=reason,
            stdout=stdout,
            stderr=stderr.partition(_MODULE_LIST)[0],
            signal=-code if code is not None and code < 0 else None,
            exit_code=code if code is not None and code >= 0 else None,
        )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "real-time signal"


def _socket_pair(stack: ExitStack) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stack.callback(theirs.close)
    stack.callback(ours.close)
    return ours, theirs


def _pipe(stack: ExitStack) -> tuple[int, IO[bytes]]:
    reading, writing = os.pipe()
    stack.callback(os.close, reading)
    return reading, stack.enter_context(os.fdopen(writing, "wb", buffering=0))
