"""What passes between the server and a satellite: requests, results, and the frames that carry them.

A frame is one message on a SOCK_SEQPACKET socket pair: a short JSON text that names its parts, and one sealed
memfd per part. A part is bytes (JSON, UTF-8) or an Arrow IPC stream. Nothing is ever pickled, and because a
memfd is sealed against writing and shrinking, the sender cannot change or truncate what the receiver has
mapped.
"""

from __future__ import annotations

import datetime
import fcntl
import json
import mmap
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

import pyarrow as pa

Part: TypeAlias = "bytes | pa.Table"

BUILTIN = "builtin"
"""How SQL Server's own Python exchanges types (bigint arrives as float64)."""

EXTENSION = "extension"
"""How a CREATE EXTERNAL LANGUAGE runtime exchanges types (bigint arrives as int64)."""

LEAST_MEMORY = 512 * 2**20
"""Bytes; no limit of memory may be lower."""

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
OUTPUT_TYPES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "bit": pa.bool_(),
        **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), pa.int64()),
        **dict.fromkeys(("real", "float"), pa.float64()),
        **dict.fromkeys(("decimal", "money", "smallmoney", "uniqueidentifier"), pa.string()),
        **dict.fromkeys(("char", "varchar", "nchar", "nvarchar"), pa.large_string()),
        **dict.fromkeys(("binary", "varbinary"), pa.large_binary()),
        "date": pa.date32(),
        **dict.fromkeys(("datetime", "smalldatetime"), pa.timestamp("us")),
    }
)
"""How the value of an OUTPUT parameter of each T-SQL type travels; exact numbers as text with every digit."""

_VALUE_TYPES: Mapping[type, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.large_string(),
    bytes: pa.large_binary(),
    datetime.date: pa.date32(),
    datetime.datetime: pa.timestamp("us"),
    type(None): pa.null(),
}
_MESSAGE_BYTES = 64 * 1024
_MAX_PARTS = 8

RESPONSE_PARTS = 3
"""A response has a header, and may have the output data set and the OUTPUT parameters' values."""


class FrameError(Exception):
    """A frame that does not keep to the contract."""


class PeerGone(FrameError):
    """The other end of the socket is closed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one execution may use. Times are seconds, sizes are bytes; None means no limit.

    ``memory`` counts what the script allocates (RLIMIT_DATA); ``disk`` is all that its work directory holds
    where that is a file system of its own. ``printed`` is kept of each of stdout and stderr, ``traceback`` of
    an error's text; ``result`` is the most that comes back (output data set and OUTPUT values). ``cpus`` are
    the numbers of the CPUs to run on.

    ValueError for a limit of memory below 512 MB, where the libraries hang instead of failing, and for one
    without a wall clock.
    """

    wall_clock: float | None = 600.0
    memory: int | None = None
    file_size: int | None = 2**31
    disk: int = 512 * 2**20
    open_files: int = 256
    threads: int = 256
    printed: int = 64 * 1024
    traceback: int = 30_000
    result: int = 2**31
    cpus: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if self.memory is not None and self.memory < LEAST_MEMORY:
            raise ValueError(f"a memory limit of {self.memory} bytes is below the least, {LEAST_MEMORY}")
        if self.memory is not None and self.wall_clock is None:
            raise ValueError("a memory limit needs a wall-clock limit")


@dataclass(frozen=True, slots=True)
class ScriptParameter:
    """A parameter of the script. ``name`` has no @; ``type`` is the T-SQL base type's name (``varbinary``).

    ``length`` is characters or bytes as declared, -1 for (max), None for types without a length. ``value`` is
    bool, int, float, str, bytes, ``datetime.date``, naive ``datetime.datetime`` or None (NULL); decimal and
    money travel as float, uniqueidentifier as str.
    """

    name: str
    type: str
    value: Any = None
    output: bool = False
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a worker's process used in all: CPU time in seconds, and the most bytes that were resident."""

    user: float
    system: float
    peak_memory: int


class Watcher(Protocol):
    """Hears of the process of one execution, in the thread that runs it."""

    def started(self, pid: int, pidfd: int) -> None:
        """``pidfd`` is the execution's own: duplicate what is to be kept."""

    def ended(self, usage: Usage) -> None:
        """Not called when the zygote ended before it could report."""


