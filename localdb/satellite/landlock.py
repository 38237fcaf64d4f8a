"""Files, TCP ports, signals and abstract sockets that a script can reach: a Landlock domain.
https://www.kernel.org/doc/html/latest/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from localdb.satellite.syscalls import system_call

_VERSION = 1
_RULE_PATH, _RULE_PORT = 1, 2
_NETWORK_VERSION = 4
_BIND, _CONNECT, _ANY_PORT = 1 << 0, 1 << 1, 0

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_EXECUTE = 1 << 0
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights on files by the version of the interface that brought the last of them."""

_TCP = 0b11  # bind, connect; since version 4
_SCOPE = 0b11  # abstract sockets, signals; since version 6
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _READ_FILE | _READ_DIR


def version() -> int:
    """The kernel's version of the interface; OSError when it has none."""
    return system_call("landlock_create_ruleset", None, 0, _VERSION)


def rules(readable: Iterable[Path]) -> int:
    """A set of rules, as a descriptor: only these files and folders (those that exist) can be read."""
    known = version()
    rights = _file_rights(known)
    network = _TCP if known >= _NETWORK_VERSION else 0
    scope = _SCOPE if known >= 6 else 0
    attributes = struct.pack("QQQ", rights, network, scope)[: 24 if known >= 6 else 16 if known >= 4 else 8]
    ruleset = system_call("landlock_create_ruleset", attributes, len(attributes), 0)
    for path in readable:
        _allow(ruleset, path, _READ)
    return ruleset


def restrict(ruleset: int, readable: Iterable[Path], writable: Iterable[Path], port: int = 0) -> None:
    """Confine the calling process for good to what ``ruleset``, which is closed, allows and to these. It can
    connect to the TCP ``port``, unless that is 0.

    No file can be executed; no device can be made. Needs PR_SET_NO_NEW_PRIVS.
    """
    rights = _file_rights(version()) & ~(_EXECUTE | _MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV)
    try:
        for path in readable:
            _allow(ruleset, path, _READ)
        for path in writable:
            _allow(ruleset, path, rights)
        if port and version() >= _NETWORK_VERSION:
            for right, number in ((_CONNECT, port), (_BIND, _ANY_PORT)):
                rule = ctypes.create_string_buffer(struct.pack("QQ", right, number))
                system_call("landlock_add_rule", ruleset, _RULE_PORT, ctypes.addressof(rule), 0)
        system_call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _file_rights(known: int) -> int:
    return max(mask for number, mask in _FILE_RIGHTS.items() if number <= known)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return  # what cannot be reached needs no right
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _ON_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, descriptor))
        system_call("landlock_add_rule", ruleset, _RULE_PATH, ctypes.addressof(rule), 0)
    finally:
        os.close(descriptor)
