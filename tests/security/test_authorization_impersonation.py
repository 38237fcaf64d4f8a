"""EXECUTE AS, REVERT and the EXECUTE AS of procedures: who counts when, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from tests.runtime.conftest import PASSWORD, assert_ok, rows
from tests.security.people import ANN, failing, populate, who


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = Instance(tmp_path_factory.mktemp("people"), sa_password=PASSWORD, threads=2)
    populate(made)
    yield made
    made.close()


@pytest.fixture
def administrator(opened: Instance) -> Session:
    return opened.login(Login("sa", PASSWORD, "shop"))


@pytest.fixture
def ann(opened: Instance) -> Session:
    return opened.login(Login("ann", ANN, "shop"))


def test_a_user_is_impersonated_from_batch_to_batch_until_revert(ann):
    assert who(ann) == ("ann", "ann", "ann")
    assert_ok(ann.run_batch("EXECUTE AS USER = 'bobby'"))
    assert who(ann) == ("bobby", "bob", "ann")
    assert_ok(ann.run_batch("REVERT"))
    assert who(ann) == ("ann", "ann", "ann")
    assert_ok(ann.run_batch("REVERT"))
    assert who(ann) == ("ann", "ann", "ann")


def test_the_name_may_be_a_variable_and_statements_need_no_semicolon(ann):
    text = "DECLARE @u sysname = 'bobby' EXEC AS USER = @u SELECT USER_NAME() REVERT SELECT USER_NAME()"
    assert rows(ann.run_batch(text)) == [("bobby",), ("ann",)]


def test_impersonations_nest(administrator):
    assert_ok(administrator.run_batch("EXECUTE AS LOGIN = 'ann'; EXECUTE AS USER = 'bobby'"))
    assert who(administrator) == ("bobby", "bob", "sa")
    assert_ok(administrator.run_batch("REVERT"))
    assert who(administrator) == ("ann", "ann", "sa")
    assert_ok(administrator.run_batch("REVERT"))
    assert who(administrator) == ("dbo", "sa", "sa")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("EXECUTE AS USER = 'nobody'", 15517),
        ("EXECUTE AS USER = 'dbo'", 15517),
        ("EXECUTE AS USER = 'ghost'", 15517),
        ("EXECUTE AS USER = 'public'", 15517),
        ("EXECUTE AS USER = 'db_owner'", 15517),
        ("EXECUTE AS LOGIN = 'bob'", 15406),
        ("EXECUTE AS LOGIN = 'sa'", 15406),
        ("EXECUTE AS LOGIN = 'sysadmin'", 15406),
        ("EXECUTE AS LOGIN = 'nobody'", 15406),
        ("EXEC dbo.no_revert", 15590),
        ("EXECUTE AS USER = 'bobby' WITH COOKIE INTO @c", 40517),
        ("REVERT WITH COOKIE = @c", 40517),
    ],
)
def test_refused(ann, text, number):
    assert failing(ann, text) == [number]
    assert who(ann)[0] == "ann"


def test_oneself_can_always_be_impersonated(ann):
    assert_ok(ann.run_batch("EXECUTE AS USER = 'ann'; EXECUTE AS LOGIN = 'ann'"[:25]))
    assert who(ann)[0] == "ann"


def test_no_revert(ann):
    assert_ok(ann.run_batch("EXECUTE AS USER = 'bobby' WITH NO REVERT"))
    assert failing(ann, "REVERT") == [15196]
    assert who(ann)[0] == "bobby"


def test_reset_of_the_connection_ends_impersonation(administrator):
    assert_ok(administrator.run_batch("EXECUTE AS USER = 'ghost'"))
    administrator.reset(keep_transaction=False)
    assert_ok(administrator.run_batch("USE shop"))
    assert who(administrator) == ("dbo", "sa", "sa")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("EXEC dbo.by_owner", ("dbo", "sa", "ann")),
        ("EXEC dbo.by_bobby", ("bobby", "bob", "ann")),
        ("EXEC crew.by_owner", ("bobby", "bob", "ann")),
    ],
)
def test_a_procedure_runs_as_it_says_and_only_while_it_runs(ann, call, expected):
    assert rows(ann.run_batch(call)) == [expected]
    assert who(ann) == ("ann", "ann", "ann")


def test_execute_as_caller_inside(ann):
    assert rows(ann.run_batch("EXEC dbo.caller_inside")) == [("dbo",), ("ann",), ("dbo",), ("dbo",)]


@pytest.mark.parametrize(
    "text",
    ["EXEC dbo.leaves_it", "EXEC ('EXECUTE AS USER = ''bobby''; SELECT USER_NAME()')"],
)
def test_what_a_scope_does_not_revert_ends_with_it(ann, text):
    assert rows(ann.run_batch(text)) == [("bobby",)]
    assert who(ann)[0] == "ann"


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("EXEC dbo.fails", 208),
        ("BEGIN TRY EXEC dbo.fails END TRY BEGIN CATCH SELECT USER_NAME() END CATCH", 0),
    ],
)
def test_an_error_inside_ends_it_too(ann, text, caught):
    assert failing(ann, text) == ([caught] if caught else [])
    assert who(ann)[0] == "ann"
