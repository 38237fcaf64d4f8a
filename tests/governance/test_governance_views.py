"""Views whose rows are made when they are read."""

from __future__ import annotations

import datetime

import pytest
from governed import PASSWORD, Background, call, errors, ok, printed, rows, wait_until

from localdb.catalog.store import now
from localdb.runtime.governance.script_history import OK, REMEMBERED, ScriptHistory
from localdb.runtime.governance.script_run import ScriptFacts, ScriptRecord
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.runtime.views.dmvs import VIEWS
from localdb.runtime.views.system_views import SystemViews


def test_every_view_has_rows_and_every_row_a_view() -> None:
    reading = {name.name for name in SystemViews().names() if name.name.startswith("dm_")}
    assert reading <= VIEWS.keys()
    assert VIEWS.keys() <= {name.name for name in SystemViews().names()}


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_views_can_be_read_anywhere(session: Session, view: str) -> None:
    ok(session, f"SELECT * FROM sys.{view}")
    rows(session, f"IF (SELECT COUNT(*) FROM master.sys.{view.upper()} AS v) < 0 PRINT 1")
    # Also in a transaction that can only be rolled back.
    ok(session, "CREATE TABLE t (a int)")
    doomed = f"UPDATE t SET a = 1 / (a - 1); SELECT XACT_STATE(), COUNT(*) FROM sys.{view}"
    assert errors(session, f"BEGIN TRANSACTION; INSERT t VALUES (1); {doomed}") == [8134, 3998]


def test_rows_are_new_in_every_statement_and_go_into_tables(session: Session) -> None:
    count = "SELECT COUNT(*) FROM sys.resource_governor_external_resource_pools"
    ok(session, "CREATE TABLE pools (name sysname, times int)")
    for number in range(1, 4):
        insert = "INSERT pools SELECT name, 1 FROM sys.resource_governor_external_resource_pools"
        assert rows(session, f"{insert}; {count}; SELECT COUNT(*) FROM pools") == [
            (number,),
            (sum(range(number + 1)),),
        ]
        ok(session, f"CREATE EXTERNAL RESOURCE POOL p{number}")


def test_a_view_over_a_view_and_a_join(session: Session) -> None:
    ok(session, "CREATE VIEW mine AS SELECT session_id, login_name FROM sys.dm_exec_sessions")
    join = (
        "SELECT m.login_name, r.command, r.external_script_request_id FROM mine AS m "
        "JOIN sys.dm_exec_requests AS r ON r.session_id = m.session_id WHERE m.session_id = @@SPID"
    )
    assert rows(session, join) == [("sa", "SELECT", None)]


def test_a_running_script_and_its_history(instance: Instance, session: Session) -> None:
    requests = "SELECT * FROM sys.dm_external_script_requests"
    assert rows(session, requests) == []
    other = instance.login(Login("sa", PASSWORD, application="the application"))
    ok(other, "CREATE DATABASE shop")
    ok(other, "USE shop")
    body = "EXEC sp_execute_external_script N'Python', N'import time; time.sleep(60)'"
    ok(other, f"CREATE PROCEDURE dbo.score AS {body}")
    script = Background(other, "EXEC dbo.score")
    wait_until(lambda: any(run.user for run in instance.governor.watch.runs))
    ((request_id, language, parallel, user),) = rows(session, requests)
    assert (language, parallel) == ("Python", 1)
    assert user.isdigit()
    doing = (
        "SELECT s.status, s.program_name, r.external_script_request_id FROM sys.dm_exec_requests AS r "
        f"JOIN sys.dm_exec_sessions AS s ON s.session_id = r.session_id WHERE r.session_id = {other.spid}"
    )
    assert rows(session, doing) == [("running", "the application", request_id)]
    other.cancel()
    assert script.end() == []
    assert rows(session, requests) == []
    history = (
        "SELECT external_script_request_id, login_name, database_name, procedure_name, session_id, outcome, "
        "error_number FROM sys.dm_external_script_history"
    )
    assert rows(session, history) == [(request_id, "sa", "shop", "score", other.spid, "cancelled", 0)]


def test_history_and_counters(session: Session) -> None:
    before = now()
    printed(session, "print(sum(range(3_000_000)))")
    assert errors(session, call("1/0")) == [39004, 39019]
    history = "SELECT outcome, error_number, cpu_time, total_elapsed_time, peak_memory_kb, start_time"
    (good, bad) = rows(session, f"{history} FROM sys.dm_external_script_history ORDER BY start_time")
    assert [row[:2] for row in (good, bad)] == [("ok", 0), ("failed", 39019)]
    assert 0 < good[2] <= good[3] + 100
    assert good[4] > 1000
    assert before - datetime.timedelta(seconds=1) <= good[5] <= now()
    counters = dict(
        rows(session, "SELECT counter_name, counter_value FROM sys.dm_external_script_execution_stats")
    )
    assert counters["Total Executions"] == 2
    assert counters["Execution Errors"] == 1
    shown = (
        "SELECT RTRIM(counter_name), cntr_value FROM sys.dm_os_performance_counters "
        "WHERE object_name = 'SQLServer:External Scripts'"
    )
    performance = dict(rows(session, shown))
    assert {name: counters[name] for name in performance} == performance
    cpu = "SELECT total_cpu_user_ms FROM sys.dm_resource_governor_external_resource_pools"
    assert rows(session, cpu)[0][0] > 0
    ok(session, "ALTER RESOURCE GOVERNOR RESET STATISTICS")
    assert rows(session, cpu) == [(0,)]


def test_the_history_forgets_the_oldest() -> None:
    history = ScriptHistory()
    for number in range(REMEMBERED + 5):
        facts = ScriptFacts(str(number), "Python", "sa", "master", "", 51, now())
        history.add(ScriptRecord(facts, 1, 1, 1, OK, 0))
    assert [record.facts.request_id for record in history.records()] == [
        str(number) for number in range(5, REMEMBERED + 5)
    ]
    assert history.total("Total Executions") == REMEMBERED + 5


def test_isolation_is_that_of_the_launcher(instance: Instance, session: Session) -> None:
    shown = rows(session, "SELECT layer, is_available, reason FROM sys.dm_external_script_isolation")
    layers = instance.launcher.layers  # type: ignore[union-attr]
    assert shown == [(layer.name, layer.available, layer.reason or None) for layer in layers]
    assert shown


def test_permissions(instance: Instance, session: Session) -> None:
    ok(session, f"CREATE LOGIN low WITH PASSWORD = '{PASSWORD}'")
    low = instance.login(Login("low", PASSWORD))
    open_to_all = ("dm_exec_sessions", "dm_exec_requests")  # of one's own session
    for view in VIEWS:
        if view not in open_to_all:
            assert errors(low, f"SELECT * FROM sys.{view}")[:1] == [300], view
    assert rows(low, "SELECT session_id, login_name FROM sys.dm_exec_sessions") == [(low.spid, "low")]
    ok(session, "GRANT VIEW SERVER STATE TO low")
    assert len(rows(low, "SELECT session_id FROM sys.dm_exec_sessions")) == 2
    ok(low, "SELECT * FROM sys.dm_external_script_requests")
