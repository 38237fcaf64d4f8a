"""Statements of the resource governor.

https://learn.microsoft.com/sql/relational-databases/resource-governor/resource-governor
"""

from __future__ import annotations

from dataclasses import dataclass

from localdb.tsql.ast import Statement


@dataclass(frozen=True, slots=True)
class Affinity:
    """``AFFINITY CPU = (...)`` or ``AFFINITY NUMANODE = (...)``; ``kind`` is CPU or NUMANODE, ``ranges`` are
    (first, last), both included. No range stands for AUTO."""

    kind: str
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """What WITH says; None for what it does not mention."""

    max_cpu_percent: int | None = None
    max_memory_percent: int | None = None
    max_processes: int | None = None
    affinity: Affinity | None = None


@dataclass(frozen=True, slots=True)
class CreateExternalResourcePool(Statement):
    name: str
    options: PoolOptions


@dataclass(frozen=True, slots=True)
class AlterExternalResourcePool(Statement):
    name: str
    options: PoolOptions


@dataclass(frozen=True, slots=True)
class DropExternalResourcePool(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class GroupOptions:
    """What WITH and USING say; None for what they do not mention. ``importance`` is Low, Medium or High."""

    importance: str | None = None
    request_max_memory_grant_percent: float | None = None
    request_max_cpu_time_sec: int | None = None
    request_memory_grant_timeout_sec: int | None = None
    max_dop: int | None = None
    group_max_requests: int | None = None
    pool: str | None = None
    external_pool: str | None = None


@dataclass(frozen=True, slots=True)
class CreateWorkloadGroup(Statement):
    name: str
    options: GroupOptions


@dataclass(frozen=True, slots=True)
class AlterWorkloadGroup(Statement):
    name: str
    options: GroupOptions


@dataclass(frozen=True, slots=True)
class DropWorkloadGroup(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class AlterResourceGovernor(Statement):
    """``action`` is RECONFIGURE, DISABLE, RESET STATISTICS or CLASSIFIER_FUNCTION (which is set to NULL)."""

    action: str
