"""The system calls that a script cannot make: a classic BPF filter, installed with prctl(2).

It forbids new programs and processes, sockets other than a connected AF_UNIX pair, every call that reaches
another process, System V IPC, memory outside of the limits (memfd), mounts, namespaces, identities, clocks,
and the parts of the kernel that are known for their holes. A forbidden call fails with EPERM; clone3, whose
arguments a filter cannot read, and calls newer than this list with ENOSYS, so that libraries fall back.
https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Sequence

from localdb.satellite.syscalls import LAST_KNOWN, numbers, system_call

_LOAD, _EQUAL, _ABOVE, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_DENY = _ERRNO | errno.EPERM
_UNKNOWN = _ERRNO | errno.ENOSYS

_AUDIT_MACHINE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020000  # every CLONE_NEW... flag
_SOCKET_TYPE = 0xF
_TERMINAL_INPUT = (0x5412, 0x541C, 0x5423)  # TIOCSTI, TIOCLINUX, TIOCSETD
_HARMLESS_PRCTL = (
    3,  # PR_GET_DUMPABLE
    15,  # PR_SET_NAME
    16,  # PR_GET_NAME
    21,  # PR_GET_SECCOMP
    23,  # PR_CAPBSET_READ
    29,  # PR_SET_TIMERSLACK
    30,  # PR_GET_TIMERSLACK
    39,  # PR_GET_NO_NEW_PRIVS
    0x53564D41,  # PR_SET_VMA, which names memory
)

FORBIDDEN = (
    *("execve", "execveat", "fork", "vfork"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp"),
    *("pidfd_open", "pidfd_getfd", "pidfd_send_signal", "tkill", "migrate_pages", "move_pages"),
    *("sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler"),
    *("setpriority", "ioprio_set", "setpgid", "setsid"),
    *("socket", "connect", "bind", "listen", "accept", "accept4"),
    *("shmget", "shmat", "shmctl", "semget", "semop", "semtimedop", "semctl"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink", "memfd_create", "memfd_secret"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open", "userfaultfd"),
    *("keyctl", "add_key", "request_key", "seccomp", "personality", "vmsplice"),
    *("init_module", "finit_module", "delete_module", "create_module", "get_kernel_syms", "query_module"),
    *("kexec_load", "kexec_file_load", "reboot", "syslog", "acct", "swapon", "swapoff"),
    *("quotactl", "quotactl_fd", "iopl", "ioperm", "modify_ldt", "nfsservctl", "uselib", "ustat", "sysfs"),
    *("_sysctl", "vhangup", "lookup_dcookie", "lsm_set_self_attr", "fanotify_init", "fanotify_mark"),
    *("mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "open_tree_attr"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "statmount", "listmount"),
    *("unshare", "setns", "name_to_handle_at", "open_by_handle_at"),
    *("setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid"),
    *("setgroups", "capset", "sethostname", "setdomainname"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "file_setattr"),
)
"""Forbidden whatever the arguments are."""

_TCP_CLIENT = ("socket", "bind", "connect")  # Microsoft's driver binds its sockets to any port

ATTRIBUTES = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "truncate"),
    *("utime", "utimes", "futimesat", "utimensat"),
    *("setxattr", "lsetxattr", "fsetxattr", "setxattrat"),
    *("removexattr", "lremovexattr", "fremovexattr", "removexattrat"),
)
"""What changes a file without opening it."""

_INSTRUCTION = "HBBI"
Instruction = tuple[int, int, int, int]
"""code, jump if true, jump if false, constant: struct sock_filter"""


def assembled(instructions: Sequence[Instruction]) -> bytes:
    """A program as the kernel reads it."""
    return b"".join(struct.pack(_INSTRUCTION, *instruction) for instruction in instructions)


def install(code: bytes) -> None:
    """Confine the calling process for good, by a program. Needs PR_SET_NO_NEW_PRIVS."""
    buffer = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: the number of instructions and, aligned, their address.
    count = len(code) // struct.calcsize(_INSTRUCTION)
    header = struct.pack("H6xQ", count, ctypes.addressof(buffer))
    pointer = ctypes.create_string_buffer(header, len(header))
    system_call("prctl", _PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(pointer), 0, 0)


def program(pid: int, forbidden: Sequence[str] = FORBIDDEN, *, tcp: bool = False) -> list[Instruction]:
    """The filter of the process ``pid``. ``forbidden`` are names of calls; with ``tcp`` it may connect
    sockets of that protocol all the same. OSError on a machine whose numbers are not known."""
    number = numbers()
    result: list[Instruction] = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, _AUDIT_MACHINE[os.uname().machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        # The x32 calls of x86_64 have numbers far above, too.
        (_ABOVE, 0, 1, LAST_KNOWN),
        (_RETURN, 0, 0, _UNKNOWN),
        *_on(number["clone3"], [(_RETURN, 0, 0, _UNKNOWN)]),
    ]
    for name in forbidden:
        if name in number and not (tcp and name in _TCP_CLIENT):
            result += _on(number[name], [(_RETURN, 0, 0, _DENY)])
    result += _on(number["clone"], _threads_only())
    result += _on(number["socketpair"], _connected_pairs_only())
    if tcp:
        result += _on(number["socket"], _tcp_only())
    result += _on(number["prctl"], _only(0, _HARMLESS_PRCTL))
    result += _on(number["ioctl"], _all_but(1, _TERMINAL_INPUT))
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        result += _on(number[name], _only(0, (pid,)))
    result += _on(number["prlimit64"], _only(0, (0, pid)))
    result.append((_RETURN, 0, 0, _ALLOW))
    return result


def _on(number: int, then: Sequence[Instruction]) -> list[Instruction]:
    """``then``, which ends with a return on every path, when the call's number, which is loaded, is this."""
    return [(_EQUAL, 0, len(then), number), *then]


def _threads_only() -> list[Instruction]:
    return [
        *_argument(0),
        (_ANY_BIT, 0, 2, _CLONE_THREAD),
        (_ANY_BIT, 1, 0, _CLONE_NEW),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]


def _connected_pairs_only() -> list[Instruction]:
    """AF_UNIX streams: a datagram socket of a pair could still send to any address."""
    return [
        *_argument(0),
        (_EQUAL, 0, 5, socket.AF_UNIX),
        *_argument(1),
        (_AND, 0, 0, _SOCKET_TYPE),
        (_EQUAL, 1, 0, socket.SOCK_STREAM),
        (_EQUAL, 0, 1, socket.SOCK_SEQPACKET),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]


def _tcp_only() -> list[Instruction]:
    return [
        *_argument(0),
        (_EQUAL, 0, 4, socket.AF_INET),
        *_argument(1),
        (_AND, 0, 0, _SOCKET_TYPE),
        (_EQUAL, 0, 1, socket.SOCK_STREAM),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]


def _only(argument: int, values: Sequence[int]) -> list[Instruction]:
    tests = [(_EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)]
    return [*_argument(argument), *tests, (_RETURN, 0, 0, _DENY), (_RETURN, 0, 0, _ALLOW)]


def _all_but(argument: int, values: Sequence[int]) -> list[Instruction]:
    tests = [(_EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)]
    return [*_argument(argument), *tests, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]


def _argument(index: int) -> list[Instruction]:
    """Load the low half of an argument: those that are looked at are 32 bits wide for the kernel as well.
    Both machines are little-endian."""
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * index)]
