"""What of the catalog is seen: what one owns or has some permission on, through every way to ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from tests.runtime.conftest import PASSWORD, assert_ok, rows
from tests.security.people import ANN, failing

SETUP = """
CREATE LOGIN ann WITH PASSWORD = 'Ann-Pass-12!', CHECK_POLICY = OFF
CREATE LOGIN zoe WITH PASSWORD = 'Zoe-Pass-12!', CHECK_POLICY = OFF
CREATE USER ann FOR LOGIN ann
CREATE USER zoe FOR LOGIN zoe
CREATE ROLE crew
CREATE ROLE gang
ALTER ROLE crew ADD MEMBER ann
ALTER ROLE gang ADD MEMBER zoe
CREATE TABLE dbo.shown (a int NOT NULL CONSTRAINT pk_shown PRIMARY KEY, b int CONSTRAINT df_shown DEFAULT 5)
CREATE TABLE dbo.hidden (a int NOT NULL CONSTRAINT pk_hidden PRIMARY KEY, c int)
CREATE INDEX ix_hidden ON dbo.hidden (c)
GO
CREATE PROCEDURE dbo.run_it @x int AS SELECT a FROM dbo.shown
GO
CREATE PROCEDURE dbo.hidden_one @x int AS SELECT 1
GO
CREATE SCHEMA hers AUTHORIZATION ann
GO
CREATE TABLE hers.own (a int)
GO
GRANT SELECT ON dbo.shown TO crew
GRANT EXECUTE ON dbo.run_it TO ann
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = Instance(tmp_path_factory.mktemp("visibility"), sa_password=PASSWORD, threads=2)
    session = made.login(Login("sa", PASSWORD))
    assert_ok(session.run_batch("CREATE DATABASE shop"))
    assert_ok(session.run_batch("CREATE DATABASE elsewhere; CREATE TABLE elsewhere.dbo.t (a int)"))
    assert_ok(session.run_batch("USE shop"))
    for batch in SETUP.split("GO\n"):
        assert_ok(session.run_batch(batch))
    yield made
    made.close()


@pytest.fixture
def administrator(opened: Instance) -> Session:
    return opened.login(Login("sa", PASSWORD, "shop"))


@pytest.fixture
def ann(opened: Instance) -> Session:
    return opened.login(Login("ann", ANN, "shop"))


def column(session: Session, query: str) -> list[object]:
    return sorted(row[0] for row in rows(session.run_batch(query)))


# A query for names, and which of them ann sees; sa must see more.
VIEWS = [
    ("SELECT name FROM sys.tables", ["own", "shown"]),
    ("SELECT name FROM sys.procedures", ["run_it"]),
    ("SELECT name FROM sys.objects", ["df_shown", "own", "pk_shown", "run_it", "shown"]),
    ("SELECT name FROM sysobjects", ["df_shown", "own", "pk_shown", "run_it", "shown"]),
    ("SELECT DISTINCT OBJECT_NAME(object_id) FROM sys.columns", ["own", "shown"]),
    ("SELECT DISTINCT OBJECT_NAME(object_id) FROM sys.parameters", ["run_it"]),
    ("SELECT name FROM sys.key_constraints", ["pk_shown"]),
    ("SELECT DISTINCT OBJECT_NAME(object_id) FROM sys.indexes", ["own", "shown"]),
    ("SELECT DISTINCT OBJECT_NAME(object_id) FROM sys.index_columns", ["shown"]),
    ("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES", ["own", "shown"]),
    ("SELECT DISTINCT TABLE_NAME FROM INFORMATION_SCHEMA.COLUMNS", ["own", "shown"]),
    ("SELECT ROUTINE_NAME FROM INFORMATION_SCHEMA.ROUTINES", ["run_it"]),
    ("SELECT CONSTRAINT_NAME FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS", ["pk_shown"]),
    ("SELECT name FROM sys.database_principals WHERE type = 'R' AND is_fixed_role = 0", ["crew", "public"]),
    ("SELECT name FROM sys.database_principals WHERE type = 'S' AND principal_id > 4", ["ann"]),
    ("SELECT name FROM sys.server_principals WHERE type = 'S'", ["ann", "sa"]),
    ("SELECT name FROM sys.sql_logins", ["ann", "sa"]),
    ("SELECT USER_NAME(member_principal_id) FROM sys.database_role_members", ["ann"]),
    ("SELECT DISTINCT USER_NAME(grantee_principal_id) FROM sys.database_permissions", ["ann", "crew"]),
]


@pytest.mark.parametrize(("query", "seen"), VIEWS)
def test_views_show_what_the_caller_may_know_of(administrator, ann, query, seen):
    assert column(ann, query) == seen
    assert len(column(administrator, query)) > len(seen)


@pytest.mark.parametrize(
    ("expression", "visible"),
    [
        ("OBJECT_ID('dbo.{}')", "shown"),
        ("OBJECT_ID('{}')", "shown"),
        ("OBJECT_ID('dbo.pk_{}')", "shown"),
        ("OBJECT_NAME(@{})", "shown"),
        ("OBJECT_SCHEMA_NAME(@{})", "shown"),
        ("COL_LENGTH('dbo.{}', 'a')", "shown"),
        ("COL_NAME(@{}, 1)", "shown"),
        ("OBJECTPROPERTY(@{}, 'IsTable')", "shown"),
        ("COLUMNPROPERTY(@{}, 'a', 'AllowsNull')", "shown"),
    ],
)
def test_functions_give_null_for_what_is_not_seen(administrator, ann, expression, visible):
    ((shown, hidden),) = rows(
        administrator.run_batch("SELECT OBJECT_ID('dbo.shown'), OBJECT_ID('dbo.hidden')")
    )
    declare = f"DECLARE @shown int = {shown}, @hidden int = {hidden}; SELECT "
    for name in (visible, "hidden"):
        text = declare + expression.format(name)
        assert rows(administrator.run_batch(text)) != [(None,)]
        assert (rows(ann.run_batch(text)) == [(None,)]) == (name == "hidden")


