"""Logins, users and roles: what the statements do, what the views and functions say, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.catalog.security import SQL_LOGIN, Principal
from localdb.errors import SqlError
from localdb.runtime.security.logins import NO_PASSWORD, check_login, verify_password
from tests.security.shop import Shop, open_shop

PASSWORD = "Correct-Horse-1"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A server on which every statement of the test fails, so that nothing changes."""
    with open_shop(tmp_path_factory.mktemp("standing") / "data") as opened:
        opened.do(
            f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}'",
            f"CREATE LOGIN bob WITH PASSWORD = '{PASSWORD}', DEFAULT_DATABASE = shop",
            "CREATE SERVER ROLE operators",
            "CREATE SERVER ROLE empty",
            "ALTER SERVER ROLE operators ADD MEMBER ann",
            "CREATE USER ann",
            "CREATE USER lone WITHOUT LOGIN",
            "CREATE USER owner WITHOUT LOGIN",
            "CREATE ROLE clerks",
            "CREATE ROLE chiefs AUTHORIZATION owner",
            "CREATE ROLE inner_clerks",
            "ALTER ROLE clerks ADD MEMBER ann",
            "ALTER ROLE clerks ADD MEMBER inner_clerks",
            "CREATE SCHEMA sales AUTHORIZATION lone",
            "CREATE USER actor WITHOUT LOGIN",
            "CREATE PROCEDURE dbo.acts WITH EXECUTE AS 'actor' AS SELECT 1 AS x",
            "CREATE DATABASE anns",
            "ALTER AUTHORIZATION ON DATABASE::anns TO ann",
        )
        opened.log_in("bob", PASSWORD, "master")
        yield opened


