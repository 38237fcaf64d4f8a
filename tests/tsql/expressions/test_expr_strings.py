"""String functions against plain Python on characters, those of nvarchar being UTF-16 units."""

import hashlib
import re
from collections.abc import Iterable

import pytest
from evaluation import Evaluator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
texts = st.text("abcABCé \\$1[]é😀", max_size=8)
numbers = st.integers(-3, 12)


def units(x: str) -> list[bytes]:
    data = x.encode("utf-16-le")
    return [data[i : i + 2] for i in range(0, len(data), 2)]


def joined(parts: Iterable[bytes]) -> str | int:
    """The text, or 40514 where it would have half of a surrogate pair."""
    try:
        return b"".join(parts).decode("utf-16-le")
    except UnicodeDecodeError:
        return 40514


def outcome(judge: Evaluator, expression: str) -> object:
    """The value, or the number of the error."""
    try:
        return judge.value(expression)
    except SqlError as error:
        return error.number


def position(y: str, x: str, start: int = 1) -> int:
    """Where ``y`` is in ``x`` in either case; 0 for nowhere, and for nothing."""
    whole, wanted = units(x.lower()), units(y.lower())
    places = range(max(start, 1), len(whole) - len(wanted) + 2)
    found = (i for i in places if wanted and whole[i - 1 : i - 1 + len(wanted)] == wanted)
    return next(found, 0)


def declare(judge: Evaluator, **values: object) -> None:
    for name, value in values.items():
        judge.declare(f"@{name}", "int" if isinstance(value, int) else "nvarchar(30)", value)


@QUICK
@given(x=texts, start=numbers, size=st.integers(0, 12))
def test_substring(judge: Evaluator, x: str, start: int, size: int) -> None:
    """The characters at start, start + 1, ..., of which only those from 1 on exist."""
    declare(judge, x=x, s=start, n=size)
    whole = units(x)
    wanted = joined(whole[i - 1] for i in range(start, start + size) if 1 <= i <= len(whole))
    assert outcome(judge, "SUBSTRING(@x, @s, @n)") == wanted
    assert outcome(judge, f"SUBSTRING(@x, {start}, {size})") == wanted
    data = x.encode()
    judge.declare("@b", "varbinary(60)", data)
    wanted_bytes = bytes(data[i - 1] for i in range(start, start + size) if 1 <= i <= len(data))
    assert judge.value("SUBSTRING(@b, @s, @n)") == wanted_bytes


@QUICK
@given(x=texts, start=numbers, size=numbers, y=texts)
def test_stuff(judge: Evaluator, x: str, start: int, size: int, y: str) -> None:
    declare(judge, x=x, s=start, n=size, y=y)
    whole, wanted = units(x), None
    if 1 <= start <= len(whole) and size >= 0:
        wanted = joined(whole[: start - 1] + units(y) + whole[start - 1 + size :])
    assert outcome(judge, "STUFF(@x, @s, @n, @y)") == wanted


@QUICK
@given(x=texts, y=texts.filter(bool), z=texts)
def test_replace_ignores_case(judge: Evaluator, x: str, y: str, z: str) -> None:
    declare(judge, x=x, y=y, z=z)
    wanted = re.sub(re.escape(y), lambda match: z, x, flags=re.IGNORECASE)
    assert judge.value("REPLACE(@x, @y, @z)") == wanted
    constants = [value.replace("'", "''") for value in (y, z)]
    assert judge.value(f"REPLACE(@x, N'{constants[0]}', N'{constants[1]}')") == wanted
    assert judge.value(f"REPLACE(@x, N'{constants[0]}', @z)") == wanted


@QUICK
@given(x=texts, y=texts, start=numbers)
def test_charindex(judge: Evaluator, x: str, y: str, start: int) -> None:
    declare(judge, x=x, y=y, s=start)
    assert judge.value("CHARINDEX(@y, @x, @s)") == position(y, x, start)
    assert judge.value("CHARINDEX(@y, @x)") == position(y, x)


@QUICK
@given(x=texts, size=st.integers(0, 10))
def test_parts(judge: Evaluator, x: str, size: int) -> None:
    declare(judge, x=x, n=size)
    whole = units(x)
    assert outcome(judge, "LEFT(@x, @n)") == joined(whole[:size])
    assert outcome(judge, "RIGHT(@x, @n)") == joined(whole[max(len(whole) - size, 0) :])
    assert outcome(judge, "REVERSE(@x)") == joined(reversed(whole))
    assert judge.value("REPLICATE(@x, @n)") == x * size
    assert judge.value("LEN(@x)") == len(units(x.rstrip(" ")))
    assert judge.value("DATALENGTH(@x)") == len(x.encode("utf-16-le"))
    assert judge.value("LTRIM(@x)") == x.lstrip(" ")
    assert judge.value("RTRIM(@x)") == x.rstrip(" ")
    assert judge.value("TRIM(@x)") == x.strip(" ")
    assert judge.value("QUOTENAME(@x)") == "[" + x.replace("]", "]]") + "]"
    assert judge.value("CONCAT(@x, NULL, @x)") == x * 2


