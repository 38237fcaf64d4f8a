"""What becomes of a session whose user is dropped, and of names without a schema in HAS_PERMS_BY_NAME."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from tests.runtime.conftest import PASSWORD, assert_ok, rows
from tests.security.people import ANN, failing, populate


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Instance]:
    made = Instance(tmp_path / "people", sa_password=PASSWORD, threads=2)
    populate(made)
    yield made
    made.close()


@pytest.fixture
def administrator(opened: Instance) -> Iterator[Session]:
    session = opened.login(Login("sa", PASSWORD, "shop"))
    yield session
    session.close()


def test_who_impersonates_a_dropped_user_does_not_become_the_next_one(opened, administrator):
    other = opened.login(Login("sa", PASSWORD, "shop"))
    assert_ok(other.run_batch("CREATE USER last WITHOUT LOGIN"))
    [(number,)] = rows(administrator.run_batch("SELECT USER_ID('last')"))
    assert_ok(administrator.run_batch("EXECUTE AS USER = 'last'"))
    assert rows(administrator.run_batch("SELECT USER_NAME()")) == [("last",)]
    assert_ok(other.run_batch("DROP USER last; CREATE USER next WITHOUT LOGIN"))
    assert rows(other.run_batch("SELECT USER_ID('next')")) == [(number,)]
    assert failing(administrator, "SELECT USER_NAME()") == [916]
    assert failing(administrator, "SELECT * FROM dbo.secret") == [916]


def test_has_perms_by_name_looks_in_the_callers_schema_first(opened, administrator):
    assert_ok(administrator.run_batch("ALTER USER ann WITH DEFAULT_SCHEMA = crew"))
    assert_ok(administrator.run_batch("CREATE TABLE crew.logbook (a int); CREATE TABLE crew.secret (a int)"))
    assert_ok(
        administrator.run_batch("GRANT SELECT ON crew.logbook TO ann; GRANT SELECT ON dbo.secret TO ann")
    )
    ann = opened.login(Login("ann", ANN, "shop"))
    asked = ("logbook", "secret", "dbo.secret", "dbo.logbook")
    sql = ", ".join(f"HAS_PERMS_BY_NAME('{name}', 'OBJECT', 'SELECT')" for name in asked)
    assert rows(ann.run_batch(f"SELECT {sql}")) == [(1, 0, 1, None)]
    assert rows(ann.run_batch("SELECT HAS_PERMS_BY_NAME('by_bobby', 'OBJECT', 'EXECUTE')")) == [(1,)]
