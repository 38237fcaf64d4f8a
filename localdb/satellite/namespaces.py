"""A world of its own for the scripts: namespaces(7) for mounts, processes, network, System V IPC, host name.

It is made in two steps. The zygote enters a mount namespace whose root holds the runtime, read-only, and
nothing else, and makes the process namespace of all workers (``enter``); without the right to do so it makes
a user namespace first, in which it has it. Each worker then takes a network, IPC, host name and mount
namespace for itself, with a /proc that shows no other user's process (``enter_own``), and for its script a
work directory in memory of limited size and a folder of libraries that holds only those of the script
(``own_folders``). The worker has no interface that is up, not even loopback.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from localdb.satellite.syscalls import system_call

_NEW_MOUNT, _NEW_HOST_NAME, _NEW_IPC = 0x00020000, 0x04000000, 0x08000000
_NEW_USER, _NEW_PROCESS, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000

_READ_ONLY, _NO_SETUID, _NO_DEVICES, _NO_EXECUTION = 1, 2, 4, 8
_CAREFUL = _NO_SETUID | _NO_DEVICES | _NO_EXECUTION
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_DETACH = 2
_CURRENT_FOLDER, _ATTRIBUTES_RECURSIVE = 2**64 - 100, 0x8000  # AT_FDCWD, AT_RECURSIVE
_ATTRIBUTES = (_READ_ONLY | _NO_SETUID, 0, 0, 0)  # struct mount_attr: set, clear, propagation, user namespace
_FILES = 100_000


def enter(directory: Path, readable: Iterable[Path], become_init: Callable[[], None]) -> int:
    """Change the calling process's root, for good, to one that holds ``readable`` and an empty ``directory``.
    Its later children live in a process namespace; returns the process id of that namespace's init.

    The init calls ``become_init``, which makes it end with its parent; when it ends, the kernel ends every
    process of the namespace. OSError when the system does not allow it.
    """
    _new_namespaces()
    _mount("none", "/", "", _RECURSIVE | _PRIVATE)
    _mount("tmpfs", directory, "tmpfs", _NO_SETUID | _NO_DEVICES, "size=1m,mode=755")
    _fill_root(directory, [*readable, Path("/proc")])
    (directory / str(directory).lstrip("/")).mkdir(parents=True, exist_ok=True)
    os.chdir(directory)
    system_call("pivot_root", b".", b".")
    system_call("umount2", b".", _DETACH)
    os.chdir("/")
    _make_read_only(Path("/"))
    return _start_init(become_init)


def enter_own() -> None:
    """The worker's own namespaces."""
    system_call("unshare", _NEW_MOUNT | _NEW_NETWORK | _NEW_IPC | _NEW_HOST_NAME)
    _mount("proc", "/proc", "proc", _CAREFUL | _READ_ONLY, "hidepid=2")


def own_folders(directory: Path, size: int, shelf: Path, libraries: Sequence[Path]) -> None:
    """``directory`` in a file system of at most ``size`` bytes; of ``shelf`` only ``libraries``, which are in
    it, and these read-only."""
    _mount("tmpfs", directory.parent, "tmpfs", _CAREFUL, f"size={size},nr_inodes={_FILES},mode=711")
    directory.mkdir(mode=0o700)
    sources = [os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC) for folder in libraries]
    _mount("tmpfs", shelf, "tmpfs", _CAREFUL, "size=1m,mode=711")
    for folder, source in zip(libraries, sources, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        _mount(f"/proc/self/fd/{source}", folder, "", _BIND | _RECURSIVE)
        os.close(source)
    _make_read_only(shelf)


def _new_namespaces() -> None:
    user, group = os.geteuid(), os.getegid()
    try:
        system_call("unshare", _NEW_MOUNT | _NEW_PROCESS)
    except PermissionError:
        system_call("unshare", _NEW_USER | _NEW_MOUNT | _NEW_PROCESS)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        # Without a mapped group a tmpfs refuses every file (EOVERFLOW).
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _fill_root(root: Path, paths: Iterable[Path]) -> None:
    bound: set[Path] = set()
    # Ancestors come first: what lies in a folder that is bound is there already.
    for path in sorted(paths, key=lambda path: len(path.parts)):
        _bind(root, path, bound)


def _bind(root: Path, path: Path, bound: set[Path]) -> None:
    """Make ``path`` appear in ``root``; symbolic links on the way are made anew and followed."""
    if root == path or root.is_relative_to(path):
        raise OSError(f"the work directories are in {path}, which scripts may read")
    here = Path("/")
    for index, part in enumerate(path.parts[1:], start=2):
        here /= part
        if here in bound:
            return
        if here.is_symlink():
            place = root / str(here).lstrip("/")
            if not place.is_symlink():
                place.symlink_to(here.readlink())
            goal = os.path.normpath(here.parent / here.readlink())
            _bind(root, Path(goal, *path.parts[index:]), bound)
            return
        if here != path:
            (root / str(here).lstrip("/")).mkdir(mode=0o755, exist_ok=True)
    place = root / str(path).lstrip("/")
    if path.is_dir():
        place.mkdir(mode=0o755, exist_ok=True)
    elif path.exists():
        place.touch()
    else:
        return
    _mount(str(path), place, "", _BIND | _RECURSIVE)
    bound.add(path)


def _make_read_only(root: Path) -> None:
    attributes = (ctypes.c_uint64 * len(_ATTRIBUTES))(*_ATTRIBUTES)
    size = ctypes.sizeof(attributes)
    place = ctypes.addressof(attributes)
    system_call("mount_setattr", _CURRENT_FOLDER, bytes(root), _ATTRIBUTES_RECURSIVE, place, size)


def _start_init(become_init: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            become_init()
            os.closerange(0, os.sysconf("SC_OPEN_MAX"))
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel then reaps what is left to init
            while True:
                signal.pause()
        os._exit(1)
    return pid


def _mount(source: str, target: Path | str, kind: str, flags: int, options: str = "") -> None:
    place = os.fsencode(target)
    try:
        system_call("mount", source.encode(), place, kind.encode(), flags, options.encode())
    except OSError as error:
        raise OSError(error.errno, f"mount {source or kind} on {target}: {error.strerror}") from None
