"""The layers that confine a worker, and how good the confinement is that they give together.

The layers are applied in order, in the worker, after the fork and before the script. What does not depend
on the script is prepared ahead (``prepare``), the rest follows when its order is there (``confine``). Every
layer has a name and is probed once, when the zygote starts, in a throw-away child (see ``probe``); a layer
that is not available is left out and reported so. No dependency beyond ctypes.

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
from pathlib import Path
from types import MappingProxyType

from localdb.satellite import landlock, namespaces, seccomp
from localdb.satellite.contract import Limits
from localdb.satellite.runtime_paths import DEVICES, process_paths, runtime_paths
from localdb.satellite.syscalls import system_call

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NAME, _PR_CAPBSET_DROP = 1, 4, 15, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_CAPABILITY_VERSION = 0x20080522
_MORE_MAPPINGS = 512 * 2**20

REQUIRE_FULL = "require-full"
"""Scripts are refused unless the grade is full."""

BEST_EFFORT = "best-effort"
"""Scripts run with whatever layers there are: an administrator's explicit choice."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """``policy`` is REQUIRE_FULL or BEST_EFFORT. ``without`` names layers to leave out. The dedicated users
    have the ids from ``first_user`` on, one for each process that runs a script or is ready to; no account
    needs to have them."""

    policy: str = REQUIRE_FULL
    without: tuple[str, ...] = ()
    first_user: int = 61_000

    def __post_init__(self) -> None:
        if self.policy not in (REQUIRE_FULL, BEST_EFFORT):
            raise ValueError(f"isolation is {REQUIRE_FULL} or {BEST_EFFORT}, not {self.policy!r}")
        unknown = set(self.without) - {layer.name for layer in LAYERS}
        if unknown:
            raise ValueError(f"no isolation layer is named {', '.join(sorted(unknown))}")


@dataclass(slots=True)
class Prepared:
    """What the layers know of a worker before its order comes: a pidfd of the zygote, the user and group id
    that are the worker's own, the layers that are applied, what is readable, and the folder of all
    libraries. ``rules`` (a descriptor) and ``filter`` are those of Landlock and seccomp, made ahead."""

    zygote: int
    user: int
    layers: Sequence[str]
    readable: Sequence[Path]
    shelf: Path
    rules: int = -1
    filter: bytes = b""


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the order adds: the work directory, the limits, the folders of libraries (in ``shelf``), and the
    TCP port that the script may connect to, 0 for none."""

    prepared: Prepared
    directory: Path
    limits: Limits
    libraries: Sequence[Path] = ()
    port: int = 0


def _nothing(_: Prepared) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Layer:
    """``apply`` confines the calling process, for good; it raises OSError when it cannot. ``prepare`` is what
    can be done before."""

    name: str
    apply: Callable[[Confinement], None]
    prepare: Callable[[Prepared], None] = _nothing


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


def name_process(name: str) -> None:
    """What ps shows of the process, at most 15 characters."""
    buffer = ctypes.create_string_buffer(name.encode())
    prctl(_PR_SET_NAME, ctypes.addressof(buffer))


def _own_session(_: Confinement) -> None:
    if os.getsid(0) != os.getpid():
        os.setsid()


def _enter_namespaces(_: Prepared) -> None:
    namespaces.enter_own()


def _own_folders(confinement: Confinement) -> None:
    namespaces.own_folders(
        confinement.directory, confinement.limits.disk, confinement.prepared.shelf, confinement.libraries
    )


def _clean_environment(confinement: Confinement) -> None:
    place = str(confinement.directory)
    kept = {name: value for name, value in os.environ.items() if name in KEPT_ENVIRONMENT}
    os.environ.clear()
    os.environ.update(kept, HOME=place, TMPDIR=place, MPLCONFIGDIR=place)


def _work_directory(confinement: Confinement) -> None:
    os.chdir(confinement.directory)
    os.umask(0o077)


def _dedicated_user(confinement: Confinement) -> None:
    user = confinement.prepared.user
    if os.geteuid() != 0:
        raise PermissionError("the server does not run as root")
    os.chown(confinement.directory, user, user)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    for path in (confinement.directory, *confinement.prepared.readable):
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


def _hide_memory(_: Prepared) -> None:
    hide_memory()


def _spare_death(prepared: Prepared) -> None:
    die_with_parent(prepared.zygote)


def _parent_death(confinement: Confinement) -> None:
    # After the change of user, which clears the signal.
    die_with_parent(confinement.prepared.zygote)
    adopt_orphans()


def _resource_limits(confinement: Confinement) -> None:
    limits = confinement.limits
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    if os.geteuid() == confinement.prepared.user:
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
    if limits.cpus is not None:
        os.sched_setaffinity(0, limits.cpus)


def _mapped() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, value))


def _make_rules(prepared: Prepared) -> None:
    prepared.rules = landlock.rules((*prepared.readable, *process_paths(), *DEVICES))


def _landlock(confinement: Confinement) -> None:
    writable = (confinement.directory, Path(os.devnull))
    landlock.restrict(confinement.prepared.rules, confinement.libraries, writable, confinement.port)


def _make_filter(prepared: Prepared) -> None:
    prepared.filter = _filter(prepared, tcp=False)


def _filter(prepared: Prepared, *, tcp: bool) -> bytes:
    # Landlock leaves the attributes of files alone; where there is more than our own, nobody may change any.
    more = () if NAMESPACES in prepared.layers else seccomp.ATTRIBUTES
    return seccomp.assembled(seccomp.program(os.getpid(), (*seccomp.FORBIDDEN, *more), tcp=tcp))


def _seccomp(confinement: Confinement) -> None:
    prepared = confinement.prepared
    seccomp.install(_filter(prepared, tcp=True) if confinement.port else prepared.filter)


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
    Layer(NAMESPACES, _own_folders, _enter_namespaces),
    Layer("clean environment", _clean_environment),
    Layer("private work directory", _work_directory),
    Layer("dedicated user", _dedicated_user),
    Layer("no privileges", _no_privileges, _hide_memory),
    Layer("parent death signal", _parent_death, _spare_death),
    Layer("resource limits", _resource_limits),
    Layer(LANDLOCK, _landlock, _make_rules),
    Layer(SECCOMP, _seccomp, _make_filter),
)
"""In the order in which they are applied."""

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


def enter(directory: Path, shelf: Path) -> int:
    """The part of the namespaces that is the zygote's: see ``namespaces.enter``. ``shelf`` is the folder of
    all libraries, ``directory`` that of the work directories."""
    parent = os.pidfd_open(os.getpid())

    def become_init() -> None:
        name_process("init")
        die_with_parent(parent)

    try:
        return namespaces.enter(directory, (*runtime_paths(), *DEVICES, shelf), become_init)
    finally:
        os.close(parent)


def prepare(prepared: Prepared) -> None:
    """What its layers can do ahead. Any failure is raised."""
    for layer in LAYERS:
        if layer.name in prepared.layers:
            layer.prepare(prepared)


def confine(confinement: Confinement) -> None:
    """Apply its layers. Any failure is raised: a worker that is not confined must not run a script."""
    for layer in LAYERS:
        if layer.name in confinement.prepared.layers:
            layer.apply(confinement)
