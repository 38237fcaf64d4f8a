"""Tokens: kinds, exact places, and the errors that the lexer raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.errors import SqlError
from localdb.tsql.lexer import Kind, tokenize


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind.name, token.text) for token in tokenize(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select", [("WORD", "select")]),
        ("#t ##g _a é$1", [("WORD", "#t"), ("WORD", "##g"), ("WORD", "_a"), ("WORD", "é$1")]),
        ("@x @@rowcount @", [("VARIABLE", "@x"), ("VARIABLE", "@@rowcount"), ("VARIABLE", "@")]),
        ('[a]]b] "c""d"', [("QUOTED", "[a]]b]"), ("QUOTED", '"c""d"')]),
        ("N'a''b' 'c'", [("STRING", "N'a''b'"), ("STRING", "'c'")]),
        ("1 1.5 .5 1. 1e5 1.5E-3", [("NUMBER", n) for n in ("1", "1.5", ".5", "1.", "1e5", "1.5E-3")]),
        ("0x 0xAf", [("BINARY", "0x"), ("BINARY", "0xAf")]),
        ("$ $1.5 £2", [("MONEY", "$"), ("MONEY", "$1.5"), ("MONEY", "£2")]),
        ("$action", [("PSEUDO", "$action")]),
        ("1a", [("NUMBER", "1"), ("WORD", "a")]),
        ("a.b", [("WORD", "a"), ("SYMBOL", "."), ("WORD", "b")]),
        (
            "+= <= <> != !< :: || <<",
            [("SYMBOL", s) for s in ("+=", "<=", "<>", "!=", "!<", "::", "||", "<<")],
        ),
        ("a--b\n--c\rd", [("WORD", "a"), ("WORD", "d")]),
        ("/* /* */ ' */ a /**/", [("WORD", "a")]),
        ("a-/* */-b", [("WORD", "a"), ("SYMBOL", "-"), ("SYMBOL", "-"), ("WORD", "b")]),
        ("\ufeffa\u00a0b", [("WORD", "a"), ("WORD", "b")]),
    ],
)
def test_kinds(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [("[a]]b]", "a]b"), ('"c""d"', 'c"d'), ("N'a''b'", "a'b"), ("'[x]'", "[x]"), ("abc", "abc")],
)
def test_value_is_without_quotes(text: str, value: str) -> None:
    assert tokenize(text)[0].value == value


@pytest.mark.parametrize(
    ("text", "number", "line"),
    [
        ("\n'abc''", 105, 2),
        ("select [a]]", 105, 1),
        ('select "a', 105, 1),
        ("a\r\n/* /* */", 113, 2),
        ("a ` b", 102, 1),
        ("\r\r\n[]", 1038, 3),
        ("x" * 129, 103, 1),
        ("[" + "x" * 129 + "]", 103, 1),
        ("@" + "x" * 128, 103, 1),
        ("#" + "x" * 116, 193, 1),
    ],
)
def test_errors(text: str, number: int, line: int) -> None:
    with pytest.raises(SqlError) as error:
        tokenize(text)
    assert (error.value.number, error.value.line) == (number, line)


def test_longest_names_are_legal() -> None:
    assert [token.kind for token in tokenize(f"{'x' * 128} #{'x' * 115} ##{'x' * 126}")[:-1]] == [
        Kind.WORD
    ] * 3


def test_too_long_name_is_shown_cut() -> None:
    with pytest.raises(SqlError, match=f"'{'y' * 128}' is too long"):
        tokenize("y" * 200)


@given(st.text(alphabet="aZ_09.'\"[]@#$-/* \n\r;(),=<>+é€\\x"))
def test_tokens_are_slices_of_the_text(text: str) -> None:
    """Whatever the text: an SqlError with a line, or tokens in order whose text stands at their place."""
    try:
        tokens = tokenize(text)
    except SqlError as error:
        assert 1 <= error.line <= text.count("\n") + text.count("\r") + 1
        return
    assert tokens[-1].kind is Kind.END
    position = 0
    for token in tokens:
        assert token.start >= position
        assert text[token.start : token.end] == token.text
        position = token.end
