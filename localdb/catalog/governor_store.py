"""The resource governor's tables in ``master``, schema ``_ldb``: made, read and written here only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from localdb.catalog.governor import BUILT_IN, Configuration, ExternalPool, WorkloadGroup
from localdb.catalog.objects import CATALOG_SCHEMA
from localdb.catalog.security_store import Executor

_TABLES = f'"master"."{CATALOG_SCHEMA}"'

_DEFINITION = (
    f"CREATE TABLE {_TABLES}.external_resource_pools (external_pool_id INTEGER, name VARCHAR, "
    "max_cpu_percent INTEGER, max_memory_percent INTEGER, max_processes INTEGER, cpus INTEGER[], "
    "version INTEGER)",
    f"CREATE TABLE {_TABLES}.workload_groups (group_id INTEGER, name VARCHAR, importance VARCHAR, "
    "request_max_memory_grant_percent DOUBLE, request_max_cpu_time_sec INTEGER, "
    "request_memory_grant_timeout_sec INTEGER, max_dop INTEGER, group_max_requests INTEGER, "
    "pool_id INTEGER, external_pool_id INTEGER)",
    f"CREATE TABLE {_TABLES}.resource_governor (is_enabled BOOLEAN)",
)


@dataclass(slots=True)
class GovernorStore:
    """Changes belong to the executor's transaction."""

    executor: Executor

    def exists(self) -> bool:
        sql = (
            "SELECT 1 FROM duckdb_tables() "
            "WHERE database_name = 'master' AND schema_name = $s AND table_name = 'resource_governor'"
        )
        return bool(self.executor.rows(sql, {"s": CATALOG_SCHEMA}))

    def create(self) -> None:
        for statement in _DEFINITION:
            self.executor.execute(statement)
        self.write(BUILT_IN)

    def load(self) -> Configuration:
        ((enabled,),) = self._rows("resource_governor", "is_enabled")
        pools = self._rows("external_resource_pools", "external_pool_id")
        groups = self._rows("workload_groups", "group_id")
        return Configuration(
            enabled,
            tuple(
                ExternalPool(number, name, cpu, memory, processes, tuple(cpus), version)
                for number, name, cpu, memory, processes, cpus, version in pools
            ),
            tuple(WorkloadGroup(*row) for row in groups),
        )

    def write(self, configuration: Configuration) -> None:
        """In place of what is stored."""
        self._replace("resource_governor", [(configuration.enabled,)])
        pools = [(*astuple(pool)[:5], list(pool.cpus), pool.version) for pool in configuration.pools]
        self._replace("external_resource_pools", pools)
        self._replace("workload_groups", [astuple(group) for group in configuration.groups])

    def _rows(self, table: str, order: str) -> list[tuple[Any, ...]]:
        return self.executor.rows(f"SELECT * FROM {_TABLES}.{table} ORDER BY {order}")

    def _replace(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self.executor.execute(f"DELETE FROM {_TABLES}.{table}")
        for row in rows:
            values = {f"v{i}": value for i, value in enumerate(row)}
            marks = ", ".join(f"${name}" for name in values)
            self.executor.execute(f"INSERT INTO {_TABLES}.{table} VALUES ({marks})", values)
