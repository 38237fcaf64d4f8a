"""Microsoft's own parser, where it is at hand, judges what is a statement and where it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from parser_listing import CASES, read_cases

from localdb.errors import SqlError
from localdb.tsql import ast
from localdb.tsql.lexer import Kind, tokenize
from localdb.tsql.parser import parse_batch

TSQLCHECK = Path(__file__).resolve().parents[4] / "shared/tools/tsqlcheck"
REFUSALS = (40510, 40514, 40517)

LAXER_THAN_SERVER = {
    "CTE without the semicolon before it": "ScriptDom knows no error 319",
    "CTE behind SET without the semicolon": "ScriptDom knows no error 319",
    "throw behind a query without semicolon": "SQL Server takes THROW for an alias there",
    "go behind a semicolon": "ScriptDom splits batches at GO, a server does not",
}
CHECKED_LATER_BY_SCRIPTDOM = {
    "unknown type", "too long character type", "too long national type of a column", "length zero",
    "length of a type that has none", "precision too large", "scale larger than precision", "scale too large",
    "float too large", "table-valued parameter", "filegroup", "unsupported types by other names",
    "insert execute with output", "empty name",
}  # fmt: skip
NAMES = {
    "Query": "Select",
    "Execute": "Execute",
    "ExecuteString": "Execute",
    "InsertExecute": "Insert",
    "Declare": "DeclareVariable",
    "DeclareTable": "DeclareTableVariable",
    "Block": "BeginEndBlock",
    "RaisError": "RaiseError",
}
DETAILED = (
    "Drop",
    "SetOption",
    "CreateView",
    "CreateProcedure",
    "AlterTableAdd",
    "AlterTableDrop",
    "AlterColumn",
)
"""Nodes for which ScriptDom has several kinds of statement."""


def ask(batches: Sequence[str]) -> list[list[list[object]] | None]:
    if not TSQLCHECK.exists():
        pytest.skip("tsqlcheck is not at hand")
    script = Path(__file__).with_name("scriptdom_statements.py")
    done = subprocess.run(
        [sys.executable, str(script), str(TSQLCHECK)],
        input=json.dumps(batches),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"Microsoft's parsers could not be started: {done.stderr.strip().splitlines()[-1]}")
    result: list[list[list[object]] | None] = json.loads(done.stdout)
    return result


def flat(statements: Sequence[ast.Statement], depth: int = 0) -> Iterator[tuple[ast.Statement, int]]:
    for statement in statements:
        yield statement, depth
        inner: tuple[ast.Statement, ...] = ()
        match statement:
            case ast.Block(body=body) | ast.CreateProcedure(body=body):
                inner = body
            case ast.While(body=body):
                inner = (body,)
            case ast.If(then=then, otherwise=otherwise):
                inner = (then,) if otherwise is None else (then, otherwise)
            case ast.TryCatch(body=body, handler=handler):
                inner = body + handler
        yield from flat(inner, depth + 1)


def kind_of(statement: ast.Statement) -> str:
    if isinstance(statement, ast.DataChange):
        return statement.kind.title() + "Statement"
    name = type(statement).__name__
    return NAMES.get(name, name) + "Statement"


def one_token_a_line(batch: str) -> str:
    """The same batch with a line for each token: so a statement's line tells exactly where it begins."""
    return "\n".join(token.text for token in tokenize(batch) if token.kind is not Kind.END)


def assert_same(batch: str, theirs: list[list[object]] | None) -> None:
    assert theirs is not None, batch
    mine = list(flat(parse_batch(batch)))
    assert [(s.line, depth) for s, depth in mine] == [(line, depth) for _, line, depth, _ in theirs], batch
    for (statement, _), (kind, _, _, text) in zip(mine, theirs, strict=True):
        if type(statement).__name__ not in DETAILED:
            assert kind_of(statement) == kind
        if isinstance(statement, ast.Query | ast.DataChange):
            assert statement.text.text == text