@dataclass(frozen=True, slots=True)
class ScriptRequest:
    """One execution. ``input_types`` names the T-SQL base type of every column of ``input``.

    ``profile`` is BUILTIN or EXTENSION; ``request_id`` is a GUID in text and also names the work directory.
    ``interpreter`` is the Python executable of an external language, '' for the server's own. ``libraries``
    are folders of installed external libraries, in the order in which they come first on ``sys.path``.
    ``environment`` are further environment variables of the script.
    With ``more`` the script runs again for every ``Chunk`` that follows: ``input`` is only the first one.
    ``watcher`` stays in the server, and so does ``loopback``: with it the script may connect to the server,
    which gets the socket to accept on; ``loopback_login`` are the ODBC keywords of its login.
    """

    script: str
    request_id: str
    language: str = "Python"
    input: pa.Table | None = None
    input_types: tuple[str, ...] = ()
    input_name: str = "InputDataSet"
    output_name: str = "OutputDataSet"
    parameters: tuple[ScriptParameter, ...] = ()
    profile: str = BUILTIN
    limits: Limits = field(default_factory=Limits)
    interpreter: str = ""
    libraries: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    more: bool = False
    watcher: Watcher | None = None
    loopback: Callable[[socket.socket], None] | None = None
    loopback_login: str = ""


class Chunk(NamedTuple):
    """The input of one run of a script, None when it has none; ``more`` when another follows."""

    rows: pa.Table | None
    more: bool


class Outcome(Enum):
    """How an execution ended."""

    OK = "ok"
    SCRIPT_ERROR = "script error"
    DIED = "died"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"
    NOT_STARTED = "not started"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What an execution left. ``output`` is None when the script made no data set (or one without columns);
    of several runs it is the last one's, and so are ``values``.

    ``values`` maps every OUTPUT parameter's name to its value (None for NULL) when the outcome is OK.
    ``error`` is the traceback of a script error, or the reason in words for DIED, TIMED_OUT, NOT_STARTED
    and REFUSED (the isolation is not what the server requires).
    ``exit_code`` or ``signal`` say how a worker that DIED ended, when that is known.
    """

    outcome: Outcome
    output: pa.Table | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    stdout: str = ""
    stderr: str = ""
    signal: int | None = None
    exit_code: int | None = None


def encode_request(request: ScriptRequest) -> dict[str, Part]:
    """The frame that carries ``request``: the parameters' values are a table of one row."""
    parameters = [
        {"name": p.name, "type": p.type, "output": p.output, "length": p.length} for p in request.parameters
    ]
    header = {
        "script": request.script,
        "request_id": request.request_id,
        "language": request.language,
        "input_types": list(request.input_types),
        "input_name": request.input_name,
        "output_name": request.output_name,
        "profile": request.profile,
        "limits": asdict(request.limits),
        "interpreter": request.interpreter,
        "libraries": list(request.libraries),
        "environment": [list(pair) for pair in request.environment],
        "more": request.more,
        "loopback_login": request.loopback_login,
        "parameters": parameters,
    }
    parts: dict[str, Part] = {"header": json.dumps(header).encode()}
    if request.input is not None:
        parts["input"] = request.input
    if parameters:
        values = [single(p.value, _VALUE_TYPES[type(p.value)]) for p in request.parameters]
        parts["values"] = pa.table(values, names=[p.name for p in request.parameters])
    return parts


def decode_request(parts: Mapping[str, Part]) -> ScriptRequest:
    """The request that ``encode_request`` put into a frame."""
    header = json.loads(cast(bytes, parts["header"]))
    values = cast(pa.Table, parts["values"]).columns if header["parameters"] else []
    parameters = tuple(
        ScriptParameter(value=values[number][0].as_py(), **parameter)
        for number, parameter in enumerate(header["parameters"])
    )
    header.update(
        input_types=tuple(header["input_types"]),
        libraries=tuple(header["libraries"]),
        environment=tuple((name, value) for name, value in header["environment"]),
        limits=Limits(**header["limits"]),
        parameters=parameters,
    )
    return ScriptRequest(input=parts.get("input"), **header)


