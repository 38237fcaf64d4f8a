"""Deep nesting ends in error 191, never in a RecursionError."""

from __future__ import annotations

import pytest

from localdb.errors import SqlError
from localdb.tsql import ast
from localdb.tsql.parser import parse_batch

PARENTHESES = 400
BLOCKS = 100
FAR_TOO_MANY = 10_000


@pytest.mark.parametrize(
    "text",
    [
        "SELECT {open}1{close}",
        "SET @x = {open}1{close}",
        "IF {open}1 = 1{close} SELECT 1",
        "DECLARE @x int = {open}1{close}",
        "CREATE TABLE t (a int CHECK ({open}a > 1{close}))",
    ],
)
def test_parentheses(text: str) -> None:
    assert len(parse_batch(text.format(open="(" * PARENTHESES, close=")" * PARENTHESES))) == 1
    with pytest.raises(SqlError) as error:
        parse_batch(text.format(open="(" * FAR_TOO_MANY, close=")" * FAR_TOO_MANY))
    assert error.value.number == 191


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("BEGIN ", " END"),
        ("IF 1 = 1 ", ""),
        ("IF 1 = 1 SELECT 2 ELSE ", ""),
        ("WHILE 1 = 1 ", ""),
        ("BEGIN TRY ", " END TRY BEGIN CATCH END CATCH"),
    ],
)
def test_statements(before: str, after: str) -> None:
    assert len(parse_batch(before * BLOCKS + "SELECT 1" + after * BLOCKS)) == 1
    with pytest.raises(SqlError) as error:
        parse_batch(before * FAR_TOO_MANY + "SELECT 1" + after * FAR_TOO_MANY)
    assert error.value.number == 191


def test_if_with_blocks() -> None:
    text = "IF 1 = 1 BEGIN " * (BLOCKS - 1) + "SELECT 1" + " END" * (BLOCKS - 1)
    assert isinstance(parse_batch(text)[0], ast.If)


def test_nested_case_and_comments_need_no_stack() -> None:
    case = "CASE WHEN 1 = 1 THEN " * FAR_TOO_MANY + "1" + " END" * FAR_TOO_MANY
    comment = "/*" * FAR_TOO_MANY + "*/" * FAR_TOO_MANY
    assert len(parse_batch(f"SET @x = {case} {comment} SET @y = {'-' * 1}1")) == 2


def test_many_statements_side_by_side() -> None:
    assert len(parse_batch("SELECT 1 " * 20_000)) == 20_000
