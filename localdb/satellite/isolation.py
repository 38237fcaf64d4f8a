"""The layers that confine a worker: applied in order, in the worker, after the fork and before the script.

Every layer has a name and a probe. The zygote probes them once in a throw-away child and reports the result
to the server; a layer that is not available is left out and reported so. No dependency beyond ctypes.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from localdb.satellite.contract import Limits

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_WORKS = "works"


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the layers need to know of one execution. ``parent`` is the zygote's process id."""

    directory: Path
    limits: Limits
    parent: int


@dataclass(frozen=True, slots=True)
class Layer:
    """``apply`` confines the calling process, for good; it raises OSError when it cannot."""

    name: str
    apply: Callable[[Confinement], None]


@dataclass(frozen=True, slots=True)
class LayerState:
    """What the probe found: ``reason`` says why a layer is not available, '' when it is."""

    name: str
    available: bool
    reason: str = ""


def prctl(option: int, value: int) -> None:
    """prctl(2); OSError when it fails."""
    libc = ctypes.CDLL(None, use_errno=True)
    if (
        libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
        != 0
    ):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def die_with_parent(parent: int) -> None:
    """SIGKILL when the parent ends; the parent may have ended before the call, so look again afterwards."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def adopt_orphans() -> None:
    """Descendants whose parent ends become children of this process instead of init's, so none gets away."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _own_session(_: Confinement) -> None:
    if os.getsid(0) != os.getpid():
        os.setsid()


def _parent_death(confinement: Confinement) -> None:
    die_with_parent(confinement.parent)
    adopt_orphans()


def _no_new_privileges(_: Confinement) -> None:
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _clean_environment(confinement: Confinement) -> None:
    place = str(confinement.directory)
    kept = {name: value for name, value in os.environ.items() if name in KEPT_ENVIRONMENT}
    os.environ.clear()
    os.environ.update(kept, HOME=place, TMPDIR=place, MPLCONFIGDIR=place)


def _work_directory(confinement: Confinement) -> None:
    os.chdir(confinement.directory)
    os.umask(0o077)


def _resource_limits(confinement: Confinement) -> None:
    limits = confinement.limits
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    if limits.file_size is not None:
        _limit(resource.RLIMIT_FSIZE, limits.file_size)
    if limits.memory is not None:
        _limit(resource.RLIMIT_DATA, limits.memory)


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, value))


KEPT_ENVIRONMENT = (
    "PATH",
    "LANG",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
    "MPLBACKEND",
)
"""What a script may see of the zygote's environment, which is itself made by the launcher."""

LAYERS: tuple[Layer, ...] = (
    Layer("process group", _own_session),
    Layer("parent death signal", _parent_death),
    Layer("clean environment", _clean_environment),
    Layer("private work directory", _work_directory),
    Layer("resource limits", _resource_limits),
    Layer("no new privileges", _no_new_privileges),
)
"""In the order in which they are applied."""


def confine(layers: Sequence[str], confinement: Confinement) -> None:
    """Apply the named layers. Any failure is raised: a worker that is not confined must not run a script."""
    for layer in LAYERS:
        if layer.name in layers:
            layer.apply(confinement)


def probe(directory: Path) -> tuple[LayerState, ...]:
    """Which layers work here, found by applying them in a child that then ends. ``directory`` is writable."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            confinement = Confinement(directory, Limits(), os.getppid())
            report = "\n".join(_probe_one(layer, confinement) for layer in LAYERS)
            os.write(writing, report.encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "r") as pipe:
        reasons = pipe.read().split("\n")
    os.waitpid(child, 0)
    reasons += ["the probe ended early"] * (len(LAYERS) - len(reasons))
    return tuple(
        LayerState(layer.name, reason == _WORKS, "" if reason == _WORKS else reason or "the probe failed")
        for layer, reason in zip(LAYERS, reasons, strict=True)
    )


def _probe_one(layer: Layer, confinement: Confinement) -> str:
    try:
        layer.apply(confinement)
    except (OSError, ValueError) as error:
        return str(error).replace("\n", " ") or type(error).__name__
    return _WORKS
