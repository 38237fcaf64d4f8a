"""A database with people in it, for the tests of who may do what."""

from __future__ import annotations

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from tests.runtime.conftest import PASSWORD, assert_ok, errors, rows

ANN, BOB = "Ann-Pass-12!", "Bob-Pass-12!"

WHO = "SELECT USER_NAME(), SUSER_SNAME(), ORIGINAL_LOGIN()"

SETUP = """
CREATE LOGIN ann WITH PASSWORD = 'Ann-Pass-12!', CHECK_POLICY = OFF
CREATE LOGIN bob WITH PASSWORD = 'Bob-Pass-12!', CHECK_POLICY = OFF
CREATE USER ann FOR LOGIN ann
CREATE USER bobby FOR LOGIN bob
CREATE USER ghost WITHOUT LOGIN
GRANT IMPERSONATE ON USER::bobby TO ann
CREATE TABLE dbo.secret (a int)
INSERT dbo.secret VALUES (1)
GO
CREATE SCHEMA crew AUTHORIZATION bobby
GO
CREATE PROCEDURE dbo.by_owner WITH EXECUTE AS OWNER AS SELECT USER_NAME(), SUSER_SNAME(), ORIGINAL_LOGIN()
GO
CREATE PROCEDURE dbo.by_bobby WITH EXECUTE AS 'bobby' AS SELECT USER_NAME(), SUSER_SNAME(), ORIGINAL_LOGIN()
GO
CREATE PROCEDURE crew.by_owner WITH EXECUTE AS OWNER AS SELECT USER_NAME(), SUSER_SNAME(), ORIGINAL_LOGIN()
GO
CREATE PROCEDURE dbo.caller_inside WITH EXECUTE AS OWNER AS
SELECT USER_NAME(); EXECUTE AS CALLER; SELECT USER_NAME()
REVERT; SELECT USER_NAME(); REVERT; SELECT USER_NAME()
GO
CREATE PROCEDURE dbo.leaves_it AS EXECUTE AS USER = 'bobby'; SELECT USER_NAME()
GO
CREATE PROCEDURE dbo.fails WITH EXECUTE AS OWNER AS SELECT * FROM dbo.not_there
GO
CREATE PROCEDURE dbo.no_revert AS EXECUTE AS USER = 'bobby' WITH NO REVERT
GO
GRANT EXECUTE TO ann
"""


def populate(instance: Instance) -> None:
    """The databases shop, with ``SETUP``, and elsewhere, where nobody is a user."""
    session = instance.login(Login("sa", PASSWORD))
    assert_ok(session.run_batch("CREATE DATABASE shop"))
    assert_ok(session.run_batch("CREATE DATABASE elsewhere"))
    assert_ok(session.run_batch("USE shop"))
    for batch in SETUP.split("GO\n"):
        assert_ok(session.run_batch(batch))
    session.close()


def failing(session: Session, text: str) -> list[int]:
    """The numbers of a batch's errors."""
    return errors(list(session.run_batch(text)))


def who(session: Session) -> tuple[str, str, str]:
    """The user, the login, and the login at the beginning."""
    ((user, login, original),) = rows(session.run_batch(WHO))
    return user, login, original
