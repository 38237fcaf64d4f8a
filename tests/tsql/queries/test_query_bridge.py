"""Slices become trees whole, or a numbered syntax error with the line in the batch."""

from __future__ import annotations

import threading

import pytest
from sqlglot import exp

from localdb.errors import SqlError
from localdb.tsql.ast import Slice
from localdb.tsql.bridge import parse_slice, with_deep_stack


def _error(text: str, kind: str = "query", line: int = 1) -> SqlError:
    with pytest.raises(SqlError) as caught:
        parse_slice(Slice(text, line), kind)  # type: ignore[arg-type]
    return caught.value


def test_kinds() -> None:
    assert isinstance(parse_slice(Slice("SELECT 1", 1)), exp.Select)
    assert isinstance(parse_slice(Slice("SELECT 1 UNION SELECT 2", 1)), exp.Union)
    assert isinstance(parse_slice(Slice("(SELECT 1)", 1)), exp.Subquery)
    assert isinstance(parse_slice(Slice("@a + 1", 1), "expression"), exp.Add)
    assert isinstance(parse_slice(Slice("@a = 1 OR EXISTS (SELECT 1)", 1), "condition"), exp.Or)


@pytest.mark.parametrize(
    ("text", "number", "near"),
    [
        ("SELECT a, FROM t", 156, "FROM"),
        ("SELECT a FROM t,", 102, ","),
        ("SELECT a FROM t ORDER BY a,", 102, ","),
        ("SELECT a FROM t WHERE", 156, "WHERE"),
        ("SELECT a FROM WHERE 1 = 1", 156, "WHERE"),
        ("SELECT a b c FROM t", 102, "c"),
        ("SELECT (1", 102, "1"),
        ("SELECT 1; SELECT 2", 156, "SELECT"),
        ("SELECT a FROM t *", 102, "*"),
        ("SELECT TOP @n a FROM t", 156, "TOP"),
        ("UPDATE t SET a = 1", 156, "UPDATE"),
        ("", 102, ""),
    ],
)
def test_syntax_errors(text: str, number: int, near: str) -> None:
    error = _error(text)
    assert (error.number, error.severity) == (number, 15)
    assert error.message.endswith(f"'{near}'.")


def test_the_line_is_the_batch_line() -> None:
    assert _error("SELECT a\nFROM t\nWHERE a = = 1", line=10).line == 12


@pytest.mark.parametrize("text", ["1 FROM t", "1, 2", "1 AS x", "*", "1 WHERE 1 = 1", "1 UNION SELECT 2"])
def test_an_expression_is_nothing_more(text: str) -> None:
    assert _error(text, "expression").number in (102, 156)


@pytest.mark.parametrize("text", ["1 = 1 GROUP BY a", "1 = 1 ORDER BY 1", "1 = 1 UNION SELECT 2"])
def test_a_condition_is_nothing_more(text: str) -> None:
    assert _error(text, "condition").number in (102, 156)


@pytest.mark.parametrize("depth", [100, 900])
def test_deep_parentheses(depth: int) -> None:
    text = Slice("SELECT " + "(" * depth + "1" + ")" * depth, 1)
    node = with_deep_stack(lambda: parse_slice(text))
    assert isinstance(node, exp.Select)


@pytest.mark.parametrize("opening", ["(", "(SELECT "])
def test_too_deep_is_error_191(opening: str) -> None:
    text = Slice("SELECT " + opening * 5000 + "1" + ")" * 5000, 1)
    with pytest.raises(SqlError) as caught:
        with_deep_stack(lambda: parse_slice(text))
    assert caught.value.number == 191
    assert isinstance(parse_slice(Slice("SELECT 1", 1)), exp.Select)


def test_deep_stack_passes_results_and_errors_on_and_leaves_no_thread() -> None:
    def recurse(depth: int) -> int:
        return 0 if depth == 0 else 1 + recurse(depth - 1)

    def fail(depth: int) -> None:
        if depth == 0:
            raise KeyError("reached")
        fail(depth - 1)

    before = threading.active_count()
    assert with_deep_stack(lambda: recurse(5000)) == 5000
    with pytest.raises(KeyError, match="reached"):
        with_deep_stack(lambda: fail(5000))
    with pytest.raises(SqlError) as caught:
        with_deep_stack(lambda: recurse(1_000_000))
    assert caught.value.number == 191
    assert threading.active_count() == before
