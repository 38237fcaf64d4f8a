"""Attacks that need a state of their own: impersonation, rights to pass on, roles, open sessions."""

from __future__ import annotations

import pytest

from localdb.errors import SqlError
from tests.runtime.conftest import assert_ok, errors
from tests.security.conftest import outcome

# --- impersonation ---


def test_no_statement_ends_an_impersonation_that_is_to_last(world):
    ways = (
        "REVERT",
        "EXEC sp_reset_connection",
        "EXEC (N'REVERT')",
        "EXECUTE AS CALLER",
        "EXECUTE AS USER = 'dbo'",
    )
    session = world.log_in("sa")
    assert_ok(session.run_batch("EXECUTE AS USER = 'low' WITH NO REVERT"))
    for way in ways:
        list(session.run_batch(way))
        assert outcome(list(session.run_batch("SELECT USER_NAME(), OBJECT_ID('dbo.hidden')"))) == (
            [],
            [("low", None)],
        )
    session.close()


@pytest.mark.parametrize(
    "text",
    [
        "EXEC sp_reset_connection",
        "REVERT",
        "EXECUTE AS CALLER",
        "EXECUTE AS USER = 'dbo'",
        "EXECUTE AS LOGIN = 'sa'",
        "USE master",
        "EXEC master..sp_executesql N'SELECT 1'",
    ],
)
def test_text_inside_of_a_procedure_keeps_to_its_user(world, text):
    world.do("CREATE OR ALTER PROCEDURE dbo.confined @t nvarchar(max) WITH EXECUTE AS 'low' AS EXEC (@t)")
    probe = (
        "SELECT USER_NAME(), IS_SRVROLEMEMBER('sysadmin'), HAS_PERMS_BY_NAME(NULL, NULL, 'CONTROL SERVER')"
    )
    _, shown = world.outcome(
        "sa", f"EXEC dbo.confined N'{text.replace(chr(39), chr(39) * 2)}; {quoted(probe)}'"
    )
    assert shown == [("low", 0, 0)]


def quoted(text: str) -> str:
    return text.replace("'", "''")


@pytest.mark.parametrize(
    "ending", ["THROW 50000, 'x', 1", "SELECT * FROM dbo.no_such", "SELECT 1 / 0", "RETURN"]
)
@pytest.mark.parametrize(
    "wrapped", ["{}", "BEGIN TRY {} END TRY BEGIN CATCH END CATCH", "INSERT #u EXEC ('{}')"]
)
def test_however_a_procedure_ends_its_rights_end_with_it(world, ending, wrapped):
    world.do(f"CREATE OR ALTER PROCEDURE dbo.ends WITH EXECUTE AS OWNER AS {ending}")
    world.do("GRANT EXECUTE ON dbo.ends TO low")
    probe = "SELECT USER_NAME(), OBJECT_ID('dbo.hidden')"
    _, shown = world.outcome("low", f"CREATE TABLE #u (a int); {wrapped.format('EXEC dbo.ends')}", probe)
    assert shown == [("low", None)]


def test_what_follows_a_call_is_the_callers(world):
    """The rest of a statement after the call inside it: defaults of INSERT ... EXEC."""
    world.do("CREATE TABLE dbo.log_of (u sysname DEFAULT USER_NAME(), a sysname)")
    world.do("GRANT INSERT, SELECT ON dbo.log_of TO low")
    found = world.outcome("low", "INSERT dbo.log_of (a) EXEC dbo.by_owner", "SELECT u, a FROM dbo.log_of")
    assert found == ([], [("low", "dbo")])


def test_a_default_is_the_impersonated_users(world):
    begin = "EXECUTE AS USER = 'low'; CREATE TABLE #t (a int); INSERT #t VALUES (1)"
    user = "ALTER TABLE #t ADD u sysname DEFAULT USER_NAME() WITH VALUES"
    table = "ALTER TABLE #t ADD o int DEFAULT OBJECT_ID('dbo.hidden') WITH VALUES"
    assert world.outcome("sa", begin, user, table, "SELECT u, o FROM #t") == ([], [("low", None)])


def test_prepared_statements_are_judged_when_they_run(world):
    prepare = "DECLARE @h int; EXEC sp_prepare @h OUTPUT, N'', N'SELECT a FROM dbo.hidden WHERE a = 1'"
    run = "EXEC sp_execute 1"
    assert world.outcome("sa", prepare, run) == ([], [(1,)])
    assert world.outcome("sa", prepare, "EXECUTE AS USER = 'low'", run) == ([229], [])


