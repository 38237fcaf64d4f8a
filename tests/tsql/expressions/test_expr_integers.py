"""Integer arithmetic against Python's: the types never widen, every overflow is 8115."""

from typing import Any

import pytest
from evaluation import Evaluator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError

RANGES = {
    "tinyint": (0, 2**8 - 1),
    "smallint": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}
ORDER = list(RANGES)


@st.composite
def integers(draw: Any) -> tuple[int, str]:
    name = draw(st.sampled_from(ORDER))
    low, high = RANGES[name]
    near = st.sampled_from(
        [v for v in (low, low + 1, -7, -1, 0, 1, 2, 7, high - 1, high) if low <= v <= high]
    )
    return draw(near | st.integers(low, high)), name


def expected(operator: str, a: int, b: int, name: str) -> int | None:
    """The result, or None for an overflow."""
    if operator in "/%":
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        if not RANGES[name][0] <= quotient <= RANGES[name][1]:
            return None
        return quotient if operator == "/" else a - b * quotient
    result = {"+": a + b, "-": a - b, "*": a * b, "&": a & b, "|": a | b, "^": a ^ b}[operator]
    return result if RANGES[name][0] <= result <= RANGES[name][1] else None


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(left=integers(), right=integers(), operator=st.sampled_from("+-*/%&|^"))
def test_integer_operators(
    judge: Evaluator, left: tuple[int, str], right: tuple[int, str], operator: str
) -> None:
    (a, type_a), (b, type_b) = left, right
    name = max(type_a, type_b, key=ORDER.index)
    judge.declare("@a", type_a, a)
    judge.declare("@b", type_b, b)
    try:
        value, type_name = judge.typed(f"@a {operator} @b")
    except SqlError as error:
        if operator in "/%" and b == 0:
            assert error.number == 8134
        else:
            assert error.number == 8115
            assert expected(operator, a, b, name) is None
            assert error.message.endswith(f"data type {name}.")
        return
    assert type_name == name
    assert value == expected(operator, a, b, name)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(left=integers(), target=st.sampled_from(ORDER))
def test_narrowing(judge: Evaluator, left: tuple[int, str], target: str) -> None:
    value, name = left
    judge.declare("@a", name, value)
    low, high = RANGES[target]
    try:
        assert judge.value(f"CAST(@a AS {target})") == value
        assert low <= value <= high
    except SqlError as error:
        assert not low <= value <= high
        assert error.number in (220, 8115)
        assert target in error.message
    assert judge.value(f"TRY_CAST(@a AS {target})") == (value if low <= value <= high else None)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(left=integers())
def test_bytes_of_integers(judge: Evaluator, left: tuple[int, str]) -> None:
    """Big-endian two's complement, both ways."""
    value, name = left
    size = {"tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}[name]
    data = value.to_bytes(size, "big", signed=name != "tinyint")
    judge.declare("@a", name, value)
    assert judge.value("CAST(@a AS varbinary(20))") == data
    assert judge.value("CAST(@a AS binary(10))") == data.rjust(10, b"\0")
    judge.declare("@b", "varbinary(20)", data)
    assert judge.value(f"CAST(@b AS {name})") == value


@pytest.mark.parametrize("name", ORDER)
def test_text_of_integers(evaluator: Evaluator, name: str) -> None:
    low, high = RANGES[name]
    for value in (low, high, 0, 5):
        evaluator.declare("@s", "varchar(40)", f" {value} ")
        assert evaluator.value(f"CAST(@s AS {name})") == value
        evaluator.declare("@a", name, value)
        assert evaluator.value("CAST(@a AS varchar(40))") == str(value)
    for value in (low - 1, high + 1):
        evaluator.declare("@s", "varchar(40)", str(value))
        assert evaluator.value(f"TRY_CAST(@s AS {name})") is None
