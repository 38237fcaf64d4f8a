"""The life of a zygote's child: a spare until its order comes, then the worker of one script.

A spare has done whatever does not depend on the script: it has its own namespaces and session, its memory
files and rules, and it has moved a small table through everything that a script's data passes, so that the
pages that a script writes to are its own already. It has read nothing of any request.
"""

from __future__ import annotations

import faulthandler
import fcntl
import gc
import json
import os
import select
import signal
import socket
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pyarrow as pa

from localdb.satellite import isolation, loopback
from localdb.satellite.contract import (
    RESPONSE_PARTS,
    Limits,
    PeerGone,
    ScriptRequest,
    decode_request,
    encode_request,
    memory_file,
    receive_frame,
    receive_message,
    send_frame,
)
from localdb.satellite.libraries import make_room
from localdb.satellite.worker.input import input_frame
from localdb.satellite.worker.output import output_table
from localdb.satellite.worker.serve import serve

ORDER_DESCRIPTORS = 3
"""An order brings the worker's channel and the write ends of the pipes for stdout and stderr."""

SPARE, WORKER = "spare", "worker"
"""The names that ps shows; before it is ready, a child has the zygote's."""

_CHANNEL, _ZYGOTE, _FIRST_UNUSED = 3, 4, 5


def live(orders: int, prepared: isolation.Prepared) -> NoReturn:
    """A child's whole life, right after the fork; it never returns into the zygote's code. ``orders`` is the
    socket on which its order will come."""
    status = 1
    try:
        _keep_descriptors(orders, prepared.zygote)
        prepared.zygote = _ZYGOTE
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        files = [memory_file("response") for _ in range(RESPONSE_PARTS)]
        isolation.prepare(prepared)
        with socket.socket(fileno=_CHANNEL) as order:
            _rehearse(order)
            isolation.name_process(SPARE)
            message, descriptors = receive_message(order, ORDER_DESCRIPTORS)
            order.send(b"x")  # from here on its end is the script's
            order.detach()
        _work(message, descriptors, files, prepared)
        status = 0
    except PeerGone:
        pass  # the zygote has no use for it
    except BaseException:
        with suppress(Exception):
            os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
    finally:
        os._exit(status)


def _work(message: bytes, descriptors: list[int], files: list[int], prepared: isolation.Prepared) -> None:
    isolation.name_process(WORKER)
    _take(descriptors)
    order = json.loads(message)
    directory, libraries = Path(order["directory"]), [Path(folder) for folder in order["libraries"]]
    port = _way_back(prepared) if order["loopback"] else 0
    isolation.confine(isolation.Confinement(prepared, directory, Limits(**order["limits"]), libraries, port))
    os.closerange(files[-1] + 1, os.sysconf("SC_OPEN_MAX"))
    os.close(_ZYGOTE)
    make_room(libraries)
    gc.enable()
    faulthandler.enable(2)  # where a segmentation fault happened is worth a line on stderr
    serve(socket.socket(fileno=_CHANNEL), directory, files, port)


def _way_back(prepared: isolation.Prepared) -> int:
    """Give the server a socket to accept the script's connections on; its port. Without a network namespace
    the script would reach more than that socket, so there is none: 0."""
    with socket.socket(fileno=os.dup(_CHANNEL)) as channel:
        if isolation.NAMESPACES not in prepared.layers:
            channel.send(b"no socket")
            return 0
        with loopback.listen() as listening:
            socket.send_fds(channel, [b"socket"], [listening.fileno()])
            return int(listening.getsockname()[1])


def _keep_descriptors(orders: int, zygote: int) -> None:
    """0 is /dev/null, 1 and 2 stay the zygote's, 3 is the socket, 4 the zygote's pidfd; nothing else is
    open."""
    # First out of the way of each other, above the numbers that they get.
    above = [fcntl.fcntl(number, fcntl.F_DUPFD, _FIRST_UNUSED) for number in (orders, zygote)]
    for number, wanted in zip(above, (_CHANNEL, _ZYGOTE), strict=True):
        os.dup2(number, wanted, inheritable=False)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(_FIRST_UNUSED, os.sysconf("SC_OPEN_MAX"))


def _take(descriptors: list[int]) -> None:
    """The script's channel is 3 instead of the socket of the order; 1 and 2 are its pipes."""
    for number, wanted in zip(descriptors, (_CHANNEL, 1, 2), strict=True):
        os.dup2(number, wanted, inheritable=wanted != _CHANNEL)
        os.close(number)


def _rehearse(order: socket.socket) -> None:
    """Touch what a script's data touches, unless the order is there already."""
    if select.select([order], [], [], 0)[0]:
        return
    table = pa.table({"a": pa.array([1], pa.int32()), "b": pa.array(["x"])})
    request = ScriptRequest("pass", "", input=table, input_types=("int", "nvarchar"))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        send_frame(ours, encode_request(request))
        frame = input_frame(decode_request(receive_frame(theirs, 2**20)))
    output_table(frame, request.output_name, request.profile)
    # What is alive now stays out of the script's collections.
    gc.collect()
    gc.freeze()