# --- passing rights on ---


def test_who_may_pass_on_a_permission_lifts_no_denial(world):
    world.do("GRANT SELECT ON dbo.hidden TO maker WITH GRANT OPTION; DENY SELECT ON dbo.hidden TO zoe")
    world.do("DENY SELECT ON dbo.hidden TO crew")
    for text in ("GRANT SELECT ON dbo.hidden TO zoe", "GRANT SELECT ON dbo.hidden TO crew"):
        world.outcome("maker", text)
        assert world.outcome("zoe", "SELECT a FROM dbo.hidden") == ([229], [])
    assert world.outcome(
        "maker", "REVOKE SELECT ON dbo.hidden FROM crew", "DENY SELECT ON dbo.hidden TO low"
    )[0] == [15151]
    world.do("ALTER ROLE crew ADD MEMBER maker")
    assert world.outcome("maker", "GRANT SELECT ON dbo.hidden TO low")[0] == [15151]
    world.do("ALTER ROLE crew DROP MEMBER maker; REVOKE SELECT ON dbo.hidden FROM maker CASCADE")
    world.do("REVOKE SELECT ON dbo.hidden FROM zoe; REVOKE SELECT ON dbo.hidden FROM crew")
    assert world.outcome("zoe", "SELECT a FROM dbo.hidden") == ([229], [])


MAKER: list[tuple[str, list[int]]] = [
    ("CREATE TABLE hers.f (a int REFERENCES dbo.hidden (a))", [229]),
    ("CREATE TABLE hers.d (a int DEFAULT (SELECT MAX(a) FROM dbo.hidden))", [1046]),
    ("CREATE TABLE dbo.hidden (a int)", [2760]),
    ("CREATE VIEW dbo.hidden AS SELECT 1 AS a", [2760]),
    ("CREATE PROCEDURE dbo.hidden AS SELECT 1", [2760]),
    ("CREATE PROCEDURE dbo.new_one AS SELECT 1", [2760]),
    ("CREATE OR ALTER VIEW dbo.hidden AS SELECT 1 AS a", [3701]),
    ("CREATE VIEW hers.v AS SELECT a FROM dbo.hidden", [229]),
    ("CREATE PROCEDURE hers.q WITH EXECUTE AS 'dbo' AS SELECT 1", [15517]),
    ("CREATE PROCEDURE hers.q WITH EXECUTE AS 'zoe' AS SELECT 1", [15517]),
    ("CREATE SCHEMA y AUTHORIZATION dbo", [15151]),
    ("CREATE SCHEMA y AUTHORIZATION db_owner", [15151]),
    ("CREATE SCHEMA y AUTHORIZATION zoe", [15151]),
    ("CREATE SCHEMA _ldb", [40514]),
    ("ALTER AUTHORIZATION ON SCHEMA::hers TO dbo", [15151]),
    ("ALTER AUTHORIZATION ON SCHEMA::hers TO zoe", [15151]),
]


@pytest.mark.parametrize(("statement", "numbers"), MAKER, ids=lambda v: str(v)[:70])
def test_who_may_define_something_gets_no_more_by_it(world, statement, numbers):
    assert world.outcome("maker", statement) == (numbers, [])


def test_ones_own_procedures_are_no_way_to_what_others_own(world):
    bodies = {"p": "AS", "o": "WITH EXECUTE AS OWNER AS", "s": "WITH EXECUTE AS SELF AS"}
    for name, kind in bodies.items():
        create = f"CREATE PROCEDURE hers.{name} {kind} SELECT USER_NAME(); SELECT a FROM dbo.hidden"
        assert world.outcome("maker", create, f"EXEC hers.{name}") == ([229], [("maker",)])
        world.do(f"GRANT EXECUTE ON hers.{name} TO low")
    assert world.outcome("low", "EXEC hers.p") == ([229], [("low",)])
    assert world.outcome("low", "EXEC hers.o") == ([229], [("maker",)])