@QUICK
@given(x=texts, size=st.integers(1, 10))
def test_fixed_and_limited_length(judge: Evaluator, x: str, size: int) -> None:
    declare(judge, x=x)
    blanks = [" ".encode("utf-16-le")] * size
    assert outcome(judge, f"CAST(@x AS nvarchar({size}))") == joined(units(x)[:size])
    assert outcome(judge, f"CAST(@x AS nchar({size}))") == joined((units(x) + blanks)[:size])


quotes = st.sampled_from(["[", '"', ""])


@QUICK
@given(written=st.lists(st.tuples(st.text('aB.[]"é😀 ', max_size=5), quotes), min_size=1, max_size=5))
def test_parsename(judge: Evaluator, written: list[tuple[str, str]]) -> None:
    """Every part of a name that was put together from its parts."""
    names = [re.sub(r'[.\[\]"]', "", part) if quote == "" else part for part, quote in written]
    texts = {
        "[": lambda part: "[" + part.replace("]", "]]") + "]",
        '"': lambda part: '"' + part.replace('"', '""') + '"',
        "": lambda part: part,
    }
    whole = ".".join(texts[quote](part) for part, (_, quote) in zip(names, written, strict=True))
    judge.declare("@x", "nvarchar(100)", whole)
    for piece in range(6):
        has_it = 1 <= piece <= len(names) <= 4 and names[-1] != ""
        wanted = (names[-piece] or None) if has_it else None
        assert judge.value(f"PARSENAME(@x, {piece})") == wanted


@QUICK
@given(x=texts)
def test_hashbytes(judge: Evaluator, x: str) -> None:
    """Of the UTF-16 bytes of nvarchar."""
    declare(judge, x=x)
    for name, algorithm in (("MD5", "md5"), ("SHA1", "sha1"), ("SHA2_256", "sha256")):
        wanted = hashlib.new(algorithm, x.encode("utf-16-le")).digest()
        assert judge.value(f"HASHBYTES('{name}', @x)") == wanted


def test_columns_with_missing_values(evaluator: Evaluator) -> None:
    evaluator.table([("Abc", 2), (None, 1), ("x", None)], s="varchar(10)", n="int")
    assert evaluator.rows("LEFT(s, n)") == ["Ab", None, None]
    assert evaluator.rows("STUFF(s, n, 1, '-')") == ["A-c", None, None]
    assert evaluator.rows("REPLICATE(s, n)") == ["AbcAbc", None, None]
    assert evaluator.rows("CONCAT(s, '-', n)") == ["Abc-2", "-1", "x-"]
    assert evaluator.rows("CONCAT_WS('-', s, n)") == ["Abc-2", "1", "x"]
    assert evaluator.rows("CHARINDEX('B', s)") == [2, None, 0]
    assert evaluator.rows("ISNULL(s, n)") == ["Abc", "1", "x"]
    assert evaluator.rows("SUBSTRING(s, n, 1)") == ["b", None, None]
    assert evaluator.rows("NULLIF(s, 'ABC ')") == [None, None, "x"]
    assert evaluator.rows("s + '!'") == ["Abc!", None, "x!"]


def test_long_strings_are_cut_at_8000_bytes(evaluator: Evaluator) -> None:
    evaluator.declare("@x", "varchar(5000)", "x" * 5000)
    evaluator.declare("@m", "varchar(max)", "x" * 5000)
    assert len(evaluator.value("@x + @x")) == 8000
    assert len(evaluator.value("@m + @x")) == 10_000
    assert len(evaluator.value("REPLICATE(@x, 2)")) == 8000
    assert len(evaluator.value("REPLICATE(@m, 2)")) == 10_000
    assert len(evaluator.value("REPLACE(@x, 'x', 'yy')")) == 8000
    assert evaluator.typed("@m + @x")[1] == "varchar(max)"
    assert evaluator.typed("@x + @x")[1] == "varchar(8000)"


@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("LEFT(@x, @n)", 537),
        ("RIGHT(@x, @n)", 536),
        ("SUBSTRING(@x, 1, @n)", 537),
    ],
)
def test_negative_lengths(evaluator: Evaluator, call: str, number: int) -> None:
    declare(evaluator, x="abc", n=-1)
    with pytest.raises(SqlError) as caught:
        evaluator.value(call)
    assert caught.value.number == number
