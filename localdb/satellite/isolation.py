"""The layers that confine a worker, and how good the confinement is that they give together.

The layers are applied in order, in the worker, after the fork and before the script. Every layer has a name
and is probed once, when the zygote starts, in a throw-away child; a layer that is not available is left out
and reported so. No dependency beyond ctypes.

The grade is *full* when scripts can reach no network, no files but the runtime's and their own, and can start
no process; *reduced* when some of that does not hold, *none* when nothing does.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from types import MappingProxyType

from localdb.satellite import landlock, namespaces, seccomp
from localdb.satellite.contract import Limits
from localdb.satellite.runtime_paths import DEVICES, process_paths, runtime_paths
from localdb.satellite.syscalls import system_call

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_CAPABILITY_VERSION = 0x20080522
_MORE_MAPPINGS = 512 * 2**20
_WORKS = "works"

REQUIRE_FULL = "require-full"
"""Scripts are refused unless the grade is full."""

BEST_EFFORT = "best-effort"
"""Scripts run with whatever layers there are: an administrator's explicit choice."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """``policy`` is REQUIRE_FULL or BEST_EFFORT. ``without`` names layers to leave out. The dedicated users
    have the ids from ``first_user`` on, one for each concurrent script; no account needs to have them."""

    policy: str = REQUIRE_FULL
    without: tuple[str, ...] = ()
    first_user: int = 61_000

    def __post_init__(self) -> None:
        if self.policy not in (REQUIRE_FULL, BEST_EFFORT):
            raise ValueError(f"isolation is {REQUIRE_FULL} or {BEST_EFFORT}, not {self.policy!r}")
        unknown = set(self.without) - {layer.name for layer in LAYERS}
        if unknown:
            raise ValueError(f"no isolation layer is named {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the layers need to know of one execution: its work directory and limits, a pidfd of the zygote,
    the user and group id that are the execution's own, the layers that are applied, and what is readable."""

    directory: Path
    limits: Limits
    zygote: int
    user: int
    layers: Sequence[str]
    readable: Sequence[Path]


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


class Grade(Enum):
    FULL = "full"
    REDUCED = "reduced"
    NONE = "none"


def prctl(option: int, value: int) -> None:
    """prctl(2); OSError when it fails."""
    system_call("prctl", option, value, 0, 0, 0)


def die_with_parent(parent: int) -> None:
    """SIGKILL when the parent, whose pidfd is given, ends. It may have ended before the call, so look again
    afterwards; the process id of a parent in another namespace would not tell."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if select.select([parent], [], [], 0)[0]:
        os._exit(1)


def outlive_parent() -> None:
    """Undo ``die_with_parent``: who kills others when the parent ends must not be killed first."""
    prctl(_PR_SET_PDEATHSIG, 0)


def adopt_orphans() -> None:
    """Descendants whose parent ends become children of this process instead of init's, so none gets away."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """Processes of the same user cannot read this one's memory, environment and descriptors in /proc."""
    prctl(_PR_SET_DUMPABLE, 0)


def _own_session(_: Confinement) -> None:
    if os.getsid(0) != os.getpid():
        os.setsid()


def _namespaces(confinement: Confinement) -> None:
    namespaces.enter_own(confinement.directory, confinement.limits.disk)


def _clean_environment(confinement: Confinement) -> None:
    place = str(confinement.directory)
    kept = {name: value for name, value in os.environ.items() if name in KEPT_ENVIRONMENT}
    os.environ.clear()
    os.environ.update(kept, HOME=place, TMPDIR=place, MPLCONFIGDIR=place)


def _work_directory(confinement: Confinement) -> None:
    os.chdir(confinement.directory)
    os.umask(0o077)


def _dedicated_user(confinement: Confinement) -> None:
    user = confinement.user
    if os.geteuid() != 0:
        raise PermissionError("the server does not run as root")
    os.chown(confinement.directory, user, user)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    for path in (confinement.directory, *confinement.readable):
        if not os.access(path, os.R_OK):
            raise PermissionError(f"another user than root cannot read {path}")


def _no_privileges(_: Confinement) -> None:
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    for capability in range(64):
        try:
            prctl(_PR_CAPBSET_DROP, capability)
        except OSError:
            break  # either the last one, or no right to drop what then cannot be gained anyway
    header = ctypes.create_string_buffer(struct.pack("Ii", _CAPABILITY_VERSION, 0))
    nothing = ctypes.create_string_buffer(24)
    system_call("capset", ctypes.addressof(header), ctypes.addressof(nothing))
    hide_memory()


def _parent_death(confinement: Confinement) -> None:
    # After the change of user, which clears the signal.
    die_with_parent(confinement.zygote)
    adopt_orphans()


def _resource_limits(confinement: Confinement) -> None:
    limits = confinement.limits
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    if os.geteuid() == confinement.user:
        # Any other user's count would be that of other processes as well.
        _limit(resource.RLIMIT_NPROC, limits.threads)
    sizes = [size for size in (limits.file_size, limits.memory) if size is not None]
    if sizes:
        # The files of the response are in memory, too.
        _limit(resource.RLIMIT_FSIZE, min(sizes))
    if limits.memory is not None:
        _limit(resource.RLIMIT_DATA, limits.memory)
        # Shared mappings are not data. The libraries are mapped already and do not count.
        _limit(resource.RLIMIT_AS, _mapped() + limits.memory + _MORE_MAPPINGS)


def _mapped() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, value))


def _landlock(confinement: Confinement) -> None:
    readable = (*confinement.readable, *process_paths(), *DEVICES)
    landlock.restrict(readable, (confinement.directory, Path(os.devnull)))


def _seccomp(confinement: Confinement) -> None:
    # Landlock leaves the attributes of files alone; where there is more than our own, nobody may change any.
    more = () if NAMESPACES in confinement.layers else seccomp.ATTRIBUTES
    seccomp.install(os.getpid(), (*seccomp.FORBIDDEN, *more))


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

NAMESPACES, LANDLOCK, SECCOMP = "namespaces", "Landlock", "seccomp"

LAYERS: tuple[Layer, ...] = (
    Layer("process group", _own_session),
    Layer(NAMESPACES, _namespaces),
    Layer("clean environment", _clean_environment),
    Layer("private work directory", _work_directory),
    Layer("dedicated user", _dedicated_user),
    Layer("no privileges", _no_privileges),
    Layer("parent death signal", _parent_death),
    Layer("resource limits", _resource_limits),
    Layer(LANDLOCK, _landlock),
    Layer(SECCOMP, _seccomp),
)
"""In the order in which they are applied."""

_DEFAULT = Isolation()

PROMISES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"network": (NAMESPACES, SECCOMP), "files": (NAMESPACES, LANDLOCK), "processes": (SECCOMP,)}
)
"""What is promised at grade full, and the layers each of which keeps the promise alone."""


def grade(states: Sequence[LayerState]) -> Grade:
    available = {state.name for state in states if state.available}
    if all(available.intersection(layers) for layers in PROMISES.values()):
        return Grade.FULL
    return Grade.REDUCED if available.intersection((NAMESPACES, LANDLOCK, SECCOMP)) else Grade.NONE


def missing(states: Sequence[LayerState]) -> str:
    """The promises that nothing keeps, and why: ``processes (seccomp: Function not implemented)``."""
    reasons = {state.name: state.reason for state in states if not state.available}
    return ", ".join(
        f"{promise} ({'; '.join(f'{layer}: {reasons[layer]}' for layer in layers)})"
        for promise, layers in PROMISES.items()
        if all(layer in reasons for layer in layers)
    )


def refusal(states: Sequence[LayerState], settings: Isolation) -> str:
    """Why no script may run, as one sentence; '' when scripts may run."""
    if settings.policy != REQUIRE_FULL or grade(states) is Grade.FULL:
        return ""
    return (
        f"isolation is {REQUIRE_FULL} and external scripts cannot be fully isolated here. "
        f"Not isolated: {missing(states)}."
    )


def enter(directory: Path) -> int:
    """The part of the namespaces that is the zygote's: see ``namespaces.enter``."""
    parent = os.pidfd_open(os.getpid())
    try:
        paths = (*runtime_paths(), *DEVICES)
        return namespaces.enter(directory, paths, lambda: die_with_parent(parent))
    finally:
        os.close(parent)