def test_whoever_gets_a_schema_runs_nothing_for_those_who_could_call_it(world):
    """EXECUTE AS OWNER means the owner of now, so what the former owner let others call is theirs no more."""
    world.do("CREATE SCHEMA given AUTHORIZATION maker")
    create = "CREATE PROCEDURE given.o WITH EXECUTE AS OWNER AS SELECT USER_NAME()"
    grants = "GRANT EXECUTE ON given.o TO low; GRANT CONTROL ON SCHEMA::given TO zoe"
    assert world.outcome("maker", create, grants) == ([], [])
    assert world.outcome("low", "EXEC given.o") == ([], [("maker",)])
    world.do("ALTER AUTHORIZATION ON SCHEMA::given TO dbo")
    assert world.outcome("low", "EXEC given.o") == ([229], [])
    assert world.outcome("zoe", "EXEC given.o; DROP PROCEDURE given.o") == ([229, 3701], [])


def test_whoever_gets_a_role_has_it_alone(world):
    world.do("CREATE ROLE passed AUTHORIZATION maker; GRANT SELECT ON dbo.hidden TO passed")
    assert world.outcome("maker", "GRANT ALTER ON ROLE::passed TO low") == ([], [])
    world.do("ALTER AUTHORIZATION ON ROLE::passed TO dbo")
    assert world.outcome("low", "ALTER ROLE passed ADD MEMBER low") == ([15151], [])


def test_permissions_follow_no_name(world):
    world.do("CREATE TABLE dbo.re (a int); GRANT SELECT ON dbo.re TO low")
    world.do("DROP TABLE dbo.re; CREATE TABLE dbo.re (a int)")
    assert world.outcome("low", "SELECT a FROM dbo.re") == ([229], [])
    world.do("BEGIN TRANSACTION; GRANT SELECT ON dbo.re TO low; DROP TABLE dbo.re; ROLLBACK")
    assert world.outcome("low", "SELECT a FROM dbo.re") == ([229], [])


def test_a_view_of_another_owner_opens_nothing_and_shows_what_its_reader_is(world):
    world.do("GRANT SELECT ON dbo.hidden TO maker")
    text = "CREATE VIEW hers.relay AS SELECT a FROM dbo.hidden"
    me = "CREATE VIEW hers.me AS SELECT USER_NAME() AS u, OBJECT_ID('dbo.hidden') AS o"
    assert world.outcome("maker", text, me, "GRANT SELECT ON SCHEMA::hers TO low") == ([], [])
    assert world.outcome("maker", "SELECT a FROM hers.relay WHERE a = 1") == ([], [(1,)])
    assert world.outcome("low", "SELECT a FROM hers.relay") == ([229], [])
    assert world.outcome("low", "SELECT u, o FROM hers.me") == ([], [("low", None)])
    world.do("REVOKE SELECT ON dbo.hidden FROM maker; REVOKE SELECT ON SCHEMA::hers FROM low")


ROLES: dict[str, list[tuple[str, list[int]]]] = {
    "db_securityadmin": [
        ("SELECT a FROM dbo.hidden", [229]),
        ("ALTER ROLE db_owner ADD MEMBER low", [15151]),
        ("EXECUTE AS USER = 'dbo'", [15517]),
        ("ALTER AUTHORIZATION ON SCHEMA::dbo TO low", [15151]),
    ],
    "db_accessadmin": [
        ("ALTER USER low WITH LOGIN = zoe", [15151]),
        ("GRANT SELECT TO public", [4613]),
        ("CREATE USER boss FOR LOGIN sa", [15405]),
        ("ALTER USER dbo WITH LOGIN = low", [15150]),
        ("EXECUTE AS USER = 'zoe'", [15517]),
    ],
    "db_ddladmin": [
        ("SELECT a FROM dbo.hidden", [229]),
        ("CREATE PROCEDURE dbo.y WITH EXECUTE AS OWNER AS SELECT 1", [15517]),
        ("ALTER PROCEDURE dbo.by_owner WITH EXECUTE AS 'dbo' AS SELECT 1", [15517]),
        ("CREATE SCHEMA z AUTHORIZATION dbo", [15151]),
        ("ALTER ROLE crew ADD MEMBER low", [15151]),
    ],
    "db_datareader": [
        ("INSERT dbo.hidden (a) VALUES (77)", [229]),
        ("EXEC dbo.hidden_one", [229]),
        ("EXEC sp_helptext 'dbo.peek'", [15009]),
    ],
    "db_datawriter": [
        ("DELETE dbo.hidden WHERE a = 1", [229]),
        ("UPDATE dbo.hidden SET a = a", [229]),
        ("INSERT dbo.hidden (a) OUTPUT inserted.word VALUES (78)", [229]),
        ("TRUNCATE TABLE dbo.hidden", [1088]),
    ],
    "securityadmin": [
        ("ALTER SERVER ROLE sysadmin ADD MEMBER low", [15151]),
        ("ALTER LOGIN sa WITH PASSWORD = 'abcABC123!'", [15151]),
        ("ALTER LOGIN sa WITH NAME = boss", [15151]),
        ("ALTER LOGIN sa DISABLE", [15151]),
        ("DROP LOGIN sa", [15151]),
        ("EXECUTE AS LOGIN = 'sa'", [15406]),
        ("SELECT a FROM dbo.hidden", [229]),
    ],
    "dbcreator": [
        ("SELECT * FROM elsewhere.dbo.t", [916]),
        ("ALTER AUTHORIZATION ON DATABASE::elsewhere TO low", [15151]),
    ],
}