def test_execute_shows_a_procedure_but_not_its_text(administrator, ann):
    text = "SELECT definition, OBJECT_DEFINITION(object_id) FROM sys.sql_modules"
    assert rows(ann.run_batch(text)) == [(None, None)]
    assert failing(ann, "EXEC sp_helptext 'dbo.run_it'") == [15009]
    assert_ok(administrator.run_batch("GRANT VIEW DEFINITION ON dbo.run_it TO ann"))
    assert all("SELECT a FROM dbo.shown" in cell for cell in rows(ann.run_batch(text))[0])
    assert failing(ann, "EXEC sp_helptext 'dbo.run_it'") == []
    assert_ok(administrator.run_batch("REVOKE VIEW DEFINITION ON dbo.run_it FROM ann"))


def test_a_denied_definition_hides_the_object(administrator, ann):
    assert_ok(administrator.run_batch("DENY VIEW DEFINITION ON dbo.shown TO ann"))
    assert column(ann, "SELECT name FROM sys.tables") == ["own"]
    assert failing(ann, "SELECT a FROM dbo.shown") == []
    assert_ok(administrator.run_batch("REVOKE VIEW DEFINITION ON dbo.shown FROM ann"))


def test_types_of_hidden_columns_are_not_deduced(administrator, ann):
    text = "EXEC sp_describe_undeclared_parameters N'SELECT 1 FROM dbo.{} WHERE a = @x'"
    assert failing(ann, text.format("shown")) == []
    assert failing(administrator, text.format("hidden")) == []
    assert failing(ann, text.format("hidden")) == failing(ann, text.format("no_such")) != []


def test_what_another_database_holds_is_null(ann):
    assert rows(ann.run_batch("SELECT OBJECT_ID('elsewhere.dbo.t')")) == [(None,)]


def test_a_denied_statement_says_no_more_than_a_missing_object(ann):
    for hidden, missing in (("hidden", "no_such"),):
        for text in ("DROP TABLE dbo.{}", "TRUNCATE TABLE dbo.{}", "ALTER TABLE dbo.{} ADD d int"):
            messages = [
                next(str(event.error).split(": ", 1)[1] for event in ann.run_batch(text.format(name)))
                for name in (hidden, missing)
            ]
            assert messages[0].replace(hidden, missing) == messages[1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("'dbo.shown', 'OBJECT', 'SELECT'", 1),
        ("'dbo.shown', 'OBJECT', 'INSERT'", 0),
        ("'dbo.shown', 'OBJECT', 'ANY'", 1),
        ("'dbo.hidden', 'OBJECT', 'ANY'", 0),
        ("'dbo.shown', 'OBJECT', 'SELECT', 'b', 'COLUMN'", 1),
        ("'dbo.shown', 'OBJECT', 'SELECT', 'nope', 'COLUMN'", None),
        ("'dbo.nope', 'OBJECT', 'SELECT'", None),
        ("'dbo.shown', 'OBJECT', 'NO SUCH THING'", None),
        ("'dbo', 'SCHEMA', 'ALTER'", 0),
        ("'hers', 'SCHEMA', 'CONTROL'", 1),
        ("'zoe', 'USER', 'IMPERSONATE'", 0),
        ("'gang', 'ROLE', 'ALTER'", 0),
        ("DB_NAME(), 'DATABASE', 'CONNECT'", 1),
        ("DB_NAME(), 'DATABASE', 'CREATE TABLE'", 0),
        ("'elsewhere', 'DATABASE', 'CONNECT'", 0),
        ("'no_such_database', 'DATABASE', 'CONNECT'", None),
        ("NULL, NULL, 'VIEW SERVER STATE'", 0),
        ("NULL, NULL, 'VIEW ANY DATABASE'", 1),
        ("'sa', 'LOGIN', 'IMPERSONATE'", 0),
    ],
)
def test_has_perms_by_name(administrator, ann, arguments, expected):
    text = f"SELECT HAS_PERMS_BY_NAME({arguments})"
    assert rows(ann.run_batch(text)) == [(expected,)]
    assert rows(administrator.run_batch(text)) == [(None if expected is None else 1,)]


def test_sp_who_shows_ones_own_session_only(administrator, ann):
    assert {row[3] for row in rows(ann.run_batch("EXEC sp_who"))} == {"ann"}
    assert {row[3] for row in rows(administrator.run_batch("EXEC sp_who"))} == {"ann", "sa"}


def test_an_external_script_needs_its_permission(administrator, ann):
    """There is no launcher here: 40514 is what comes after the permission."""
    assert_ok(administrator.run_batch("EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE"))
    script = "EXEC sp_execute_external_script @language = N'Python', @script = N'pass'"
    assert failing(ann, script) == [262]
    assert_ok(administrator.run_batch("CREATE PROCEDURE dbo.scripted AS " + script))
    owned = "CREATE PROCEDURE dbo.scripted_as_owner WITH EXECUTE AS OWNER AS " + script
    assert_ok(administrator.run_batch(owned))
    assert_ok(administrator.run_batch("GRANT EXECUTE TO ann"))
    assert failing(ann, "EXEC dbo.scripted") == [262]
    assert failing(ann, "EXEC dbo.scripted_as_owner") == [40514]
    assert_ok(administrator.run_batch("GRANT EXECUTE ANY EXTERNAL SCRIPT TO crew"))
    assert failing(ann, script) == [40514]
    assert failing(ann, "EXEC dbo.scripted") == [40514]