def confine(confinement: Confinement) -> None:
    """Apply its layers. Any failure is raised: a worker that is not confined must not run a script."""
    for layer in LAYERS:
        if layer.name in confinement.layers:
            layer.apply(confinement)


def probe(directory: Path, settings: Isolation = _DEFAULT) -> tuple[LayerState, ...]:
    """Which layers work here, found by applying them in a child that then ends, as a zygote and its worker
    would. ``directory`` is writable."""
    names = [layer.name for layer in LAYERS]
    reasons = dict.fromkeys(settings.without, "switched off")
    threads = len(list(Path("/proc/self/task").iterdir()))
    if NAMESPACES not in reasons and threads > 1:
        reasons[NAMESPACES] = f"the zygote has {threads} threads"
    elif NAMESPACES not in reasons:
        result = _in_child(lambda: _attempt(lambda: _end(enter(directory))))
        if result != _WORKS:
            reasons[NAMESPACES] = result
    while True:
        # Together: a layer that fails may leave the child in a state in which others fail, too.
        wanted = [name for name in names if name not in reasons]
        failure = _in_child(lambda: _probe_worker(directory, settings, wanted))  # noqa: B023
        if failure == _WORKS:
            return tuple(LayerState(name, name not in reasons, reasons.get(name, "")) for name in names)
        name, _, reason = failure.partition(": ")
        if name not in wanted:
            raise OSError(f"the isolation layers cannot be probed: {failure}")
        reasons[name] = reason


def _probe_worker(directory: Path, settings: Isolation, wanted: Sequence[str]) -> str:
    """The first layer that does not work, with the reason."""
    readable, place = runtime_paths(), directory / "probe"
    init = None
    if NAMESPACES in wanted:
        init = enter(directory)
    elif directory.exists():
        place.mkdir(mode=0o700, exist_ok=True)
    confinement = Confinement(
        place, Limits(), os.pidfd_open(os.getpid()), settings.first_user, wanted, readable
    )
    try:
        return _in_child(lambda: _probe_layers(confinement))
    finally:
        if init is not None:
            _end(init)
        elif directory.exists():
            place.rmdir()


def _end(init: int) -> None:
    os.kill(init, signal.SIGKILL)
    os.waitpid(init, 0)


def _probe_layers(confinement: Confinement) -> str:
    for layer in LAYERS:
        if layer.name in confinement.layers:
            result = _attempt(partial(layer.apply, confinement))
            if result != _WORKS:
                return f"{layer.name}: {result}"
    return _WORKS


def _attempt(action: Callable[[], object]) -> str:
    try:
        action()
    except (OSError, ValueError, KeyError) as error:
        return str(error).replace("\n", " ") or type(error).__name__
    return _WORKS


def _in_child(action: Callable[[], str]) -> str:
    """What ``action`` returns in a child of this process; what it wrote as far as it came is lost."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.write(writing, action().encode())
        except BaseException as error:
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "r") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text or "the probe ended early"