NOT_THERE = "because it does not exist or you do not have permission."
REFUSED = [
    (f"CREATE LOGIN ANN WITH PASSWORD = '{PASSWORD}'", 15025, "The server principal 'ANN' already exists."),
    (f"CREATE LOGIN [public] WITH PASSWORD = '{PASSWORD}'", 15025, None),
    (f"CREATE LOGIN sysadmin WITH PASSWORD = '{PASSWORD}'", 15025, None),
    ("CREATE LOGIN new WITH PASSWORD = 'Abc1'", 15116, None),
    ("CREATE LOGIN new WITH PASSWORD = 'abcdefgh1'", 15118, None),
    ("CREATE LOGIN new WITH PASSWORD = 'Renewal-1'", 15118, None),
    (f"CREATE LOGIN new WITH PASSWORD = '{'Aa1' * 43}'", 15156, None),
    (f"CREATE LOGIN [HOST\\new] WITH PASSWORD = '{PASSWORD}'", 15006, None),
    (f"CREATE LOGIN new WITH PASSWORD = '{PASSWORD}', DEFAULT_DATABASE = nowhere", 15010, None),
    (f"CREATE LOGIN new WITH PASSWORD = '{PASSWORD}', SID = 0x0102", 15419, None),
    (
        f"CREATE LOGIN new WITH PASSWORD = '{PASSWORD}', CHECK_POLICY = OFF, CHECK_EXPIRATION = ON",
        15122,
        None,
    ),
    ("ALTER LOGIN nobody DISABLE", 15151, f"Cannot alter the login 'nobody', {NOT_THERE}"),
    ("ALTER LOGIN operators DISABLE", 15151, None),
    (f"ALTER LOGIN ann WITH PASSWORD = '{PASSWORD}' OLD_PASSWORD = 'wrong'", 15151, None),
    ("ALTER LOGIN ann WITH NAME = bob", 15025, None),
    ("DROP LOGIN nobody", 15151, f"Cannot drop the login 'nobody', {NOT_THERE}"),
    ("DROP LOGIN sa", 15405, "Cannot use the special principal 'sa'."),
    ("DROP LOGIN bob", 15434, "Could not drop login 'bob' as the user is currently logged in."),
    ("DROP LOGIN ann", 15174, None),
    ("CREATE USER ann WITHOUT LOGIN", 15023, None),
    ("CREATE USER clerks WITHOUT LOGIN", 15023, None),
    ("CREATE USER nobody", 15007, "'nobody' is not a valid login or you do not have permission."),
    ("CREATE USER x FOR LOGIN sysadmin", 15007, None),
    ("CREATE USER x FOR LOGIN sa", 15405, None),
    ("CREATE USER x FOR LOGIN ann", 15063, "The login already has an account under a different user name."),
    ("ALTER USER nobody WITH NAME = x", 15151, f"Cannot alter the user 'nobody', {NOT_THERE}"),
    ("ALTER USER clerks WITH NAME = x", 15151, None),
    ("ALTER USER dbo WITH NAME = x", 15150, "Cannot alter the user 'dbo'."),
    ("ALTER USER ann WITH NAME = clerks", 15023, None),
    ("ALTER USER lone WITH LOGIN = bob", 33016, None),
    ("DROP USER nobody", 15151, f"Cannot drop the user 'nobody', {NOT_THERE}"),
    ("DROP USER clerks", 15151, None),
    ("DROP USER dbo", 15150, None),
    ("DROP USER guest", 15539, None),
    ("DROP USER lone", 15138, "The database principal owns a schema in the database, and cannot be dropped."),
    ("DROP USER actor", 15136, None),
    ("DROP USER owner", 15421, "The database principal owns a database role and cannot be dropped."),
    ("CREATE ROLE ann", 15023, "User, group, or role 'ann' already exists in the current database."),
    ("CREATE ROLE r AUTHORIZATION nobody", 15151, f"Cannot find the user 'nobody', {NOT_THERE}"),
    ("CREATE SCHEMA sc AUTHORIZATION nobody", 15151, None),
    ("ALTER ROLE nobody ADD MEMBER ann", 15151, f"Cannot alter the role 'nobody', {NOT_THERE}"),
    ("ALTER ROLE ann ADD MEMBER clerks", 15151, None),
    ("ALTER ROLE clerks ADD MEMBER nobody", 15151, f"Cannot add the principal 'nobody', {NOT_THERE}"),
    ("ALTER ROLE clerks DROP MEMBER nobody", 15151, f"Cannot drop the principal 'nobody', {NOT_THERE}"),
    ("ALTER ROLE clerks ADD MEMBER dbo", 15405, "Cannot use the special principal 'dbo'."),
    ("ALTER ROLE clerks ADD MEMBER db_owner", 15405, None),
    ("ALTER ROLE clerks ADD MEMBER clerks", 15413, "Cannot make a role a member of itself."),
    ("ALTER ROLE inner_clerks ADD MEMBER clerks", 15413, None),
    ("ALTER ROLE [public] ADD MEMBER ann", 15081, "Membership of the public role cannot be changed."),
    ("ALTER ROLE db_owner WITH NAME = x", 15150, None),
    ("ALTER ROLE clerks WITH NAME = chiefs", 15023, None),
    ("DROP ROLE nobody", 15151, None),
    ("DROP ROLE db_owner", 15150, "Cannot drop the role 'db_owner'."),
    ("DROP ROLE clerks", 15144, "The role has members. It must be empty before it can be dropped."),
    ("CREATE SERVER ROLE ann", 15025, None),
    ("ALTER SERVER ROLE nobody ADD MEMBER ann", 15151, f"Cannot alter the server role 'nobody', {NOT_THERE}"),
    ("ALTER SERVER ROLE operators ADD MEMBER nobody", 15151, None),
    ("ALTER SERVER ROLE sysadmin DROP MEMBER sa", 15405, None),
    ("ALTER SERVER ROLE [public] ADD MEMBER ann", 15081, None),
    ("DROP SERVER ROLE sysadmin", 15150, None),
    ("DROP SERVER ROLE operators", 15144, None),
    ("ALTER AUTHORIZATION ON DATABASE::master TO ann", 15109, None),
    ("ALTER AUTHORIZATION ON DATABASE::shop TO ann", 15110, None),
    ("ALTER AUTHORIZATION ON DATABASE::shop TO nobody", 15151, None),
    ("ALTER AUTHORIZATION ON SCHEMA::nowhere TO ann", 15151, None),
    ("ALTER AUTHORIZATION ON SCHEMA::dbo TO ann", 15150, None),
    ("ALTER AUTHORIZATION ON SCHEMA::sales TO nobody", 15151, None),
    ("ALTER AUTHORIZATION ON OBJECT::sales.t TO ann", 40514, None),
    ("BEGIN TRAN; ALTER AUTHORIZATION ON DATABASE::anns TO sa; ROLLBACK", 226, None),
    ("EXEC sp_addrolemember 'clerks', 'nobody'", 15410, None),
    ("EXEC sp_addrolemember 'clerks', NULL", 15004, None),
    ("EXEC sp_droprolemember 'clerks', 'nobody'", 15151, None),
    ("EXEC sp_addsrvrolemember 'nobody', 'sysadmin'", 15007, None),
    ("EXEC sp_addsrvrolemember 'ann', 'operators'", 15402, None),
    ("EXEC sp_helpuser 'nobody'", 15198, None),
    ("EXEC sp_helprole 'ann'", 15409, None),
    ("EXEC sp_helprolemember 'ann'", 15409, None),
    ("EXEC sp_helpsrvrole 'ann'", 15402, None),
    ("EXEC sp_helpsrvrolemember 'ann'", 15402, None),
]


