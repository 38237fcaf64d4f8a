"""A client without a driver, which can stop at any byte."""

from __future__ import annotations

import random
import socket
import struct

from tests.faults.server import ServerProcess
from tests.server.test_hostile import read_message
from tests.tds.conversation import recorded

PRELOGIN, _LOGIN7 = (message.data for message in recorded("pytds")[:2])
LOGIN7 = _LOGIN7.replace("tempdb".encode("utf-16le"), "master".encode("utf-16le"))


def raw(server: ServerProcess) -> socket.socket:
    sock = socket.create_connection((server.host, server.port), timeout=20)
    # An attention is sent when it is sent, not when the packet before it was acknowledged.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def logged_in(server: ServerProcess) -> socket.socket:
    sock = raw(server)
    sock.sendall(PRELOGIN)
    read_message(sock)
    sock.sendall(LOGIN7)
    assert b"\xad" in read_message(sock), "LOGINACK"
    return sock


def vanish(sock: socket.socket, chance: random.Random) -> None:
    """Close with FIN, or with RST."""
    if chance.random() < 0.5:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
