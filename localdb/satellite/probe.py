"""Which layers of the isolation work here: they are tried, in children that then end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from localdb.satellite.contract import Limits
from localdb.satellite.isolation import (
    LAYERS,
    NAMESPACES,
    Confinement,
    Isolation,
    LayerState,
    Prepared,
    enter,
)
from localdb.satellite.runtime_paths import runtime_paths

_WORKS = "works"


def probe(directory: Path, shelf: Path, settings: Isolation) -> tuple[LayerState, ...]:
    """Every layer, with whether a zygote and its worker could apply it. ``directory``, which is writable,
    is that of the work directories, ``shelf`` that of the libraries."""
    names = [layer.name for layer in LAYERS]
    reasons = dict.fromkeys(settings.without, "switched off")
    threads = len(list(Path("/proc/self/task").iterdir()))
    if NAMESPACES not in reasons and threads > 1:
        reasons[NAMESPACES] = f"the zygote has {threads} threads"
    elif NAMESPACES not in reasons:
        result = _in_child(lambda: _attempt(lambda: _end(enter(directory, shelf))))
        if result != _WORKS:
            reasons[NAMESPACES] = result
    while True:
        # Together: a layer that fails may leave the child in a state in which others fail, too.
        wanted = [name for name in names if name not in reasons]
        failure = _in_child(lambda: _probe_worker(directory, shelf, settings, wanted))  # noqa: B023
        if failure == _WORKS:
            return tuple(LayerState(name, name not in reasons, reasons.get(name, "")) for name in names)
        name, _, reason = failure.partition(": ")
        if name not in wanted:
            raise OSError(f"the isolation layers cannot be probed: {failure}")
        reasons[name] = reason


def _probe_worker(directory: Path, shelf: Path, settings: Isolation, wanted: Sequence[str]) -> str:
    """The first layer that does not work, with the reason."""
    readable, place = runtime_paths(), directory / "probe"
    init = None
    if NAMESPACES in wanted:
        init = enter(directory, shelf)
    elif directory.exists():
        place.mkdir(mode=0o700, exist_ok=True)
    prepared = Prepared(os.pidfd_open(os.getpid()), settings.first_user, wanted, readable, shelf)
    try:
        return _in_child(lambda: _probe_layers(Confinement(prepared, place, Limits())))
    finally:
        if init is not None:
            _end(init)
        elif directory.exists():
            place.rmdir()


def _end(init: int) -> None:
    os.kill(init, signal.SIGKILL)
    os.waitpid(init, 0)


def _probe_layers(confinement: Confinement) -> str:
    prepared = confinement.prepared
    layers = [layer for layer in LAYERS if layer.name in prepared.layers]
    steps = [(layer, partial(layer.prepare, prepared)) for layer in layers]
    steps += [(layer, partial(layer.apply, confinement)) for layer in layers]
    for layer, step in steps:
        result = _attempt(step)
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