@pytest.mark.parametrize(("statement", "number", "text"), REFUSED, ids=[row[0][:60] for row in REFUSED])
def test_refusals(standing: Shop, statement: str, number: int, text: str | None) -> None:
    before = standing.instance.require_database("shop").snapshot, standing.instance.require_database("master")
    error = standing.error(statement)
    assert error.number == number, error
    assert text in (None, error.message)
    assert standing.instance.require_database("shop").snapshot.security == before[0].security
    assert before[1].snapshot.server == standing.instance.require_database("master").snapshot.server


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE LOGIN x WITH PASSWORD 'Sesame-Open-1'",
        "CREATE LOGIN x WITH PASSWORD = 'Sesame-Open-1' 'Sesame-Open-1'",
        "CREATE LOGIN x WITH PASSWORD = 'Sesame-Open-1', SID = 'Sesame-Open-1'",
        "CREATE LOGIN x WITH PASSWORD = 'Sesame-Open-1', CHECK_POLICY 'Sesame-Open-1'",
        "CREATE LOGIN x WITH PASSWORD = 'Sesame-Open-1', 'Sesame-Open-1'",
        "ALTER LOGIN sa WITH PASSWORD = 'Sesame-Open-1' OLD_PASSWORD 'Sesame-Open-1'",
        "CREATE LOGIN sa WITH PASSWORD = 'Sesame-Open-1'",
        "CREATE LOGIN sesame WITH PASSWORD = 'Sesame-Open-1'",
        "ALTER LOGIN sa WITH PASSWORD = 'Sesame-Open-1' OLD_PASSWORD = 'Sesame-Open-1'",
        "CREATE LOGIN x WITH PASSWORD = 'Sesame-Open-1' MUST_CHANGE",
    ],
)
def test_no_error_repeats_a_password(standing: Shop, statement: str) -> None:
    assert "Sesame" not in standing.error(statement).message


def test_a_password_is_kept_as_a_hash_only(shop: Shop) -> None:
    shop.do("CREATE LOGIN ann WITH PASSWORD = 'Sesame-Open-1'")
    stored = shop.instance.require_database("master").snapshot.server
    assert "Sesame" not in repr(stored)
    assert "Sesame" not in repr(shop.instance.parsed("CREATE LOGIN b WITH PASSWORD = 'Sesame-Open-1'"))
    shop.instance.close()
    files = [file for file in shop.folder.rglob("*") if file.is_file()]
    assert files
    for text in (b"Sesame-Open-1", "Sesame-Open-1".encode("utf-16-le")):
        assert not [file for file in files if text in file.read_bytes()]


# --- logins ---


def test_a_login_without_a_password_is_never_accepted() -> None:
    """The store keeps one as NULL: it must be taken neither for the empty password nor for a hash."""
    assert not verify_password("", NO_PASSWORD)
    for password in ("", "NULL", NO_PASSWORD):
        with pytest.raises(SqlError) as refused:
            check_login("x", password, Principal(300, "x", SQL_LOGIN))
        assert refused.value.number == 18456


