"""Processes that a worker has started and left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


def kill_orphans(known: Collection[int | None], init: int | None) -> None:
    """End the descendants that left their process group. They are the calling process's children now, none of
    the ``known`` ones; or those of ``init``, which reaps them, in a process namespace."""
    while orphans := children(os.getpid()).difference(known):
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    while init is not None and (orphans := children(init)):
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def children(parent: int) -> set[int]:
    """The processes whose parent is this one, zombies included."""
    with suppress(FileNotFoundError):
        return {int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}
    numbers = (entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return {int(number) for number in numbers if _parent(number) == parent}


def _parent(pid: str) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
