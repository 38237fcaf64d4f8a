"""What of the file system a script may read: the Python runtime, the libraries that it loads, a few facts
about the machine. Nothing of the server, of its data, or of any user."""

from __future__ import annotations

import sys
from pathlib import Path

DEVICES = tuple(Path("/dev") / name for name in ("null", "zero", "full", "random", "urandom"))

_SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"),
    *("/usr/share/zoneinfo", "/etc/localtime", "/etc/ld.so.cache"),
    # joblib counts processors with these, numpy asks for huge pages.
    *("/sys/fs/cgroup", "/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage"),
)
_PROCESS = (
    "self",
    "cpuinfo",
    "meminfo",
    "stat",
    "uptime",
    "version",
    "filesystems",
    "sys/vm/overcommit_memory",
)
_PACKAGES = ("site-packages", "dist-packages")

SCRIPT_PACKAGES = Path(__file__).parents[1] / "script_packages"
"""Packages for scripts that belong to the server; they come last on ``sys.path``."""


def runtime_paths() -> tuple[Path, ...]:
    """The folders and files of the runtime that exist here."""
    prefixes = [
        Path(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    ]
    found = [prefix / name for prefix in prefixes for name in ("lib", "lib64", "pyvenv.cfg")]
    # A .pth file may have put any folder on the path; only those of installed packages are the runtime's.
    found += [path for path in map(Path, sys.path) if path.name in _PACKAGES]
    found += [SCRIPT_PACKAGES, *(Path(name) for name in _SYSTEM)]
    return tuple(dict.fromkeys(path for path in found if path.is_absolute() and path.exists()))


def process_paths() -> tuple[Path, ...]:
    """What a script may read in /proc: itself and the machine."""
    return tuple(Path("/proc") / name for name in _PROCESS)