def test_a_login_logs_in_until_it_is_disabled_or_dropped(shop: Shop) -> None:
    shop.do(f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}'", "CREATE USER ann")
    session = shop.log_in("ANN", PASSWORD)
    assert shop.ask("SELECT SUSER_SNAME(), ORIGINAL_LOGIN(), USER_NAME(), DB_NAME()", session) == [
        ("ann", "ann", "ann", "shop")
    ]
    session.close()
    for change, password in (
        ("ALTER LOGIN ann DISABLE", PASSWORD),
        ("ALTER LOGIN ann ENABLE; ALTER LOGIN ann WITH PASSWORD = 'Another-Pass-2'", PASSWORD),
        ("ALTER LOGIN ann WITH NAME = anna", "Another-Pass-2"),
    ):
        shop.do(change)
        with pytest.raises(SqlError) as refused:
            shop.log_in("ann", password)
        assert refused.value.number == 18456
    shop.log_in("anna", "Another-Pass-2").close()
    shop.do("DROP LOGIN anna")
    with pytest.raises(SqlError):
        shop.log_in("anna", "Another-Pass-2")


def test_one_changes_ones_own_password_with_the_old_one_only(shop: Shop) -> None:
    shop.do(f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}'", "CREATE USER ann")
    session = shop.log_in("ann", PASSWORD)
    change = "ALTER LOGIN ann WITH PASSWORD = 'Another-Pass-2'"
    assert shop.error(change, session).number == 15151
    assert shop.error(f"{change} OLD_PASSWORD = 'wrong'", session).number == 15151
    assert shop.error("ALTER LOGIN ann WITH CHECK_POLICY = OFF", session).number == 15151
    assert shop.error("ALTER LOGIN sa WITH PASSWORD = 'Another-Pass-2'", session).number == 15151
    shop.do(f"{change} OLD_PASSWORD = '{PASSWORD}'", session=session)
    shop.do("EXEC sp_password 'Another-Pass-2', 'A-Third-Pass-3'", session=session)
    shop.log_in("ann", "A-Third-Pass-3").close()


def test_who_manages_logins_does_not_get_at_those_who_control_the_server(shop: Shop) -> None:
    shop.do(
        f"CREATE LOGIN admin WITH PASSWORD = '{PASSWORD}'",
        f"CREATE LOGIN boss WITH PASSWORD = '{PASSWORD}'",
        f"CREATE LOGIN clerk WITH PASSWORD = '{PASSWORD}'",
        "ALTER SERVER ROLE securityadmin ADD MEMBER admin",
        "ALTER SERVER ROLE sysadmin ADD MEMBER boss",
    )
    admin = shop.log_in("admin", PASSWORD, "master")
    for statement in (
        "ALTER LOGIN boss WITH PASSWORD = 'Another-Pass-2'",
        "ALTER LOGIN boss DISABLE",
        "ALTER LOGIN sa WITH PASSWORD = 'Another-Pass-2'",
        "DROP LOGIN boss",
        "ALTER SERVER ROLE sysadmin ADD MEMBER admin",
    ):
        assert shop.error(statement, admin).number == 15151, statement
    shop.do("ALTER LOGIN clerk WITH PASSWORD = 'Another-Pass-2'", "DROP LOGIN clerk", session=admin)