def encode_chunk(chunk: Chunk) -> dict[str, Part]:
    """The frame that carries ``chunk``."""
    return {"header": json.dumps({"more": chunk.more}).encode(), "input": chunk.rows}


def decode_chunk(parts: Mapping[str, Part]) -> Chunk:
    """The chunk that ``encode_chunk`` put into a frame."""
    return Chunk(cast(pa.Table, parts["input"]), json.loads(cast(bytes, parts["header"]))["more"])


def single(value: Any, kind: pa.DataType) -> pa.Array:
    """An array of one value; bytes, which may be a large model, are not copied."""
    if isinstance(value, bytes):
        offsets = pa.array([0, len(value)], pa.int64()).buffers()[1]
        return pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(value)])
    return pa.array([value], kind)


def memory_file(name: str) -> int:
    """A memfd for a part, not yet sealed."""
    return os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def send_frame(channel: socket.socket, parts: Mapping[str, Part], files: Sequence[int] = ()) -> None:
    """Send ``parts``, each in a sealed memfd of its own: one of ``files``, which are closed, while they last
    (a confined worker cannot make any)."""
    descriptors = list(files)
    try:
        for number, (name, part) in enumerate(parts.items()):
            if number == len(descriptors):
                descriptors.append(memory_file(name))
            _fill(descriptors[number], part)
        names = json.dumps({name: _kind(part) for name, part in parts.items()})
        socket.send_fds(channel, [names.encode()], descriptors[: len(parts)])
    finally:
        close_all(descriptors)


def send_memory_files(channel: socket.socket) -> None:
    """Give the peer what it answers in."""
    files = [memory_file("response") for _ in range(RESPONSE_PARTS)]
    try:
        socket.send_fds(channel, [b"files"], files)
    finally:
        close_all(files)


def receive_frame(channel: socket.socket, limit: int) -> dict[str, Part]:
    """The parts of the next frame; FrameError when there is none, when it breaks the contract, or when the
    parts are longer than ``limit`` bytes together (PeerGone when there will be none). Tables are mapped, not
    copied, and fully validated."""
    message, descriptors = receive_message(channel, _MAX_PARTS)
    try:
        kinds = json.loads(message)
        if not isinstance(kinds, dict) or len(kinds) != len(descriptors):
            raise FrameError("the frame's parts do not match its descriptors")
        if sum(os.fstat(descriptor).st_size for descriptor in descriptors) > limit:
            raise FrameError(f"the frame is longer than {limit} bytes")
        return {
            name: _opened(descriptor, kind)
            for (name, kind), descriptor in zip(kinds.items(), descriptors, strict=True)
        }
    except (ValueError, OSError, pa.ArrowException) as error:
        raise FrameError(f"the frame cannot be read: {error}") from error
    finally:
        close_all(descriptors)


def receive_message(channel: socket.socket, most: int) -> tuple[bytes, list[int]]:
    """One message of a SOCK_SEQPACKET socket with its descriptors (closed on exec); FrameError when it
    ended."""
    try:
        message, descriptors, flags, _ = socket.recv_fds(
            channel, _MESSAGE_BYTES, most, socket.MSG_CMSG_CLOEXEC
        )
    except OSError as error:
        raise PeerGone(str(error)) from error
    if not message:
        raise PeerGone("the peer has closed the socket")
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        close_all(descriptors)
        raise FrameError("the message is too long")
    return message, list(descriptors)


def close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)


def _kind(part: Part) -> str:
    return "bytes" if isinstance(part, bytes) else "arrow"


def _fill(descriptor: int, part: Part) -> None:
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.seek(0)
        file.truncate()
        if isinstance(part, bytes):
            file.write(part)
        else:
            with pa.ipc.new_stream(pa.PythonFile(file, "w"), part.schema) as writer:
                writer.write_table(part)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)


def _opened(descriptor: int, kind: str) -> Part:
    if fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & _SEALS != _SEALS:
        raise FrameError("a part of the frame is not sealed")
    size = os.fstat(descriptor).st_size
    if size == 0:
        return b""
    # A shared mapping of a write-sealed memfd is refused by kernels before 6.7.
    mapped = mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    if kind == "bytes":
        with mapped:
            return bytes(mapped)
    table = pa.ipc.open_stream(pa.py_buffer(mapped)).read_all()
    table.validate(full=True)
    return table
