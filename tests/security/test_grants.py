"""GRANT, DENY and REVOKE: what they record, in whose name, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.shop import Shop, open_shop

PASSWORD = "Correct-Horse-1"
SETUP = (
    f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}'",
    "CREATE USER u1 WITHOUT LOGIN",
    "CREATE USER u2 WITHOUT LOGIN",
    "CREATE USER u3 WITHOUT LOGIN",
    "CREATE ROLE r1",
    "ALTER ROLE r1 ADD MEMBER u1",
    "CREATE SCHEMA own AUTHORIZATION u3",
    "CREATE TABLE dbo.t (a int)",
    "CREATE TABLE own.t (a int)",
    "CREATE PROCEDURE dbo.p AS SELECT 1 AS x",
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path / "data") as opened:
        opened.do(*SETUP)
        yield opened


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A server on which every statement of the test fails, so that nothing changes."""
    with open_shop(tmp_path_factory.mktemp("standing") / "data") as opened:
        opened.do(*SETUP, "GRANT SELECT ON dbo.t TO u2 WITH GRANT OPTION")
        yield opened


NOT_THERE = "because it does not exist or you do not have permission."
REFUSED = [
    ("GRANT CREATE TABLE ON SCHEMA::dbo TO u1", 102, "Incorrect syntax near 'CREATE TABLE'."),
    ("GRANT CREATE SEQUENCE TO u1", 102, None),
    ("GRANT CONNECT ON dbo.t TO u1", 102, None),
    ("GRANT IMPERSONATE ON ROLE::r1 TO u1", 102, None),
    ("GRANT EXECUTE EXTERNAL SCRIPT TO u1", 102, None),
    ("GRANT ALL ON SCHEMA::dbo TO u1", 102, None),
    (
        "GRANT EXECUTE ON dbo.t TO u1",
        4606,
        "Granted or revoked privilege EXECUTE is not compatible with object.",
    ),
    ("GRANT SELECT ON dbo.p TO u1", 4606, None),
    ("GRANT SELECT ON dbo.t TO u1, nosuch", 15151, f"Cannot find the user 'nosuch', {NOT_THERE}"),
    ("GRANT SELECT ON dbo.nosuch TO u1", 15151, f"Cannot find the object 'nosuch', {NOT_THERE}"),
    ("GRANT SELECT ON SCHEMA::nosuch TO u1", 15151, f"Cannot find the schema 'nosuch', {NOT_THERE}"),
    ("GRANT ALTER ON ROLE::nosuch TO u1", 15151, f"Cannot find the role 'nosuch', {NOT_THERE}"),
    ("GRANT CONTROL ON ROLE::db_owner TO u1", 15151, f"Cannot find the object 'db_owner', {NOT_THERE}"),
    ("GRANT CONTROL ON USER::r1 TO u1", 15151, f"Cannot find the object 'r1', {NOT_THERE}"),
    ("GRANT SELECT ON DATABASE::nosuch TO u1", 15151, f"Cannot find the database 'nosuch', {NOT_THERE}"),
    ("GRANT REFERENCES ON EXTERNAL LANGUAGE::nosuch TO u1", 15151, None),
    ("GRANT REFERENCES ON EXTERNAL LIBRARY::nosuch TO u1", 15151, None),
    ("GRANT SELECT ON DATABASE::master TO u1", 4610, None),
    ("GRANT SELECT ON master.dbo.t TO u1", 4610, None),
    ("GRANT SELECT ON dbo.t TO db_datareader", 4617, None),
    ("GRANT CONNECT TO r1", 4627, None),
    ("GRANT CREATE DATABASE TO u1", 4619, None),
    ("GRANT VIEW SERVER STATE TO ann", 4621, None),
    ("GRANT ALTER ON LOGIN::ann TO ann", 4621, None),
    ("GRANT VIEW SERVER STATE, CREATE TABLE TO u1", 4620, None),
    (
        "DENY SELECT ON dbo.t TO u2",
        4611,
        "To revoke or deny grantable privileges, specify the CASCADE option.",
    ),
    ("REVOKE SELECT ON dbo.t FROM u2", 4611, None),
    ("REVOKE GRANT OPTION FOR SELECT ON dbo.t FROM u2", 4611, None),
    ("GRANT SELECT ON dbo.t TO u2 AS nosuch", 15151, f"Cannot find the user 'nosuch', {NOT_THERE}"),
    ("GRANT SELECT ON dbo.t TO u1 AS u3", 15151, f"Cannot find the object 't', {NOT_THERE}"),
    ("GRANT SELECT ON dbo.t (a) TO u1", 40517, None),
    ("GRANT SELECT (a) ON dbo.t TO u1", 40517, None),
    ("GRANT CONTROL ON CERTIFICATE::c TO u1", 40514, None),
    ("USE master; DENY CONNECT TO guest; USE shop", 15182, None),
    ("USE master; GRANT VIEW SERVER STATE TO nosuch; USE shop", 15151, None),
    ("USE master; GRANT VIEW SERVER STATE TO sysadmin; USE shop", 4617, None),
    ("USE master; GRANT IMPERSONATE ON SERVER ROLE::sysadmin TO ann; USE shop", 102, None),
    ("USE master; GRANT ALTER ON LOGIN::nosuch TO ann; USE shop", 15151, None),
]


