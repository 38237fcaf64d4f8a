"""The resource governor's statements: syntax, errors, what is stored and what is in force."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from governed import PASSWORD, errors, messages, ok, rows

from localdb.errors import SqlError
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.tsql.parser import parse_batch

TSQLCHECK = Path(__file__).resolve().parents[3] / "shared/tools/tsqlcheck"

STORED = (
    "SELECT name, max_cpu_percent, max_memory_percent, max_processes, version "
    "FROM sys.resource_governor_external_resource_pools ORDER BY external_pool_id"
)
EFFECTIVE = (
    "SELECT name, max_cpu_percent, max_memory_percent, max_processes, pool_version "
    "FROM sys.dm_resource_governor_external_resource_pools ORDER BY external_pool_id"
)
DEFAULT = ("default", 100, 20, 0, 1)

CORRECT = (
    "CREATE EXTERNAL RESOURCE POOL p",
    "CREATE EXTERNAL RESOURCE POOL [p q] WITH (MAX_CPU_PERCENT = 75, AFFINITY CPU = AUTO, MAX_PROCESSES = 0)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (AFFINITY CPU = (0, 2 TO 3), MAX_MEMORY_PERCENT = 100)",
    'ALTER EXTERNAL RESOURCE POOL "default" WITH (AFFINITY NUMANODE = (0 TO 1))',
    "ALTER EXTERNAL RESOURCE POOL p",
    "DROP EXTERNAL RESOURCE POOL p;",
    "CREATE WORKLOAD GROUP g",
    'CREATE WORKLOAD GROUP g WITH (IMPORTANCE = MEDIUM) USING "default", EXTERNAL "ds_ep"',
    "CREATE WORKLOAD GROUP g USING EXTERNAL p, [default]",
    "ALTER WORKLOAD GROUP [default] WITH (IMPORTANCE = LOW, MAX_DOP = 4, GROUP_MAX_REQUESTS = 5)",
    "ALTER WORKLOAD GROUP g WITH (REQUEST_MAX_MEMORY_GRANT_PERCENT = 5, REQUEST_MAX_CPU_TIME_SEC = 0)",
    "ALTER WORKLOAD GROUP g",
    "DROP WORKLOAD GROUP g",
    "ALTER RESOURCE GOVERNOR RECONFIGURE",
    "ALTER RESOURCE GOVERNOR DISABLE",
    "ALTER RESOURCE GOVERNOR RESET STATISTICS",
    "ALTER RESOURCE GOVERNOR WITH (CLASSIFIER_FUNCTION = NULL)",
)
WRONG = (
    "CREATE EXTERNAL RESOURCE POOL default",
    "CREATE EXTERNAL RESOURCE POOL p WITH ()",
    "CREATE EXTERNAL RESOURCE POOL p WITH (MAX_CPU_PERCENT = 75 MAX_PROCESSES = 3)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (MAX_CPU_PERCENT = 0)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (MAX_CPU_PERCENT = 101)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (MAX_MEMORY_PERCENT = 101)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (MAX_PROCESSES = -1)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (MAX_CPU_PERCENT = 7.5)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (MAX_CPU_PERCENT = @x)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (MAX_CPU_PERCENT = 7, MAX_CPU_PERCENT = 8)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (MIN_CPU_PERCENT = 7)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (AFFINITY CPU = 1)",
    "CREATE EXTERNAL RESOURCE POOL p WITH (AFFINITY NUMANODE = AUTO)",
    "DROP EXTERNAL RESOURCE POOL IF EXISTS p",
    "DROP EXTERNAL RESOURCE POOL p, q",
    "CREATE WORKLOAD GROUP g WITH (IMPORTANCE = MIDDLE)",
    "CREATE WORKLOAD GROUP g USING [default] EXTERNAL p",
    "CREATE WORKLOAD GROUP g USING",
    "DROP WORKLOAD GROUP IF EXISTS g",
    "ALTER RESOURCE GOVERNOR",
    "ALTER RESOURCE GOVERNOR ENABLE",
    "ALTER RESOURCE GOVERNOR WITH (CLASSIFIER_FUNCTION = 1)",
)


def is_accepted(batch: str) -> bool:
    try:
        parse_batch(batch)
    except SqlError:
        return False
    return True


@pytest.mark.parametrize(("batches", "expected"), [(CORRECT, True), (WRONG, False)])
def test_microsoft_s_parser_agrees_on_the_syntax(
    batches: tuple[str, ...], expected: bool, tmp_path: Path
) -> None:
    assert {batch: is_accepted(batch) for batch in batches} == dict.fromkeys(batches, expected)
    if not TSQLCHECK.exists():
        pytest.skip("tsqlcheck is not at hand")
    files = [tmp_path / f"{number}.sql" for number in range(len(batches))]
    for file, batch in zip(files, batches, strict=True):
        file.write_text(batch)
    done = subprocess.run([str(TSQLCHECK), *map(str, files)], capture_output=True, text=True, check=False)
    if done.returncode == 2:
        pytest.skip("Microsoft's parsers could not be started")
    rejected = {line.split(":")[0].rpartition("/")[2] for line in done.stdout.splitlines()}
    assert {file.name not in rejected for file in files} == {expected}, done.stdout


POOL = "CREATE EXTERNAL RESOURCE POOL p"
HIGHEST = max(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("batch", "number"),
    [
        ("CREATE EXTERNAL RESOURCE POOL p WITH (MAX_CPU_PERCENT = 1, MAX_CPU_PERCENT = 1)", 1039),
        ("CREATE EXTERNAL RESOURCE POOL p WITH (MAX_CPU_PERCENT = 101)", 1080),
        ("CREATE EXTERNAL RESOURCE POOL p WITH (MAX_PROCESSES = 2147483648)", 1080),
        ("CREATE WORKLOAD GROUP g WITH (MAX_DOP = 65)", 1080),
        ("CREATE WORKLOAD GROUP g WITH (REQUEST_MAX_MEMORY_GRANT_PERCENT = 0)", 1080),
        (f"{POOL}; CREATE WORKLOAD GROUP g USING nowhere", 10911),
        ("DROP EXTERNAL RESOURCE POOL [Default]", 10912),
        ("DROP WORKLOAD GROUP [default]", 10912),
        ("DROP WORKLOAD GROUP internal", 10912),
        ("CREATE WORKLOAD GROUP g USING internal", 10913),
        ("CREATE EXTERNAL RESOURCE POOL [#p]", 10914),
        ("CREATE WORKLOAD GROUP [##g]", 10914),
        ("ALTER WORKLOAD GROUP internal WITH (IMPORTANCE = LOW)", 10915),
        (f"{POOL}; CREATE WORKLOAD GROUP g USING EXTERNAL p; DROP EXTERNAL RESOURCE POOL P", 10916),
        ("ALTER WORKLOAD GROUP [default]", 10917),
        (f"{POOL}; CREATE EXTERNAL RESOURCE POOL P", 10918),
        ("CREATE EXTERNAL RESOURCE POOL [DEFAULT]", 10918),
        ("CREATE WORKLOAD GROUP Internal", 10918),
        (f"{POOL}; ALTER WORKLOAD GROUP [default] USING EXTERNAL p", 10921),
        ("CREATE EXTERNAL RESOURCE POOL p WITH (AFFINITY CPU = (3 TO 1))", 10924),
        (f"CREATE EXTERNAL RESOURCE POOL p WITH (AFFINITY CPU = ({HIGHEST}, {HIGHEST}))", 10925),
        (f"CREATE EXTERNAL RESOURCE POOL p WITH (AFFINITY CPU = ({HIGHEST + 1}))", 10926),
        ("CREATE EXTERNAL RESOURCE POOL p WITH (AFFINITY CPU = (0 TO 2147483647))", 10926),
        ("CREATE EXTERNAL RESOURCE POOL p WITH (AFFINITY NUMANODE = (4000))", 10926),
        ("ALTER EXTERNAL RESOURCE POOL p WITH (MAX_PROCESSES = 1)", 10934),
        ("DROP EXTERNAL RESOURCE POOL p", 10934),
        ("CREATE WORKLOAD GROUP g USING EXTERNAL p", 10934),
        ("ALTER WORKLOAD GROUP g WITH (IMPORTANCE = LOW)", 15151),
        ("DROP WORKLOAD GROUP g", 15151),
        ("BEGIN TRANSACTION; ALTER RESOURCE GOVERNOR RECONFIGURE", 574),
        ("BEGIN TRANSACTION; ALTER RESOURCE GOVERNOR DISABLE", 574),
        ("BEGIN TRANSACTION; ALTER RESOURCE GOVERNOR RESET STATISTICS", 574),
        ("CREATE RESOURCE POOL p", 40510),
        ("ALTER RESOURCE POOL [default] WITH (MAX_MEMORY_PERCENT = 60)", 40510),
        ("DROP RESOURCE POOL p", 40510),
        ("ALTER RESOURCE GOVERNOR WITH (CLASSIFIER_FUNCTION = dbo.classify)", 40514),
        ("ALTER RESOURCE GOVERNOR WITH (MAX_OUTSTANDING_IO_PER_VOLUME = 20)", 40517),
        ("ALTER WORKLOAD GROUP [default] WITH (GROUP_MAX_REQUESTS = 2)", 40517),
    ],
)
def test_errors(session: Session, batch: str, number: int) -> None:
    assert errors(session, batch) == [number]


def test_the_sixty_fifth_pool_is_refused(session: Session) -> None:
    for number in range(63):
        ok(session, f"CREATE EXTERNAL RESOURCE POOL p{number}")
    assert errors(session, "CREATE EXTERNAL RESOURCE POOL one_more") == [10909]
    ok(session, "DROP EXTERNAL RESOURCE POOL p7; CREATE EXTERNAL RESOURCE POOL one_more")


def test_changes_are_stored_at_once_and_in_force_after_reconfigure(session: Session) -> None:
    ok(session, "CREATE EXTERNAL RESOURCE POOL p WITH (MAX_CPU_PERCENT = 75, MAX_MEMORY_PERCENT = 30)")
    ok(session, "ALTER EXTERNAL RESOURCE POOL [default] WITH (MAX_PROCESSES = 4)")
    stored = [("default", 100, 20, 4, 2), ("p", 75, 30, 0, 1)]
    assert rows(session, STORED) == stored
    assert rows(session, EFFECTIVE) == [DEFAULT]
    # Disabled, so nothing is pending; then in force; then pending until it is applied again.
    pending = "SELECT is_reconfiguration_pending FROM sys.dm_resource_governor_configuration"
    assert rows(session, pending) == [(False,)]
    ok(session, "ALTER RESOURCE GOVERNOR RECONFIGURE")
    assert rows(session, EFFECTIVE) == stored
    assert rows(session, pending) == [(False,)]
    ok(session, "DROP EXTERNAL RESOURCE POOL p")
    assert rows(session, pending) == [(True,)]
    assert rows(session, EFFECTIVE) == stored
    ok(session, "ALTER RESOURCE GOVERNOR RECONFIGURE")
    assert rows(session, EFFECTIVE) == stored[:1]


def test_disable_puts_the_defaults_in_force_and_keeps_what_is_stored(session: Session) -> None:
    ok(session, "ALTER EXTERNAL RESOURCE POOL [default] WITH (MAX_PROCESSES = 4)")
    ok(session, "ALTER RESOURCE GOVERNOR RECONFIGURE")
    enabled = "SELECT is_enabled FROM sys.resource_governor_configuration"
    assert rows(session, enabled) == [(True,)]
    ok(session, "ALTER RESOURCE GOVERNOR DISABLE")
    assert rows(session, enabled) == [(False,)]
    assert rows(session, EFFECTIVE) == [DEFAULT]
    assert rows(session, STORED) == [("default", 100, 20, 4, 2)]


def test_a_rollback_takes_changes_back(session: Session) -> None:
    ok(session, "BEGIN TRANSACTION; CREATE EXTERNAL RESOURCE POOL p; CREATE WORKLOAD GROUP g")
    assert len(rows(session, STORED)) == 2
    ok(session, "ROLLBACK")
    assert rows(session, STORED) == [DEFAULT]
    groups = "SELECT name FROM sys.resource_governor_workload_groups ORDER BY group_id"
    assert rows(session, groups) == [("internal",), ("default",)]


def test_a_restart_puts_what_is_stored_in_force_if_the_governor_is_enabled(
    open_instance: Callable[..., Instance],
) -> None:
    def log_in() -> Session:
        return open_instance().login(Login("sa", PASSWORD))

    session = log_in()
    ok(session, "ALTER RESOURCE GOVERNOR RECONFIGURE")
    ok(session, "ALTER EXTERNAL RESOURCE POOL [default] WITH (MAX_PROCESSES = 4)")
    ok(session, "CREATE WORKLOAD GROUP g WITH (IMPORTANCE = HIGH, REQUEST_MAX_MEMORY_GRANT_PERCENT = 2.5)")
    assert rows(session, EFFECTIVE) == [DEFAULT]
    session = log_in()
    assert rows(session, EFFECTIVE) == [("default", 100, 20, 4, 2)]
    group = (
        "SELECT group_id, importance, request_max_memory_grant_percent_numeric, pool_id, external_pool_id "
        "FROM sys.dm_resource_governor_workload_groups WHERE name = 'G'"
    )
    assert rows(session, group) == [(256, "High", 2.5, 2, 2)]
    ok(session, "ALTER RESOURCE GOVERNOR DISABLE")
    assert rows(log_in(), EFFECTIVE) == [DEFAULT]


def test_a_server_of_an_earlier_version_gets_the_built_in_configuration(
    open_instance: Callable[..., Instance],
) -> None:
    connection = open_instance().engine.connect()
    for table in ("external_resource_pools", "workload_groups", "resource_governor"):
        connection.execute(f'DROP TABLE "master"."_ldb".{table}')
    connection.close()
    session = open_instance().login(Login("sa", PASSWORD))
    assert rows(session, STORED) == [DEFAULT]
    ok(session, "ALTER RESOURCE GOVERNOR RECONFIGURE")


def test_the_documented_walkthrough(session: Session) -> None:
    """https://learn.microsoft.com/sql/machine-learning/administration/create-external-resource-pool"""
    ok(session, "CREATE EXTERNAL RESOURCE POOL ds_ep WITH (max_memory_percent = 40)")
    ok(session, 'CREATE WORKLOAD GROUP ds_wg WITH (importance = medium) USING "default", EXTERNAL "ds_ep"')
    ok(session, "ALTER RESOURCE GOVERNOR WITH (classifier_function = NULL)")
    ok(session, "ALTER RESOURCE GOVERNOR RECONFIGURE")
    assert rows(session, "SELECT * FROM sys.resource_governor_external_resource_pools") == [
        (2, "default", 100, 20, 0, 1),
        (256, "ds_ep", 100, 40, 0, 1),
    ]
    assert rows(session, "SELECT * FROM sys.resource_governor_resource_pools WHERE name = 'default'") == [
        (2, "default", 0, 100, 0, 100, 100, 0, 0)
    ]
    groups = "SELECT group_id, name, importance, pool_id, external_pool_id FROM sys.{}"
    expected = [
        (1, "internal", "Medium", 1, 2),
        (2, "default", "Medium", 2, 2),
        (256, "ds_wg", "Medium", 2, 256),
    ]
    assert rows(session, groups.format("resource_governor_workload_groups")) == expected
    assert rows(session, "SELECT * FROM sys.resource_governor_external_resource_pool_affinity") == []


