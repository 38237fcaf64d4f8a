"""Attacks by somebody with few rights: those of ``adversary``, and some that need a state of their own."""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import Callable, Iterator

import pyodbc
import pytest

from db import connection_string
from db.target import Target
from localdb.runtime.requests import ProcedureArgument
from localdb.runtime.session import Session
from localdb.types import nvarchar
from tests.runtime.conftest import assert_ok, errors
from tests.security.adversary import ASKING, DEFINING, ELSEWHERE, PASSWORDS, READING, RISING, SETUP, WRITING

HERE = [*READING, *WRITING, *DEFINING, *RISING]


# --- one statement each ---


@pytest.mark.parametrize(("statement", "numbers"), [*HERE, *ELSEWHERE], ids=lambda v: str(v)[:70])
def test_what_is_not_allowed_fails_with_its_number_and_shows_nothing(world, statement, numbers):
    assert world.outcome("low", statement) == (numbers, [])


@pytest.mark.parametrize(("question", "shown"), ASKING, ids=lambda v: str(v)[:70])
def test_questions_show_nothing_of_what_is_hidden(world, question, shown):
    assert world.outcome("low", question) == ([], shown)


@pytest.mark.parametrize(("statement", "numbers"), READING, ids=lambda v: str(v)[:70])
def test_a_plan_that_sa_compiled_serves_nobody_else(world, statement, numbers):
    """The other way round, what low was refused is not refused sa."""
    world.outcome("sa", statement)
    assert world.outcome("low", statement) == (numbers, [])
    as_administrator = world.outcome("sa", statement)[0]
    assert not {229, 262, 297, 300} & set(as_administrator)


@pytest.mark.parametrize(("statement", "numbers"), [*HERE, *ELSEWHERE], ids=lambda v: str(v)[:70])
def test_an_impersonated_user_gets_no_further(world, statement, numbers):
    """sa's own rights shine through nowhere: not where a definition is compiled or a default evaluated."""
    found, shown = world.outcome("sa", "EXECUTE AS USER = 'low'", statement)
    if re.search(r"\bmaster\b", statement):
        # A user of one database is nobody in another, whatever the login behind it.
        assert found[0] == 916
    else:
        assert found == numbers
    assert shown == []


@pytest.mark.parametrize(("statement", "numbers"), HERE, ids=lambda v: str(v)[:70])
def test_a_denied_statement_leaves_no_lock_behind(world, statement, numbers):
    session = world.log_in("low")
    try:
        list(session.run_batch("BEGIN TRANSACTION"))
        list(session.run_batch(statement))
        locks = [world.instance.require_database(name).lock for name in ("shop", "elsewhere", "master")]
        assert [lock.owner for lock in locks] == [None, None, None]
    finally:
        session.close()


# --- over a driver ---


@pytest.fixture(scope="module")
def wire(new_database: Callable[[str], Target], driver_parts: dict[str, str]) -> Iterator[pyodbc.Connection]:
    """A connection of low, whose login has another name, since logins are everybody's."""
    target = new_database("adversary")
    target.create_database()
    names = {name: f"{name}_{uuid.uuid4().hex[:8]}" for name in ("low", "maker", "zoe")}
    logins, *batches = SETUP.split("GO\n")
    for name, unique in names.items():
        logins = logins.replace(f"LOGIN {name}", f"LOGIN {unique}")
        batches = [batch.replace(f"FOR LOGIN {name}\n", f"FOR LOGIN {unique}\n") for batch in batches]
    with target.connect("master") as connection:
        connection.run(logins)
    with target.connect() as connection:
        for batch in batches:
            connection.run(batch)
    own = connection_string.without(driver_parts, "UID", "PWD", "Database")
    parts = {**own, "UID": names["low"], "PWD": PASSWORDS["low"], "Database": target.database}
    with contextlib.closing(pyodbc.connect(connection_string.render(parts), autocommit=True)) as connection:
        yield connection
    with target.connect("master") as administrator:
        for unique in names.values():
            administrator.run(f"DROP LOGIN {unique}")


def numbers_over_wire(connection: pyodbc.Connection, statement: str) -> list[int]:
    try:
        cursor = connection.execute(statement)
        while cursor.nextset():
            pass
    except pyodbc.Error as error:
        return [int(number) for number in re.findall(r"\((\d+)\)", str(error.args[1])) if number != "0"]
    return []


def test_a_driver_gets_the_same_numbers(wire):
    """Statements that name no login (those are called otherwise here), and none that changes the database."""
    logins = re.compile(r"LOGIN|SERVER ROLE|srvrole|password|USE |external_script ")
    for statement, expected in HERE:
        if not logins.search(statement):
            assert set(numbers_over_wire(wire, statement)) & set(expected), statement


# --- remote procedure calls ---


def call(session: Session, name: str, *arguments: str) -> list[int]:
    given = [ProcedureArgument("", nvarchar(4000), argument) for argument in arguments]
    return errors(list(session.run_procedure(name, given)))


@pytest.mark.parametrize("name", ["low", "sa"])
def test_remote_procedure_calls_are_judged_like_batches(world, name):
    """sa as low: parameters travel by remote calls, and EXECUTE AS holds for these too."""
    session = world.log_in(name)
    if name == "sa":
        assert_ok(session.run_batch("EXECUTE AS USER = 'low'"))
    assert call(session, "sp_executesql", "SELECT a FROM dbo.hidden") == [229]
    assert call(session, "dbo.hidden_one") == [229]
    assert call(session, "sp_helptext", "dbo.peek") == [15009]
    assert call(session, "sp_addrolemember", "db_owner", "low") == [15151]
    assert call(session, "sp_password", "wrong", "abcABC123!") == [15151]
    session.close()
