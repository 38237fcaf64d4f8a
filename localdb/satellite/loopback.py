"""The way back: a socket on which a script's connections to its own server arrive.

The script has a network namespace of its own, whose only interface is its loopback, and whose only listener
is this socket; the server accepts on it. So the script reaches its server by TCP, as any driver does, and
nothing else.
"""

from __future__ import annotations

import fcntl
import socket
import struct

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP: netdevice(7)
_REQUEST = "16sh14x"  # struct ifreq with its flags
_NAME = b"lo"


def listen() -> socket.socket:
    """A listening socket on 127.0.0.1 of the calling process's network namespace, which must be its own;
    needs CAP_NET_ADMIN in it. OSError when the interface cannot be brought up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        answer = fcntl.ioctl(probe, _GET_FLAGS, struct.pack(_REQUEST, _NAME, 0))
        _, flags = struct.unpack(_REQUEST, answer)
        fcntl.ioctl(probe, _SET_FLAGS, struct.pack(_REQUEST, _NAME, flags | _UP))
    return socket.create_server(("127.0.0.1", 0))
