"""The resource governor's views: what is stored (``sys.resource_governor_...``) and what is in force
(``sys.dm_resource_governor_...``).

https://learn.microsoft.com/sql/relational-databases/system-catalog-views/resource-governor-catalog-views-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.governor import DEFAULT, DEFAULT_ID, INTERNAL_ID, Configuration, WorkloadGroup
from localdb.catalog.governor_store import GovernorStore
from localdb.runtime.governance.affinity import masks
from localdb.runtime.security import authorization

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session

_STATE, _DEFINITION = "VIEW SERVER STATE", "VIEW ANY DEFINITION"
_Row = Sequence[Any]
_Read = Callable[["Session", Configuration], Sequence[_Row]]


def _stored(read: _Read, permission: str, session: Session, frame: Frame) -> Sequence[_Row]:
    authorization.require_server(session, frame, permission)
    doomed = session.transactions.state < 0
    connection = session.calculator if doomed else session.connection
    return read(session, GovernorStore(connection).load())


def _effective(read: _Read, session: Session, frame: Frame) -> Sequence[_Row]:
    authorization.require_server(session, frame, _STATE)
    return read(session, session.instance.governor.effective)


def _configuration(session: Session, configuration: Configuration) -> list[_Row]:
    return [(0, configuration.enabled, 0)]


def _pending(session: Session, effective: Configuration) -> list[_Row]:
    """A reconfiguration is pending while what is stored differs; never when the governor is disabled."""
    stored = GovernorStore(session.calculator).load()
    return [(0, stored.enabled and stored != effective, 0)]


def _resource_pools(session: Session, configuration: Configuration) -> list[_Row]:
    """The engine's own two, which cannot be changed."""
    pools = ((INTERNAL_ID, "internal"), (DEFAULT_ID, DEFAULT))
    return [(number, name, 0, 100, 0, 100, 100, 0, 0) for number, name in pools]


def _groups(session: Session, configuration: Configuration) -> list[_Row]:
    return [
        (
            *(group.group_id, group.name, group.importance, round(group.request_max_memory_grant_percent)),
            *(group.request_max_cpu_time_sec, group.request_memory_grant_timeout_sec, group.max_dop),
            *(group.group_max_requests, group.pool_id, group.external_pool_id),
            group.request_max_memory_grant_percent,
        )
        for group in configuration.groups
    ]


def _effective_groups(session: Session, configuration: Configuration) -> list[_Row]:
    return [_effective_group(group) for group in configuration.groups]


def _effective_group(group: WorkloadGroup) -> _Row:
    return (
        *(group.group_id, group.name, group.pool_id, group.external_pool_id, group.importance),
        *(round(group.request_max_memory_grant_percent), group.request_max_cpu_time_sec),
        *(group.request_memory_grant_timeout_sec, group.group_max_requests, group.max_dop, group.max_dop),
        group.request_max_memory_grant_percent,
    )


def _pools(session: Session, configuration: Configuration) -> list[_Row]:
    return [
        (
            *(pool.pool_id, pool.name, pool.max_cpu_percent, pool.max_memory_percent, pool.max_processes),
            pool.version,
        )
        for pool in configuration.pools
    ]


def _effective_pools(session: Session, configuration: Configuration) -> list[_Row]:
    """Scripts read and write no files but those of their work directories, which are in memory: no IOs."""
    watch = session.instance.governor.watch
    running = [run.pool_id for run in watch.runs]
    rows: list[_Row] = []
    for pool in configuration.pools:
        used = watch.statistics(pool.pool_id)
        rows.append(
            (
                *(pool.pool_id, pool.name, pool.version, pool.max_cpu_percent, pool.max_processes),
                *(pool.max_memory_percent, used.since, used.peak_memory // 1024, 0, 0),
                *(round(used.system * 1000), round(used.user * 1000), running.count(pool.pool_id)),
            )
        )
    return rows


def _affinity(session: Session, configuration: Configuration) -> list[_Row]:
    """Pools whose affinity is AUTO have no row."""
    return [
        (pool.pool_id, group, mask)
        for pool in configuration.pools
        for group, mask in masks(pool.cpus).items()
    ]


VIEWS: Mapping[str, Callable[[Session, Frame], Sequence[_Row]]] = MappingProxyType(
    {
        "resource_governor_configuration": partial(_stored, _configuration, _DEFINITION),
        "resource_governor_resource_pools": partial(_stored, _resource_pools, _DEFINITION),
        "resource_governor_workload_groups": partial(_stored, _groups, _DEFINITION),
        "resource_governor_external_resource_pools": partial(_stored, _pools, _STATE),
        "resource_governor_external_resource_pool_affinity": partial(_stored, _affinity, _STATE),
        "dm_resource_governor_configuration": partial(_effective, _pending),
        "dm_resource_governor_workload_groups": partial(_effective, _effective_groups),
        "dm_resource_governor_external_resource_pools": partial(_effective, _effective_pools),
        "dm_resource_governor_external_resource_pool_affinity": partial(_effective, _affinity),
    }
)
