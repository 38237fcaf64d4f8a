"""The CPUs that AFFINITY names, and the masks that show them.

https://learn.microsoft.com/sql/t-sql/statements/create-external-resource-pool-transact-sql
"""

from __future__ import annotations

import os
from collections.abc import Sequence, Set
from pathlib import Path

from localdb.errors import sql_error
from localdb.tsql.ast_governor import Affinity

_GROUP_SIZE = 64
"""CPUs in a processor group."""

_NODES = Path("/sys/devices/system/node")


def cpus_of(affinity: Affinity) -> tuple[int, ...]:
    """The CPUs, none of them for AUTO. Errors: 10926 one that is not there, 10925 one named twice, 10935
    CPUs of more than one processor group."""
    if affinity.kind == "CPU":
        cpus = _numbers(affinity.ranges, "CPU", os.sched_getaffinity(0))
    else:
        nodes = _numa_nodes()
        named = _numbers(affinity.ranges, "NUMA node", nodes.keys())
        cpus = [cpu for node in named for cpu in nodes[node]]
    if len({cpu // _GROUP_SIZE for cpu in cpus}) > 1:
        raise sql_error(10935)
    return tuple(sorted(cpus))


def require_cpus(cpus: Sequence[int]) -> None:
    """10926 for a CPU that the server may not use (any more)."""
    _numbers([(cpu, cpu) for cpu in cpus], "CPU", os.sched_getaffinity(0))


def masks(cpus: Sequence[int]) -> dict[int, int]:
    """By processor group, the CPUs as the bits of a bigint."""
    found: dict[int, int] = {}
    for cpu in cpus:
        group, bit = divmod(cpu, _GROUP_SIZE)
        found[group] = found.get(group, 0) | 1 << bit
    return {group: mask - (mask >> 63 << 64) for group, mask in found.items()}


def _numbers(ranges: Sequence[tuple[int, int]], kind: str, available: Set[int]) -> list[int]:
    highest = max(available)
    numbers: list[int] = []
    for first, last in ranges:
        if last > highest or not available >= set(range(first, last + 1)):
            raise sql_error(10926, kind, kind, first, kind, kind, highest)
        numbers += range(first, last + 1)
    if len(set(numbers)) < len(numbers):
        raise sql_error(10925, kind)
    return numbers


def _numa_nodes() -> dict[int, list[int]]:
    """The CPUs of each node that the server may use; one node where the system tells of none."""
    usable = os.sched_getaffinity(0)
    nodes = {
        int(folder.name[4:]): _listed(folder / "cpulist") & usable for folder in _NODES.glob("node[0-9]*")
    }
    return {node: sorted(cpus) for node, cpus in nodes.items() if cpus} or {0: sorted(usable)}


def _listed(file: Path) -> set[int]:
    """``0-3,8``"""
    ends = [part.split("-") for part in file.read_text().strip().split(",") if part]
    return {cpu for part in ends for cpu in range(int(part[0]), int(part[-1]) + 1)}
