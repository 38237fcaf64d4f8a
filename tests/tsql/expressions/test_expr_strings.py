"""String functions against plain Python on characters."""

import hashlib
import re

import pytest
from evaluation import Evaluator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
texts = st.text("abcABCé \\$1[]é😀", max_size=8)
numbers = st.integers(-3, 12)


def declare(judge: Evaluator, **values: object) -> None:
    for name, value in values.items():
        judge.declare(f"@{name}", "int" if isinstance(value, int) else "nvarchar(30)", value)


@QUICK
@given(x=texts, start=numbers, size=st.integers(0, 12))
def test_substring(judge: Evaluator, x: str, start: int, size: int) -> None:
    """The characters at start, start + 1, ..., of which only those from 1 on exist."""
    declare(judge, x=x, s=start, n=size)
    wanted = "".join(x[i - 1] for i in range(start, start + size) if 1 <= i <= len(x))
    assert judge.value("SUBSTRING(@x, @s, @n)") == wanted
    assert judge.value(f"SUBSTRING(@x, {start}, {size})") == wanted
    data = x.encode()
    judge.declare("@b", "varbinary(60)", data)
    wanted_bytes = bytes(data[i - 1] for i in range(start, start + size) if 1 <= i <= len(data))
    assert judge.value("SUBSTRING(@b, @s, @n)") == wanted_bytes


@QUICK
@given(x=texts, start=numbers, size=numbers, y=texts)
def test_stuff(judge: Evaluator, x: str, start: int, size: int, y: str) -> None:
    declare(judge, x=x, s=start, n=size, y=y)
    wanted = None
    if 1 <= start <= len(x) and size >= 0:
        wanted = x[: start - 1] + y + x[start - 1 + size :]
    assert judge.value("STUFF(@x, @s, @n, @y)") == wanted


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
    found = x.lower().find(y.lower(), max(start, 1) - 1) + 1 if y else 0
    assert judge.value("CHARINDEX(@y, @x, @s)") == found
    assert judge.value("CHARINDEX(@y, @x)") == (x.lower().find(y.lower()) + 1 if y else 0)


@QUICK
@given(x=texts, size=st.integers(0, 10))
def test_parts(judge: Evaluator, x: str, size: int) -> None:
    declare(judge, x=x, n=size)
    assert judge.value("LEFT(@x, @n)") == x[:size]
    assert judge.value("RIGHT(@x, @n)") == (x[-size:] if size else "")
    assert judge.value("REVERSE(@x)") == x[::-1]
    assert judge.value("REPLICATE(@x, @n)") == x * size
    assert judge.value("LEN(@x)") == len(x.rstrip(" "))
    assert judge.value("LTRIM(@x)") == x.lstrip(" ")
    assert judge.value("RTRIM(@x)") == x.rstrip(" ")
    assert judge.value("TRIM(@x)") == x.strip(" ")
    assert judge.value("QUOTENAME(@x)") == "[" + x.replace("]", "]]") + "]"
    assert judge.value("CONCAT(@x, NULL, @x)") == x * 2


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
