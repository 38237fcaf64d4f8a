"""Decimal arithmetic against Python's ``decimal``, and the documented rules of precision and scale."""

import decimal
from decimal import Decimal
from typing import Any

from evaluation import Evaluator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError

EXACT = decimal.Context(prec=200)


@st.composite
def decimals(draw: Any) -> tuple[Decimal, int, int]:
    precision = draw(st.integers(1, 38))
    scale = draw(st.integers(0, precision))
    digits = draw(st.integers(0, precision))
    magnitude = draw(st.integers(0, 10**digits - 1)) if digits else 0
    sign = draw(st.sampled_from((1, -1)))
    return EXACT.scaleb(Decimal(sign * magnitude), -scale), precision, scale


def result_type(operator: str, p1: int, s1: int, p2: int, s2: int) -> tuple[int, int, int]:
    """precision-scale-and-length-transact-sql.md: the formula's precision, and the type after reduction."""
    if operator in "+-":
        scale, integral = max(s1, s2), max(p1 - s1, p2 - s2)
        precision = scale + integral + 1
        return precision, min(precision, 38), scale if precision <= 38 else min(scale, 38 - integral)
    if operator == "%":
        precision = max(1, min(p1 - s1, p2 - s2) + max(s1, s2))
        return precision, precision, max(s1, s2)
    if operator == "*":
        precision, scale = p1 + p2 + 1, s1 + s2
    else:
        scale = max(6, s1 + p2 + 1)
        precision = p1 - s1 + s2 + scale
    if precision <= 38:
        return precision, precision, scale
    return precision, 38, max(min(scale, 38 - (precision - scale)), min(scale, 6))


def expected_value(operator: str, a: Decimal, b: Decimal, scale: int) -> Decimal:
    """Rounded half away from zero; a quotient is cut off."""
    if operator == "/":
        numerator, denominator = EXACT.divide(a, Decimal(1)), b
        quotient = abs(numerator) * 10**scale // abs(denominator)
        return EXACT.scaleb(Decimal(int(quotient)).copy_sign(a * b), -scale)
    exact = {
        "+": EXACT.add(a, b),
        "-": EXACT.subtract(a, b),
        "*": EXACT.multiply(a, b),
        "%": EXACT.remainder(a, b) if b else Decimal(0),
    }[operator]
    return exact.quantize(EXACT.scaleb(Decimal(1), -scale), rounding=decimal.ROUND_HALF_UP, context=EXACT)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(left=decimals(), right=decimals(), operator=st.sampled_from("+-*/%"))
def test_arithmetic_is_exact_or_refused(
    judge: Evaluator, left: tuple[Decimal, int, int], right: tuple[Decimal, int, int], operator: str
) -> None:
    (a, p1, s1), (b, p2, s2) = left, right
    text = f"CAST({a:f} AS decimal({p1},{s1})) {operator} CAST({b:f} AS decimal({p2},{s2}))"
    formula, precision, scale = result_type(operator, p1, s1, p2, s2)
    try:
        with decimal.localcontext(EXACT):
            value, type_name = judge.typed(text)
    except SqlError as error:
        assert error.number == 8115 or (error.number == 8134 and operator in "/%" and b == 0)
        # A remainder is found among values of both operands' digits.
        digits = max(p1 - s1, p2 - s2) + max(s1, s2) if operator == "%" else formula
        assert error.number == 8134 or digits > 38
        return
    assert type_name == f"decimal({precision},{scale})"
    with decimal.localcontext(EXACT):
        assert value == expected_value(operator, a, b, scale)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(left=decimals(), precision=st.integers(1, 38), data=st.data())
def test_cast_rounds_half_away_from_zero(
    judge: Evaluator, left: tuple[Decimal, int, int], precision: int, data: Any
) -> None:
    value, p1, s1 = left
    scale = data.draw(st.integers(0, precision))
    text = f"CAST(CAST({value:f} AS decimal({p1},{s1})) AS decimal({precision},{scale}))"
    rounded = value.quantize(EXACT.scaleb(Decimal(1), -scale), rounding=decimal.ROUND_HALF_UP, context=EXACT)
    fits = abs(rounded) < 10 ** (precision - scale)
    try:
        found = judge.value(text)
    except SqlError as error:
        assert error.number == 8115
        assert not fits
        return
    assert fits
    assert found == rounded


def test_division_of_columns_uses_the_same_digits(evaluator: Evaluator) -> None:
    """Long division in BIGINT and the one in HUGEINT meet at 18 digits."""
    values = [Decimal(f"{sign}{n}.{n % 100:02}") for n in (1, 7, 99_999, 12_345_678) for sign in ("", "-")]
    evaluator.table([(v, w) for v in values for w in values], a="decimal(10,2)", b="decimal(10,2)")
    for divisor in ("b", "CAST(b AS decimal(17,2))", "CAST(b AS decimal(20,2))", "CAST(b AS decimal(38,2))"):
        bound, _ = evaluator.bind(f"a / {divisor}")
        assert bound.type is not None and bound.type.scale is not None
        unit = 10**bound.type.scale
        for (a, b), found in zip(
            ((v, w) for v in values for w in values), evaluator.rows(f"a / {divisor}"), strict=True
        ):
            with decimal.localcontext(EXACT):
                cut = abs(a * unit) // abs(b)
                assert found == (cut / unit).copy_sign(a * b)
