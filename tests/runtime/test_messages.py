from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.errors import SqlError
from localdb.runtime.scope import Value
from localdb.runtime.statements.messages import format_message
from localdb.types import BIGINT, INT, nvarchar

TEXT = nvarchar(4000)


@pytest.mark.parametrize(
    ("template", "arguments", "expected"),
    [
        ("plain", [], "plain"),
        ("%d and %i", [Value(INT, -5), Value(INT, 6)], "-5 and 6"),
        ("%s", [Value(TEXT, "x%dy")], "x%dy"),
        ("%5s|%-5s|%.2s", [Value(TEXT, "abc")] * 3, "  abc|abc  |ab"),
        ("%x %X %#x %o", [Value(INT, 255)] * 4, "ff FF 0xff 377"),
        ("%u", [Value(INT, -1)], "4294967295"),
        ("%I64d", [Value(BIGINT, 2**40)], str(2**40)),
        ("%05d|%+d", [Value(INT, 42)] * 2, "00042|+42"),
        ("%*d", [Value(INT, 4), Value(INT, 7)], "   7"),
        ("%s and %d", [], "(null) and (null)"),
        ("%s", [Value(TEXT, None)], "(null)"),
        ("100%%", [], "100%"),
    ],
)
def test_formats(template: str, arguments: list[Value], expected: str) -> None:
    assert format_message(template, arguments) == expected


@pytest.mark.parametrize(
    ("template", "arguments", "number"),
    [
        ("%d", [Value(TEXT, "1")], 2786),
        ("%s", [Value(INT, 1)], 2786),
        ("%f", [Value(INT, 1)], 2787),
        ("50%", [], 2787),
    ],
)
def test_wrong_formats(template: str, arguments: list[Value], number: int) -> None:
    with pytest.raises(SqlError) as refused:
        format_message(template, arguments)
    assert refused.value.number == number


@given(st.text())
def test_text_without_percent_stays(text: str) -> None:
    assert format_message(text.replace("%", "%%"), []) == text


@given(st.integers(-(2**31), 2**31 - 1), st.text())
def test_arguments_are_not_formats(number: int, text: str) -> None:
    arguments = [Value(INT, number), Value(TEXT, text)]
    assert format_message("<%d|%s>", arguments) == f"<{number}|{text}>"
