"""How far rights reach: the ends of an impersonation, of an ownership chain, of a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from tests.runtime.conftest import PASSWORD, assert_ok, rows
from tests.security.people import ANN, BOB, failing, populate, who


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Instance]:
    made = Instance(tmp_path / "data", sa_password=PASSWORD, threads=2)
    populate(made)
    yield made
    made.close()


@pytest.fixture
def administrator(opened: Instance) -> Session:
    return opened.login(Login("sa", PASSWORD, "shop"))


@pytest.fixture
def ann(opened: Instance) -> Session:
    return opened.login(Login("ann", ANN, "shop"))


def test_a_user_is_known_in_its_database_only(administrator):
    """Even the user of a member of sysadmin has nothing outside, and nothing on the server."""
    assert_ok(administrator.run_batch("ALTER SERVER ROLE sysadmin ADD MEMBER bob"))
    assert_ok(administrator.run_batch("EXECUTE AS USER = 'bobby'"))
    assert failing(administrator, "USE elsewhere") == [916]
    assert failing(administrator, "SELECT * FROM elsewhere.sys.tables") == [916]
    assert failing(administrator, "EXEC elsewhere.dbo.anything") == [916]
    assert failing(administrator, "RECONFIGURE") == [5812]
    assert failing(administrator, "SELECT a FROM dbo.secret") == [229]


def test_a_login_is_known_everywhere(administrator):
    assert_ok(administrator.run_batch("ALTER SERVER ROLE sysadmin ADD MEMBER bob"))
    assert_ok(administrator.run_batch("EXECUTE AS LOGIN = 'bob'; USE elsewhere"))
    assert who(administrator) == ("dbo", "bob", "sa")
    # Back only where EXECUTE AS was called.
    assert failing(administrator, "REVERT") == [15199]
    assert failing(administrator, "USE shop; REVERT") == []


def test_a_login_without_a_user_here_cannot_be_impersonated_here(administrator):
    assert failing(administrator, "USE elsewhere; EXECUTE AS LOGIN = 'bob'") == [916]
    assert who(administrator) == ("dbo", "sa", "sa")


def test_it_is_kept_in_the_catalog_and_survives_a_restart(opened, administrator, ann, tmp_path):
    text = "SELECT execute_as_principal_id FROM sys.sql_modules WHERE object_id = OBJECT_ID('{}')"
    assert rows(administrator.run_batch(text.format("dbo.by_owner"))) == [(-2,)]
    assert rows(administrator.run_batch(text.format("dbo.leaves_it"))) == [(None,)]
    ((number,),) = rows(administrator.run_batch("SELECT USER_ID('bobby')"))
    assert rows(administrator.run_batch(text.format("dbo.by_bobby"))) == [(number,)]
    opened.close()
    again = Instance(tmp_path / "data", sa_password=PASSWORD, threads=2)
    try:
        session = again.login(Login("ann", ANN, "shop"))
        assert rows(session.run_batch("EXEC dbo.by_bobby")) == [("bobby", "bob", "ann")]
    finally:
        again.close()


def test_self_is_whoever_wrote_the_procedure(administrator, ann):
    assert_ok(administrator.run_batch("GRANT CREATE PROCEDURE TO ann; GRANT ALTER ON SCHEMA::crew TO ann"))
    assert_ok(ann.run_batch("CREATE PROCEDURE crew.mine WITH EXECUTE AS SELF AS SELECT USER_NAME()"))
    assert rows(administrator.run_batch("EXEC crew.mine")) == [("ann",)]


def test_a_role_cannot_be_run_as(administrator, ann):
    assert_ok(administrator.run_batch("CREATE ROLE gang"))
    assert_ok(administrator.run_batch("CREATE SCHEMA of_gang AUTHORIZATION gang"))
    text = "CREATE PROCEDURE of_gang.p WITH EXECUTE AS OWNER AS SELECT 1"
    assert failing(administrator, text) == [15517]
    assert failing(administrator, text.replace("OWNER", "'gang'")) == [15517]


def test_a_chain_is_as_long_as_the_owner_is_the_same(administrator, ann):
    assert_ok(administrator.run_batch("CREATE TABLE crew.mine (a int); INSERT crew.mine VALUES (5)"))
    assert_ok(administrator.run_batch("CREATE PROCEDURE dbo.reads AS SELECT a FROM crew.mine"))
    assert failing(ann, "EXEC dbo.reads") == [229]
    assert_ok(administrator.run_batch("ALTER AUTHORIZATION ON SCHEMA::crew TO dbo"))
    assert rows(ann.run_batch("EXEC dbo.reads")) == [(5,)]


def test_a_chain_does_not_lead_into_another_database(administrator, ann):
    assert_ok(administrator.run_batch("CREATE TABLE elsewhere.dbo.t (a int)"))
    assert_ok(administrator.run_batch("CREATE PROCEDURE dbo.reads AS SELECT a FROM elsewhere.dbo.t"))
    assert_ok(administrator.run_batch("CREATE VIEW dbo.there AS SELECT a FROM elsewhere.dbo.t"))
    assert_ok(administrator.run_batch("GRANT SELECT ON dbo.there TO ann"))
    for text in ("EXEC dbo.reads", "SELECT a FROM dbo.there"):
        assert failing(ann, text) == [916]
    assert_ok(administrator.run_batch("USE elsewhere; CREATE USER ann FOR LOGIN ann"))
    for text in ("EXEC dbo.reads", "SELECT a FROM dbo.there"):
        assert failing(ann, text) == [229]
    assert_ok(administrator.run_batch("GRANT SELECT ON dbo.t TO ann"))
    for text in ("EXEC dbo.reads", "SELECT a FROM dbo.there"):
        assert failing(ann, text) == []


def test_guests_are_let_in_where_guest_may_connect(administrator, ann):
    assert failing(ann, "USE elsewhere") == [916]
    assert_ok(administrator.run_batch("USE elsewhere; GRANT CONNECT TO guest"))
    assert rows(ann.run_batch("USE elsewhere; SELECT USER_NAME()")) == [("guest",)]


def test_the_owner_of_a_database_is_its_dbo(opened, administrator):
    assert_ok(administrator.run_batch("USE master; GRANT CREATE ANY DATABASE TO ann"))
    owner = opened.login(Login("ann", ANN))
    assert_ok(owner.run_batch("CREATE DATABASE hers"))
    assert rows(owner.run_batch("USE hers; CREATE TABLE dbo.t (a int); SELECT USER_NAME()")) == [("dbo",)]
    assert failing(opened.login(Login("bob", BOB)), "USE hers") == [916]


def test_what_a_name_without_a_schema_means(administrator, ann):
    assert_ok(administrator.run_batch("ALTER USER ann WITH DEFAULT_SCHEMA = crew; GRANT CONTROL TO ann"))
    assert_ok(administrator.run_batch("CREATE TABLE dbo.both (a varchar(4)); INSERT dbo.both VALUES ('dbo')"))
    assert_ok(administrator.run_batch("CREATE PROCEDURE crew.reads AS SELECT a FROM both"))
    assert_ok(administrator.run_batch("CREATE VIEW crew.view_of_dbo AS SELECT a FROM both"))
    assert rows(ann.run_batch("SELECT a FROM both")) == [("dbo",)]
    assert_ok(ann.run_batch("CREATE TABLE both (a varchar(4)); INSERT both VALUES ('crew')"))
    assert rows(ann.run_batch("SELECT a FROM both; SELECT SCHEMA_NAME()")) == [("crew",), ("crew",)]
    assert rows(
        ann.run_batch("SELECT COUNT(*) FROM both WHERE OBJECT_ID('both') = OBJECT_ID('crew.both')")
    ) == [(1,)]
    assert rows(administrator.run_batch("SELECT a FROM both; SELECT SCHEMA_NAME()")) == [("dbo",), ("dbo",)]
    assert rows(administrator.run_batch("EXEC crew.reads")) == [("crew",)]
    assert rows(ann.run_batch("SELECT a FROM view_of_dbo")) == [("dbo",)]
    assert_ok(ann.run_batch("DROP TABLE both"))
    assert rows(ann.run_batch("SELECT a FROM both")) == [("dbo",)]