def test_what_the_views_say_of_a_login(shop: Shop) -> None:
    shop.do(
        f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}', SID = 0x000102030405060708090A0B0C0D0E0F, "
        "DEFAULT_DATABASE = shop, CHECK_EXPIRATION = ON",
        "CREATE LOGIN bob WITH PASSWORD = '', CHECK_POLICY = OFF",
        "ALTER LOGIN bob DISABLE",
        "ALTER SERVER ROLE dbcreator ADD MEMBER ann",
    )
    assert shop.ask(
        "SELECT name, sid, type, default_database_name, is_disabled, is_policy_checked, "
        "is_expiration_checked FROM sys.sql_logins WHERE name <> 'sa' ORDER BY name"
    ) == [
        ("ann", bytes(range(16)), "S", "shop", False, True, True),
        ("bob", shop.value("SUSER_SID('bob')"), "S", "master", True, False, False),
    ]
    assert shop.ask("SELECT name, dbcreator, sysadmin, hasaccess FROM sys.syslogins ORDER BY name") == [
        ("ann", 1, 0, 1),
        ("bob", 0, 0, 1),
        ("sa", 0, 1, 1),
    ]
    assert shop.ask("SELECT SUSER_SNAME(SUSER_SID('ann')), SUSER_NAME(SUSER_ID('ANN')), SUSER_ID('x')") == [
        ("ann", "ann", None)
    ]
    assert shop.error("ALTER LOGIN bob ENABLE").number == 15510
    assert shop.error(
        f"CREATE LOGIN c WITH PASSWORD = '{PASSWORD}', SID = 0x000102030405060708090A0B0C0D0E0F"
    )


# --- users and roles ---


def test_users_and_roles_in_the_views(shop: Shop) -> None:
    shop.do(
        f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}'",
        "CREATE USER annie FOR LOGIN ann WITH DEFAULT_SCHEMA = nowhere",
        "CREATE USER lone WITHOUT LOGIN",
        "CREATE ROLE clerks AUTHORIZATION lone",
        "ALTER ROLE clerks ADD MEMBER annie",
        "ALTER USER annie WITH NAME = ann2, DEFAULT_SCHEMA = dbo",
        "ALTER ROLE clerks WITH NAME = tellers",
    )
    assert shop.ask(
        "SELECT name, type_desc, default_schema_name, USER_NAME(owning_principal_id), "
        "authentication_type_desc, SUSER_SNAME(sid) FROM sys.database_principals "
        "WHERE principal_id BETWEEN 5 AND 16383 ORDER BY name"
    ) == [
        ("ann2", "SQL_USER", "dbo", None, "INSTANCE", "ann"),
        ("lone", "SQL_USER", "dbo", None, "NONE", None),
        ("tellers", "DATABASE_ROLE", None, "lone", "NONE", None),
    ]
    assert shop.ask(
        "SELECT USER_NAME(role_principal_id), USER_NAME(member_principal_id) FROM sys.database_role_members"
    ) == [("tellers", "ann2"), ("db_owner", "dbo")]
    assert shop.ask("SELECT hasdbaccess, issqluser, issqlrole FROM sysusers WHERE name = 'ann2'") == [
        (1, 1, 0)
    ]
    shop.do("ALTER ROLE tellers DROP MEMBER ann2", "DROP ROLE tellers", "DROP USER IF EXISTS ann2")
    shop.do("DROP USER IF EXISTS ann2", "DROP ROLE IF EXISTS tellers")
    assert shop.ask("SELECT COUNT(*) FROM sys.database_permissions WHERE permission_name = 'CONNECT'") == [
        (2,)
    ]


def test_a_user_moves_to_another_login(shop: Shop) -> None:
    shop.do(
        f"CREATE LOGIN old WITH PASSWORD = '{PASSWORD}'",
        f"CREATE LOGIN fresh WITH PASSWORD = '{PASSWORD}'",
        "CREATE USER u FOR LOGIN old",
        "ALTER USER u WITH LOGIN = fresh",
    )
    with pytest.raises(SqlError):
        shop.log_in("old", PASSWORD)
    assert shop.value("USER_NAME()", shop.log_in("fresh", PASSWORD)) == "u"


