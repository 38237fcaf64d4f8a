"""From a slice of T-SQL text to sqlglot's tree: one query, one expression or one search condition."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Literal, TypeVar, cast

from sqlglot import ErrorLevel, Token, exp
from sqlglot.errors import ParseError, TokenError

from localdb.errors import SqlError, sql_error
from localdb.tsql.ast import Slice
from localdb.tsql.query_grammar import QueryTSQL
from localdb.tsql.reserved import RESERVED_WORDS
from localdb.tsql.token_checks import misplaced, too_deep

T = TypeVar("T")
Kind = Literal["query", "expression", "condition"]

_PREFIXES = {"query": "", "expression": "SELECT ", "condition": "SELECT 1 WHERE "}
_DIALECT = QueryTSQL()
_STACK_SIZE = 256 * 1024 * 1024
_RECURSION_LIMIT = 20_000
_deep_stack = threading.Lock()
"""The stack size of new threads and the recursion limit belong to the process: one thread changes them at a
time.
"""


def parse_slice(text: Slice, kind: Kind = "query") -> exp.Expression:
    """Parse a slice whole; 102 or 156 with the line in the batch when it is not one ``kind``.

    A query yields exp.Select, exp.SetOperation or exp.Subquery; an expression or condition its own node,
    which stays inside of the SELECT that was put around it. RecursionError when it is nested too deeply for
    this thread.
    """
    source = _PREFIXES[kind] + text.text
    try:
        tokens = _DIALECT.tokenize(source)
        _check_tokens(tokens, text)
        trees = _DIALECT.parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, source)
    except (ParseError, TokenError) as error:
        raise _syntax_error(error, text) from None
    if len(trees) != 1 or trees[0] is None:
        raise _near(text.text.split(maxsplit=1)[0] if text.text.split() else "", text.line)
    tree = trees[0]
    if kind == "query":
        if not isinstance(tree, exp.Query):
            raise _near(text.text.split(maxsplit=1)[0], text.line)
        return cast(exp.Expression, tree)
    return _single(tree, kind, text)


def _check_tokens(tokens: list[Token], text: Slice) -> None:
    if too_deep(tokens):
        raise sql_error(191, line=text.line)
    wrong = misplaced(tokens)
    if wrong is not None:
        raise _near(wrong.text, text.line + wrong.line - 1)


def _single(tree: exp.Expr, kind: Kind, text: Slice) -> exp.Expression:
    """The expression or condition of the SELECT around it, which must hold nothing else."""
    wanted = "expressions" if kind == "expression" else "where"
    allowed = {"expressions", wanted}
    extra = [key for key, value in tree.args.items() if value and key not in allowed]
    if extra or not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise _near(extra[0].strip("_") if extra else ",", text.line)
    if kind == "condition":
        condition: exp.Expression = tree.args["where"].this
        return condition
    node: exp.Expression = tree.expressions[0]
    if isinstance(node, (exp.Alias, exp.Star)):
        raise _near(node.alias or "*", text.line)
    return node


def _syntax_error(error: ParseError | TokenError, text: Slice) -> SqlError:
    if isinstance(error, ParseError) and error.errors:
        found = error.errors[0]
        return _near(found.get("highlight") or "", text.line + (found.get("line") or 1) - 1)
    return _near("", text.line)


def _near(word: str, line: int) -> SqlError:
    return sql_error(156 if word.upper() in RESERVED_WORDS else 102, word, line=line)


def with_deep_stack(work: Callable[[], T]) -> T:
    """``work()``; when it recurses too deeply for this thread, again in one with a large stack; then error
    191.
    """
    try:
        return work()
    except RecursionError:
        return _in_deep_thread(work)


def _in_deep_thread(work: Callable[[], T]) -> T:
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except RecursionError:
            failures.append(sql_error(191))
        except BaseException as failure:
            failures.append(failure)

    with _deep_stack:
        limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK_SIZE)
        try:
            sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
            thread = threading.Thread(target=run, name="compile-deep")
            thread.start()
            thread.join()
        finally:
            sys.setrecursionlimit(limit)
            threading.stack_size(size)
    if failures:
        raise failures[0]
    return results[0]