def test_statements_end_where_microsofts_parser_ends_them() -> None:
    cases = [case for file in sorted(CASES.glob("*.txt")) for case in read_cases(file)]
    accepted = [case.text for case in cases if not case.expected.startswith("error")]
    # ScriptDom splits at GO and does not resolve a line continuation: no plain text for this comparison.
    batches = [one_token_a_line(text) for text in accepted if "GO" not in text.split() and "\\\n" not in text]
    assert len(batches) > 50
    # The grammar of 2019 lacks IS DISTINCT FROM.
    batches = [batch.replace("IS\nDISTINCT\nFROM", "=") for batch in batches]
    for batch, theirs in zip(batches, ask(batches), strict=True):
        assert_same(batch, theirs)


def test_batches_joined_without_semicolons() -> None:
    cases = [case for case in read_cases(CASES / "boundaries.txt") if not case.expected.startswith("error")]
    parts = [
        case.text.rstrip("; \n")
        for case in cases
        if not case.text.lstrip(";").startswith(("GO", "sp_who", "dbo.p", "WITH", "THROW"))
        and "GO" not in case.text.split()
        and "DISTINCT" not in case.text
        and "\\\n" not in case.text
        and "MERGE INTO" not in case.text
    ]
    joined = [
        one_token_a_line(f"{first}\n{second}") for first in parts for second in parts[::7] if first and second
    ]
    for batch, theirs in zip(joined, ask(joined), strict=True):
        assert_same(batch, theirs)


def test_what_is_wrong_here_is_wrong_there() -> None:
    cases = [case for file in sorted(CASES.glob("*.txt")) for case in read_cases(file)]
    wrong = [
        case
        for case in cases
        if case.expected.startswith("error")
        and int(case.expected.split()[1]) not in REFUSALS
        and case.name not in LAXER_THAN_SERVER
        and case.name not in CHECKED_LATER_BY_SCRIPTDOM
    ]
    for case, theirs in zip(wrong, ask([case.text for case in wrong]), strict=True):
        assert theirs is None, case.name


def test_what_is_refused_is_t_sql() -> None:
    """A refusal names something that SQL Server has: its grammar is right."""
    cases = [case for case in read_cases(CASES / "errors.txt") if int(case.expected.split()[1]) in REFUSALS]
    for case, theirs in zip(cases, ask([case.text for case in cases]), strict=True):
        assert theirs is not None, case.name


def test_damaged_batches_are_never_rejected_alone() -> None:
    """Take each token away in turn: what Microsoft's parser still accepts is accepted here, and cut alike."""
    cases = [case for case in read_cases(CASES / "boundaries.txt") if not case.expected.startswith("error")]
    damaged = []
    for case in cases:
        if (
            case.name in ("nothing", "execute")
            or "DISTINCT" in case.text
            or "\\\n" in case.text
            or "GO" in case.text
        ):
            continue
        words = [token.text for token in tokenize(case.text)[:-1]]
        damaged += ["\n".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    for batch, theirs in zip(damaged, ask(damaged), strict=True):
        if theirs is None:
            continue
        try:
            parse_batch(batch)
        except SqlError as error:
            assert error.number in (*REFUSALS, 319, 2715) or "\n.\n" in f"\n{batch}", batch
            continue
        assert_same(batch, theirs)


def test_fixture_batches_pass_tsqlcheck(tmp_path: Path) -> None:
    """The command itself, as it is used for every .sql file of the project."""
    if not TSQLCHECK.exists():
        pytest.skip("tsqlcheck is not at hand")
    files = []
    for case in read_cases(CASES / "definitions.txt"):
        if not case.expected.startswith("error"):
            file = tmp_path / f"{len(files)}.sql"
            file.write_text(case.text + "\n", encoding="utf-8")
            files.append(str(file))
    done = subprocess.run(
        [sys.executable, str(TSQLCHECK), "--allow-implicit-exec", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 2:
        pytest.skip(f"tsqlcheck could not check: {done.stderr.strip()}")
    assert done.stdout == ""
    assert done.returncode == 0