@pytest.mark.parametrize("role", ROLES)
def test_members_of_fixed_roles_do_not_rise_above_them(world, role):
    kind = "ROLE" if role.startswith("db_") else "SERVER ROLE"
    world.do(f"ALTER {kind} {role} ADD MEMBER low")
    try:
        found = [(statement, *world.outcome("low", statement)) for statement, _ in ROLES[role]]
        assert found == [(statement, numbers, []) for statement, numbers in ROLES[role]]
    finally:
        world.do(f"ALTER {kind} {role} DROP MEMBER low")


# --- what of the server is known, and open sessions ---


def test_databases_are_hidden_from_who_may_view_none(world):
    world.do("CREATE DATABASE hers; ALTER AUTHORIZATION ON DATABASE::hers TO low", "master")
    world.do("DENY VIEW ANY DATABASE TO low", "master")
    try:
        names = [("hers",), ("master",), ("shop",), ("tempdb",)]
        for text in ("sys.databases", "sysdatabases"):
            assert world.outcome("low", f"SELECT name FROM {text} ORDER BY name") == ([], names)
        asked = "DB_ID('elsewhere'), DATABASEPROPERTYEX('elsewhere', 'Status'), "
        asked += "HAS_PERMS_BY_NAME('elsewhere', 'DATABASE', 'CONNECT')"
        number = world.outcome("sa", "SELECT DB_ID('elsewhere')")[1][0][0]
        assert world.outcome("low", f"SELECT {asked}, DB_NAME({number})") == ([], [(None, None, None, None)])
        assert world.outcome("low", "SELECT DB_NAME(DB_ID('hers'))") == ([], [("hers",)])
    finally:
        world.do("REVOKE VIEW ANY DATABASE FROM low; DROP DATABASE hers", "master")


def test_sp_databases_lists_what_the_caller_can_enter(world):
    names = [row[0] for row in world.outcome("low", "EXEC sp_databases")[1]]
    assert "shop" in names
    assert "elsewhere" not in names
    assert "elsewhere" in [row[0] for row in world.outcome("sa", "EXEC sp_databases")[1]]


def test_an_open_session_loses_what_its_user_loses(world):
    session = world.log_in("low")
    world.do("DENY CONNECT TO low")
    assert errors(list(session.run_batch("SELECT a FROM dbo.shown"))) == [916]
    world.do("REVOKE CONNECT FROM low; GRANT CONNECT TO low; ALTER LOGIN low DISABLE")
    with pytest.raises(SqlError, match="18456"):
        world.log_in("low")
    world.do("ALTER LOGIN low ENABLE")
    assert errors(list(session.run_batch("SELECT a FROM dbo.shown"))) == []
    session.close()


def test_names_in_a_view_are_those_of_its_database(world):
    """No table of the caller's, no CTE around it and no #temp table takes the place of what a view reads."""
    world.do("CREATE VIEW dbo.chained AS SELECT word FROM hidden WHERE a = 1")
    world.do("GRANT SELECT ON dbo.chained TO low")
    text = "WITH hidden AS (SELECT 'mine' AS word, 1 AS a) SELECT word FROM dbo.chained"
    assert world.outcome("low", text) == ([], [("secret",)])