def test_membership_functions(shop: Shop) -> None:
    shop.do(
        "CREATE USER u WITHOUT LOGIN",
        "CREATE ROLE outermost",
        "CREATE ROLE middle",
        "ALTER ROLE middle ADD MEMBER u",
        "ALTER ROLE outermost ADD MEMBER middle",
    )
    expected = {
        "IS_ROLEMEMBER('outermost', 'u')": 1,
        "IS_ROLEMEMBER('middle', 'u')": 1,
        "IS_ROLEMEMBER('middle', 'nosuch')": None,
        "IS_ROLEMEMBER('db_owner', 'dbo')": 1,
        "IS_ROLEMEMBER('middle', 'middle')": 1,
        "IS_ROLEMEMBER('middle', 'dbo')": 0,
        "IS_ROLEMEMBER('public', 'u')": 1,
        "IS_ROLEMEMBER('public', 'nosuch')": None,
        "IS_ROLEMEMBER('outermost', 'middle')": 1,
        "IS_ROLEMEMBER('db_owner', 'u')": 0,
        "IS_MEMBER('middle')": 0,
        "IS_MEMBER('db_owner')": 1,
        "IS_MEMBER('nosuch')": None,
    }
    assert shop.ask(f"SELECT {', '.join(expected)}") == [tuple(expected.values())]


def test_the_procedures_for_people(shop: Shop) -> None:
    shop.do(
        f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}'",
        "CREATE USER ann",
        "CREATE ROLE clerks",
        "EXEC sp_addrolemember 'clerks', 'ann'",
        "EXEC sp_addsrvrolemember 'ann', 'dbcreator'",
        "EXEC sp_password NULL, 'Another-Pass-2', 'ann'",
    )
    ((user, role, login, default, schema, number, _),) = shop.ask("EXEC sp_helpuser 'ann'")
    assert (user, role, login, default, schema) == ("ann", "clerks", "ann", "master", "dbo")
    assert number == shop.value("USER_ID('ann')")
    assert shop.ask("EXEC sp_helprole 'clerks'") == [("clerks", shop.value("USER_ID('clerks')"), 0)]
    assert [row[:2] for row in shop.ask("EXEC sp_helprolemember 'clerks'")] == [("clerks", "ann")]
    assert [row[:2] for row in shop.ask("EXEC sp_helpsrvrolemember")] == [
        ("sysadmin", "sa"),
        ("dbcreator", "ann"),
    ]
    assert len(shop.ask("EXEC sp_helpsrvrole")) == 8
    shop.do("EXEC sp_droprolemember 'clerks', 'ann'", "EXEC sp_dropsrvrolemember 'ann', 'dbcreator'")
    assert shop.value("IS_ROLEMEMBER('clerks', 'ann')") == 0
    assert shop.value("IS_SRVROLEMEMBER('dbcreator', 'ann')") == 0
    shop.log_in("ann", "Another-Pass-2").close()


# --- owners ---


def test_schemas_and_databases_have_owners(shop: Shop) -> None:
    shop.do(
        f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}'",
        "CREATE USER u WITHOUT LOGIN",
        "CREATE ROLE r",
        "CREATE SCHEMA s AUTHORIZATION u",
        "CREATE SCHEMA plain",
    )
    owners = "SELECT name, USER_NAME(principal_id) FROM sys.schemas WHERE schema_id > 4 ORDER BY name"
    assert shop.ask(owners) == [("plain", "dbo"), ("s", "u")]
    shop.do("ALTER AUTHORIZATION ON SCHEMA::s TO r", "ALTER AUTHORIZATION ON ROLE::r TO u")
    assert shop.ask(owners) == [("plain", "dbo"), ("s", "r")]
    assert shop.value("USER_NAME(owning_principal_id) FROM sys.database_principals WHERE name = 'r'") == "u"
    shop.do("ALTER AUTHORIZATION ON DATABASE::shop TO ann")
    assert shop.value("SUSER_SNAME(owner_sid) FROM sys.databases WHERE name = 'shop'") == "ann"
    assert shop.value("USER_NAME()", shop.log_in("ann", PASSWORD)) == "dbo"


def test_a_database_belongs_to_the_login_that_made_it(shop: Shop) -> None:
    shop.do(f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}'", "ALTER SERVER ROLE dbcreator ADD MEMBER ann")
    session = shop.log_in("ann", PASSWORD, "master")
    shop.do("CREATE DATABASE mine", "USE mine", "CREATE TABLE t (a int)", session=session)
    assert shop.ask("SELECT USER_NAME(), COUNT(*) FROM t", session) == [("dbo", 0)]
    assert shop.value("SUSER_SNAME(owner_sid) FROM sys.databases WHERE name = 'mine'") == "ann"
