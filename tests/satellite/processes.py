"""The processes below a zygote: its spares, its workers, and the init of their namespace."""

from __future__ import annotations

import time
from pathlib import Path

from localdb.satellite.launcher import SPARES


def children(pid: int) -> list[int]:
    """The processes whose parent is ``pid``, zombies included."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def name(pid: int) -> str:
    """What ps shows; '' for a process that has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def settled(zygote: int, spares: int = SPARES, workers: int = 0) -> list[int]:
    """The children of a zygote as soon as these are its spares, so many workers and, perhaps, an init; an
    error when anything else stays. A zygote makes its spares when nobody waits for it, so a test must."""
    wanted = ["spare"] * spares + ["worker"] * workers
    deadline = time.monotonic() + 10
    while True:
        found = children(zygote)
        names = [name(pid) for pid in found]
        if sorted(one for one in names if one != "init") == wanted:
            return found
        assert time.monotonic() < deadline, f"the children of the zygote are {names}"


def workers(zygote: int) -> list[int]:
    """The children that have got an order."""
    return [pid for pid in children(zygote) if name(pid) == "worker"]