def test_only_who_controls_the_server_may_change_anything(instance: Instance, session: Session) -> None:
    ok(session, f"CREATE LOGIN low WITH PASSWORD = '{PASSWORD}'")
    low = instance.login(Login("low", PASSWORD))
    for batch in (
        "CREATE EXTERNAL RESOURCE POOL p",
        "ALTER EXTERNAL RESOURCE POOL [default] WITH (MAX_PROCESSES = 1)",
        "DROP WORKLOAD GROUP g",
        "ALTER RESOURCE GOVERNOR RECONFIGURE",
        "ALTER RESOURCE GOVERNOR DISABLE",
    ):
        assert errors(low, batch) == [10901], batch
    ok(session, "GRANT CONTROL SERVER TO low")
    ok(low, "CREATE EXTERNAL RESOURCE POOL p; ALTER RESOURCE GOVERNOR RECONFIGURE")


def test_texts_are_sql_server_s(session: Session) -> None:
    assert messages(session, "DROP EXTERNAL RESOURCE POOL nowhere") == [
        "Requested operation cannot be performed because the external resource pool 'nowhere' does not exist."
    ]
    assert messages(session, "CREATE EXTERNAL RESOURCE POOL p WITH (AFFINITY CPU = (9999))") == [
        "The CPU range that specifies CPU 9999 includes at least one CPU that is not available to the "
        f"current instance. The maximum CPU number that is available to this instance is {HIGHEST}."
    ]
