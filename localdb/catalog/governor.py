"""The resource governor's configuration: immutable descriptions, kept in ``master``.

https://learn.microsoft.com/sql/relational-databases/resource-governor/resource-governor
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

INTERNAL_ID, DEFAULT_ID, FIRST_USER_ID = 1, 2, 256
"""The ids of the predefined groups and pools, and the first that a user's get."""

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class ExternalPool:
    """``max_processes`` 0 is unlimited; ``cpus`` are CPU numbers, none of them for AUTO."""

    pool_id: int
    name: str
    max_cpu_percent: int = 100
    max_memory_percent: int = 100
    max_processes: int = 0
    cpus: tuple[int, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class WorkloadGroup:
    """``importance`` is Low, Medium or High; 0 is no limit."""

    group_id: int
    name: str
    importance: str = "Medium"
    request_max_memory_grant_percent: float = 25.0
    request_max_cpu_time_sec: int = 0
    request_memory_grant_timeout_sec: int = 0
    max_dop: int = 0
    group_max_requests: int = 0
    pool_id: int = DEFAULT_ID
    external_pool_id: int = DEFAULT_ID


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every pool and group, in the order of their ids."""

    enabled: bool
    pools: tuple[ExternalPool, ...]
    groups: tuple[WorkloadGroup, ...]

    def pool(self, name: str) -> ExternalPool | None:
        return next((pool for pool in self.pools if pool.name.lower() == name.lower()), None)

    def pool_by_id(self, pool_id: int) -> ExternalPool:
        return next(pool for pool in self.pools if pool.pool_id == pool_id)

    def group(self, name: str) -> WorkloadGroup | None:
        return next((group for group in self.groups if group.name.lower() == name.lower()), None)

    @property
    def default_pool(self) -> ExternalPool:
        """That of the group "default", to which every session belongs: there is no classifier."""
        return self.pool_by_id(DEFAULT_ID)

    def with_pool(self, pool: ExternalPool) -> Configuration:
        """Also what was there under the pool's id is replaced."""
        others = (other for other in self.pools if other.pool_id != pool.pool_id)
        return replace(self, pools=tuple(sorted([*others, pool], key=lambda one: one.pool_id)))

    def without_pool(self, pool: ExternalPool) -> Configuration:
        return replace(self, pools=tuple(other for other in self.pools if other != pool))

    def with_group(self, group: WorkloadGroup) -> Configuration:
        others = (other for other in self.groups if other.group_id != group.group_id)
        return replace(self, groups=tuple(sorted([*others, group], key=lambda one: one.group_id)))

    def without_group(self, group: WorkloadGroup) -> Configuration:
        return replace(self, groups=tuple(other for other in self.groups if other != group))


def new_id(used: Iterable[int]) -> int:
    return max((*used, FIRST_USER_ID - 1)) + 1


BUILT_IN = Configuration(
    enabled=False,
    pools=(ExternalPool(DEFAULT_ID, DEFAULT, max_memory_percent=20),),
    groups=(
        WorkloadGroup(INTERNAL_ID, "internal", pool_id=INTERNAL_ID),
        WorkloadGroup(DEFAULT_ID, DEFAULT),
    ),
)
"""What a new server has, and what is in force while the resource governor is disabled:
https://learn.microsoft.com/sql/machine-learning/administration/resource-governor#default-allocations"""