@pytest.mark.parametrize(("statement", "number", "text"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refusals(standing: Shop, statement: str, number: int, text: str | None) -> None:
    databases = [standing.instance.require_database(name) for name in ("shop", "master")]
    before = [(database.snapshot.security, database.snapshot.server) for database in databases]
    error = standing.error(statement)
    assert error.number == number, error
    assert text in (None, error.message)
    standing.do("USE shop")
    assert [(database.snapshot.security, database.snapshot.server) for database in databases] == before


@pytest.mark.parametrize("name", ["dbo", "sa", "sys", "INFORMATION_SCHEMA", "u3"])
def test_nothing_can_be_granted_to_some(standing: Shop, name: str) -> None:
    """A message, not an error, and the statement does nothing; u3 owns the table."""
    before = standing.instance.require_database("shop").snapshot.security
    for verb in ("GRANT", "DENY", "REVOKE"):
        assert standing.messages(f"{verb} SELECT ON own.t TO u1, {name}") == [4624]
    assert standing.instance.require_database("shop").snapshot.security == before


def test_all_stands_for_what_it_did_once(shop: Shop) -> None:
    assert shop.messages("GRANT ALL ON dbo.t TO u1") == [4628]
    assert [row[0] for row in shop.grants("u1")] == ["DELETE", "INSERT", "REFERENCES", "SELECT", "UPDATE"]
    assert shop.messages("GRANT ALL PRIVILEGES ON dbo.p TO u2") == [4628]
    assert shop.grants("u2") == [("EXECUTE", "GRANT", "dbo")]
    assert shop.messages("REVOKE ALL ON dbo.t FROM u1") == [4628]
    assert shop.grants("u1") == []


def test_every_class_is_recorded_under_its_number(shop: Shop) -> None:
    shop.do(
        "GRANT SELECT ON dbo.t TO u1",
        "GRANT EXEC ON OBJECT::dbo.p TO u1",
        "DENY INSERT ON SCHEMA::own TO u1",
        "GRANT IMPERSONATE ON USER::u2 TO u1 WITH GRANT OPTION",
        "GRANT ALTER ON ROLE::r1 TO u1",
        "GRANT EXECUTE ANY EXTERNAL SCRIPT, create external library TO u1",
    )
    found = shop.ask(
        "SELECT class_desc, major_id, RTRIM(type), permission_name, state FROM sys.database_permissions "
        "WHERE grantee_principal_id = USER_ID('u1') AND permission_name <> 'CONNECT' ORDER BY permission_name"
    )
    assert found == [
        ("DATABASE_PRINCIPAL", shop.value("USER_ID('r1')"), "AL", "ALTER", "G"),
        ("DATABASE", 0, found[1][2], "CREATE EXTERNAL LIBRARY", "G"),
        ("OBJECT_OR_COLUMN", shop.value("OBJECT_ID('dbo.p')"), "EX", "EXECUTE", "G"),
        ("DATABASE", 0, "EAES", "EXECUTE ANY EXTERNAL SCRIPT", "G"),
        ("DATABASE_PRINCIPAL", shop.value("USER_ID('u2')"), "IM", "IMPERSONATE", "W"),
        ("SCHEMA", shop.value("SCHEMA_ID('own')"), "IN", "INSERT", "D"),
        ("OBJECT_OR_COLUMN", shop.value("OBJECT_ID('dbo.t')"), "SL", "SELECT", "G"),
    ]


def test_the_server_grants_to_logins_from_master(shop: Shop) -> None:
    shop.do(
        "USE master",
        "CREATE SERVER ROLE operators",
        "GRANT VIEW SERVER STATE, ALTER ANY LOGIN TO ann",
        "GRANT VIEW ANY DEFINITION ON SERVER::whatever TO operators",
        "DENY IMPERSONATE ON LOGIN::ann TO operators",
        "GRANT ALTER ON SERVER ROLE::operators TO ann",
    )
    assert shop.ask(
        "SELECT class_desc, SUSER_NAME(grantee_principal_id), permission_name, state_desc "
        "FROM sys.server_permissions WHERE grantee_principal_id > 256 AND permission_name <> 'CONNECT SQL' "
        "ORDER BY permission_name"
    ) == [
        ("SERVER_PRINCIPAL", "ann", "ALTER", "GRANT"),
        ("SERVER", "ann", "ALTER ANY LOGIN", "GRANT"),
        ("SERVER_PRINCIPAL", "operators", "IMPERSONATE", "DENY"),
        ("SERVER", "operators", "VIEW ANY DEFINITION", "GRANT"),
        ("SERVER", "ann", "VIEW SERVER STATE", "GRANT"),
    ]
    shop.do("DROP SERVER ROLE operators", "REVOKE VIEW SERVER STATE TO ann", "DROP LOGIN ann")
    assert shop.ask("SELECT COUNT(*) FROM sys.server_permissions") == [(2,)]


def test_the_grantor_is_the_owner_unless_a_grant_option_answers(shop: Shop) -> None:
    shop.do(
        "GRANT SELECT ON dbo.t TO u1 WITH GRANT OPTION",
        "GRANT CONTROL ON dbo.t TO u3",
        "EXECUTE AS USER = 'u1'; GRANT SELECT ON dbo.t TO u2; REVERT",
    )
    assert shop.grants("u2") == [("SELECT", "GRANT", "u1")]
    shop.do("EXECUTE AS USER = 'u3'; GRANT INSERT ON dbo.t TO u2; REVERT", "GRANT DELETE ON own.t TO u2")
    assert shop.grants("u2") == [
        ("DELETE", "GRANT", "u3"),
        ("INSERT", "GRANT", "dbo"),
        ("SELECT", "GRANT", "u1"),
    ]
    # A grant option is none to deny, and dbo's REVOKE leaves what u1 granted.
    assert shop.error("EXECUTE AS USER = 'u1'; DENY SELECT ON dbo.t TO u2").number == 15151
    shop.do("REVERT; REVOKE SELECT ON dbo.t FROM u2")
    assert ("SELECT", "GRANT", "u1") in shop.grants("u2")
    assert shop.error("EXECUTE AS USER = 'u1'; GRANT CREATE TABLE TO u2").number == 4613
    shop.do("REVERT")
    assert shop.error("DROP USER u1").number == 15284


def test_as_names_whom_the_caller_is_or_belongs_to(shop: Shop) -> None:
    shop.do(
        "GRANT SELECT ON dbo.t TO r1 WITH GRANT OPTION",
        "EXECUTE AS USER = 'u1'; GRANT SELECT ON dbo.t TO u2 AS r1; REVERT",
    )
    assert shop.grants("u2") == [("SELECT", "GRANT", "r1")]
    for statement in ("GRANT SELECT ON dbo.t TO u3", "GRANT SELECT ON dbo.t TO u3 AS dbo"):
        assert shop.error(f"EXECUTE AS USER = 'u1'; {statement}").number == 15151
        shop.do("REVERT")


def test_who_has_no_right_to_grant_changes_nothing(shop: Shop) -> None:
    shop.do("GRANT SELECT ON dbo.t TO u1", "CREATE ROLE admins", "ALTER ROLE db_securityadmin ADD MEMBER u2")
    for statement, number in (
        ("GRANT SELECT ON dbo.t TO u3", 15151),
        ("GRANT SELECT ON SCHEMA::dbo TO u3", 15151),
        ("GRANT SELECT TO u3", 4613),
        ("REVOKE SELECT ON dbo.t FROM r1", 15151),
        ("GRANT IMPERSONATE ON USER::u3 TO r1", 15151),
    ):
        assert shop.error(f"EXECUTE AS USER = 'u1'; {statement}").number == number, statement
        shop.do("REVERT")
    shop.do("EXECUTE AS USER = 'u2'; GRANT SELECT ON dbo.t TO u3; REVERT")
    assert shop.grants("u3") == [("SELECT", "GRANT", "dbo")]


def test_a_grant_is_undone_with_its_transaction(shop: Shop) -> None:
    shop.do(
        "BEGIN TRAN", "GRANT SELECT ON dbo.t TO u1", "CREATE USER u9 WITHOUT LOGIN", "DROP ROLE IF EXISTS r9"
    )
    assert shop.grants("u1") == [("SELECT", "GRANT", "dbo")]
    shop.do("ROLLBACK")
    assert shop.grants("u1") == []
    assert shop.value("USER_ID('u9')") is None
    other = shop.log_in("sa", "Principals-1!")
    shop.do("BEGIN TRAN", "GRANT SELECT ON dbo.t TO u1", session=other)
    assert shop.grants("u1") == []
    shop.do("COMMIT", session=other)
    assert shop.grants("u1") == [("SELECT", "GRANT", "dbo")]


def test_permissions_go_with_what_they_are_on(shop: Shop) -> None:
    shop.do(
        "GRANT SELECT ON dbo.t TO u1",
        "GRANT EXECUTE ON dbo.p TO u1",
        "CREATE SCHEMA gone",
        "GRANT SELECT ON SCHEMA::gone TO u1",
        "GRANT CONTROL ON USER::u2 TO u1",
    )
    assert len(shop.grants("u1")) == 4
    shop.do("ALTER PROCEDURE dbo.p AS SELECT 2 AS x")
    assert len(shop.grants("u1")) == 4
    shop.do("DROP TABLE dbo.t", "DROP PROCEDURE dbo.p", "DROP SCHEMA gone")
    # A user owns itself, so that it is the grantor of what is granted on it.
    assert shop.error("DROP USER u2").number == 15284
    shop.do("REVOKE CONTROL ON USER::u2 FROM u1", "DROP USER u2")
    assert shop.grants("u1") == []
    shop.do("GRANT CREATE TABLE TO u1", "DROP USER u1", "CREATE USER u1 WITHOUT LOGIN")
    assert shop.grants("u1") == []
