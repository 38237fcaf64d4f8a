"""CREATE, ALTER and DROP of external resource pools and workload groups; ALTER RESOURCE GOVERNOR.

https://learn.microsoft.com/sql/t-sql/statements/alter-resource-governor-transact-sql
The statements change what ``master`` keeps; only ALTER RESOURCE GOVERNOR changes what is in force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.governor import (
    DEFAULT,
    DEFAULT_ID,
    INTERNAL_ID,
    Configuration,
    ExternalPool,
    WorkloadGroup,
    new_id,
)
from localdb.catalog.governor_store import GovernorStore
from localdb.errors import sql_error
from localdb.runtime.governance.affinity import cpus_of
from localdb.runtime.scope import Frame
from localdb.runtime.security import authorization
from localdb.tsql import ast
from localdb.tsql.ast_governor import (
    AlterExternalResourcePool,
    AlterResourceGovernor,
    AlterWorkloadGroup,
    CreateExternalResourcePool,
    CreateWorkloadGroup,
    DropExternalResourcePool,
    DropWorkloadGroup,
    GroupOptions,
    PoolOptions,
)

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

_POOL, _GROUP = "resource pool", "workload group"
_MOST_POOLS = 64
_RESOURCE_POOLS = {"internal": INTERNAL_ID, DEFAULT: DEFAULT_ID}
"""The pools of the engine itself, of which there are no others here."""


# --- external resource pools ---


def create_pool(stored: Configuration, statement: CreateExternalResourcePool) -> Configuration:
    """Errors: 10914 a name with #, 10918 exists, 10909 too many, and those of the CPUs."""
    name = statement.name
    if name.startswith("#"):
        raise sql_error(10914, _POOL, name)
    if stored.pool(name) is not None:
        raise sql_error(10918, _POOL, name)
    if len(stored.pools) >= _MOST_POOLS:
        raise sql_error(10909, _MOST_POOLS)
    pool = ExternalPool(new_id(pool.pool_id for pool in stored.pools), name)
    return stored.with_pool(_with_options(pool, statement.options))


def alter_pool(stored: Configuration, statement: AlterExternalResourcePool) -> Configuration:
    pool = _known_pool(stored, statement.name)
    return stored.with_pool(replace(_with_options(pool, statement.options), version=pool.version + 1))


def drop_pool(stored: Configuration, statement: DropExternalResourcePool) -> Configuration:
    """Errors: 10934 no such pool, 10912 the predefined one, 10916 while a group uses it."""
    pool = _known_pool(stored, statement.name)
    if pool.pool_id == DEFAULT_ID:
        raise sql_error(10912, _POOL)
    for group in stored.groups:
        if group.external_pool_id == pool.pool_id:
            raise sql_error(10916, pool.name, group.name)
    return stored.without_pool(pool)


def _known_pool(stored: Configuration, name: str) -> ExternalPool:
    pool = stored.pool(name)
    if pool is None:
        raise sql_error(10934, name)
    return pool


def _with_options(pool: ExternalPool, options: PoolOptions) -> ExternalPool:
    numbers = {
        "max_cpu_percent": options.max_cpu_percent,
        "max_memory_percent": options.max_memory_percent,
        "max_processes": options.max_processes,
    }
    given: dict[str, Any] = {name: number for name, number in numbers.items() if number is not None}
    if options.affinity is not None:
        given["cpus"] = cpus_of(options.affinity)
    return replace(pool, **given)


# --- workload groups ---


def create_group(stored: Configuration, statement: CreateWorkloadGroup) -> Configuration:
    """Errors: 10914 a name with #, 10918 exists, and those of the pools."""
    name = statement.name
    if name.startswith("#"):
        raise sql_error(10914, _GROUP, name)
    if stored.group(name) is not None:
        raise sql_error(10918, _GROUP, name)
    group = WorkloadGroup(new_id(group.group_id for group in stored.groups), name)
    return stored.with_group(_moved(stored, _with_settings(group, statement.options), statement.options))


def alter_group(stored: Configuration, statement: AlterWorkloadGroup) -> Configuration:
    """Errors: 10917 without a clause, 15151 no such group, 10915 the internal one, 10921 the default one to
    another pool, 40517 a limit for the default one."""
    options = statement.options
    if options == GroupOptions():
        raise sql_error(10917)
    group = _known_group(stored, statement.name, "alter")
    if group.group_id == INTERNAL_ID:
        raise sql_error(10915, group.name, _GROUP)
    changed = _moved(stored, _with_settings(group, options), options)
    if group.group_id == DEFAULT_ID:
        _refuse_for_default(group, changed)
    return stored.with_group(changed)


def _refuse_for_default(group: WorkloadGroup, changed: WorkloadGroup) -> None:
    """Its sessions are everybody's: what is not enforced for them is not accepted. Its importance means
    nothing beside no other group's."""
    if changed.pool_id != group.pool_id or changed.external_pool_id != group.external_pool_id:
        raise sql_error(10921, group.name, _GROUP, DEFAULT, _POOL)
    for field in fields(WorkloadGroup):
        if field.name != "importance" and getattr(changed, field.name) != getattr(group, field.name):
            raise sql_error(40517, f"{field.name.upper()} of the workload group {DEFAULT}")


def drop_group(stored: Configuration, statement: DropWorkloadGroup) -> Configuration:
    """Errors: 15151 no such group, 10912 a predefined one."""
    group = _known_group(stored, statement.name, "drop")
    if group.group_id in (INTERNAL_ID, DEFAULT_ID):
        raise sql_error(10912, _GROUP)
    return stored.without_group(group)


def _known_group(stored: Configuration, name: str, action: str) -> WorkloadGroup:
    group = stored.group(name)
    if group is None:
        raise sql_error(15151, action, _GROUP, name)
    return group


def _with_settings(group: WorkloadGroup, options: GroupOptions) -> WorkloadGroup:
    pools = ("pool", "external_pool")
    given = {f.name: getattr(options, f.name) for f in fields(GroupOptions) if f.name not in pools}
    return replace(group, **{name: value for name, value in given.items() if value is not None})


def _moved(stored: Configuration, group: WorkloadGroup, options: GroupOptions) -> WorkloadGroup:
    """Errors: 10911 and 10934 no such pool, 10913 the internal one."""
    if options.pool is not None:
        pool_id = _RESOURCE_POOLS.get(options.pool.lower())
        if pool_id is None:
            raise sql_error(10911, options.pool)
        if pool_id == INTERNAL_ID:
            raise sql_error(10913, "place", group.name, options.pool)
        group = replace(group, pool_id=pool_id)
    if options.external_pool is not None:
        external = _known_pool(stored, options.external_pool)
        group = replace(group, external_pool_id=external.pool_id)
    return group


# --- the governor ---


def run_alter_governor(run: Interpreter, statement: AlterResourceGovernor, frame: Frame) -> Flow:
    """574 inside a transaction; setting no classifier function changes nothing, since there is none."""
    session = run.session
    _require_permission(session, frame)
    if session.transactions.count and statement.action != "CLASSIFIER_FUNCTION":
        raise sql_error(574, f"ALTER RESOURCE GOVERNOR {statement.action}")
    if statement.action == "RESET STATISTICS":
        session.instance.governor.watch.reset_statistics()
    elif statement.action != "CLASSIFIER_FUNCTION":
        _switch(session, enabled=statement.action == "RECONFIGURE")
    yield run.done("ALTER RESOURCE GOVERNOR", frame)
    return None


def _switch(session: Session, enabled: bool) -> None:
    governor = session.instance.governor
    with session.transactions.writing(session.instance.require_database("master")) as transaction:
        store = GovernorStore(session.connection)
        configuration = replace(store.load(), enabled=enabled)
        store.write(configuration)
        transaction.on_commit.append(lambda: governor.apply(configuration))


Change = Callable[[Configuration, Any], Configuration]

_CHANGES: Mapping[type[ast.Statement], tuple[str, Change]] = MappingProxyType(
    {
        CreateExternalResourcePool: ("CREATE EXTERNAL RESOURCE POOL", create_pool),
        AlterExternalResourcePool: ("ALTER EXTERNAL RESOURCE POOL", alter_pool),
        DropExternalResourcePool: ("DROP EXTERNAL RESOURCE POOL", drop_pool),
        CreateWorkloadGroup: ("CREATE WORKLOAD GROUP", create_group),
        AlterWorkloadGroup: ("ALTER WORKLOAD GROUP", alter_group),
        DropWorkloadGroup: ("DROP WORKLOAD GROUP", drop_group),
    }
)


def run_change(run: Interpreter, statement: ast.Statement, frame: Frame) -> Flow:
    """Takes effect at the next RECONFIGURE."""
    session = run.session
    _require_permission(session, frame)
    yield from run.begin_implicitly()
    command, change = _CHANGES[type(statement)]
    with session.transactions.writing(session.instance.require_database("master")):
        store = GovernorStore(session.connection)
        store.write(change(store.load(), statement))
    yield run.done(command, frame)
    return None


def _require_permission(session: Session, frame: Frame) -> None:
    if not authorization.may_on_server(session, frame, "CONTROL SERVER"):
        raise sql_error(10901)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {AlterResourceGovernor: run_alter_governor, **dict.fromkeys(_CHANGES, run_change)}
)
