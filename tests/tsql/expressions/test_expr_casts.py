"""Conversions of text, bytes and floats against Python's own codecs and formats."""

import uuid
from decimal import ROUND_HALF_UP, Context, Decimal

import pytest
from evaluation import Evaluator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError
from localdb.tsql.binding import Bound
from localdb.tsql.casts import cast
from localdb.tsql.typenames import parse_type

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
unicode_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


def code_page(text: str) -> bytes:
    """Windows-1252 with its five control characters, '?' for what it lacks (two for a surrogate pair)."""
    parts = []
    for character in text:
        if ord(character) in (0x81, 0x8D, 0x8F, 0x90, 0x9D):
            parts.append(bytes([ord(character)]))
        else:
            units = 1 if ord(character) < 0x10000 else 2
            encoded = character.encode("cp1252", "replace")
            parts.append(encoded if encoded != b"?" or character == "?" else b"?" * units)
    return b"".join(parts)


@QUICK
@given(text=unicode_text)
def test_bytes_of_text(judge: Evaluator, text: str) -> None:
    judge.declare("@n", "nvarchar(30)", text)
    assert judge.value("CAST(@n AS varbinary(100))") == text.encode("utf-16-le")
    assert judge.value("CAST(CAST(@n AS varbinary(100)) AS nvarchar(30))") == text
    assert judge.value("DATALENGTH(@n)") == len(text.encode("utf-16-le"))
    narrow = judge.value("CAST(@n AS varchar(60))")
    assert code_page(narrow) == code_page(text)
    judge.declare("@v", "varchar(60)", narrow)
    data = judge.value("CAST(@v AS varbinary(100))")
    assert data == code_page(text)
    judge.declare("@b", "varbinary(100)", data)
    assert judge.value("CAST(@b AS varchar(60))") == narrow


@QUICK
@given(data=st.binary(max_size=20), size=st.integers(1, 24))
def test_binary_lengths(judge: Evaluator, data: bytes, size: int) -> None:
    """Cut on the right, filled on the right."""
    judge.declare("@b", "varbinary(20)", data)
    assert judge.value(f"CAST(@b AS varbinary({size}))") == data[:size]
    assert judge.value(f"CAST(@b AS binary({size}))") == data[:size].ljust(size, b"\0")
    assert judge.value("CONVERT(varchar(100), @b, 1)") == "0x" + data.hex().upper()
    assert judge.value("CONVERT(varbinary(100), CONVERT(varchar(100), @b, 2), 2)") == data


@QUICK
@given(value=st.uuids())
def test_uniqueidentifier(judge: Evaluator, value: uuid.UUID) -> None:
    judge.declare("@u", "uniqueidentifier", value)
    assert judge.value("CAST(@u AS binary(16))") == value.bytes_le
    assert judge.value("CAST(@u AS varchar(36))") == str(value).upper()
    assert judge.value(f"CAST('{value}' AS uniqueidentifier)") == value
    judge.declare("@b", "binary(16)", value.bytes_le)
    assert judge.value("CAST(@b AS uniqueidentifier)") == value


@QUICK
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_text_of_floats(judge: Evaluator, value: float) -> None:
    def three_digits(text: str) -> str:
        mantissa, e, exponent = text.partition("e")
        return f"{mantissa}e{exponent[0]}{exponent[1:].zfill(3)}" if e else text

    judge.declare("@f", "float", value)
    assert judge.value("CAST(@f AS varchar(30))") == three_digits(f"{value:.6g}")
    assert judge.value("CONVERT(varchar(30), @f, 1)") == three_digits(f"{value:.7e}")
    assert judge.value("CONVERT(varchar(30), @f, 2)") == three_digits(f"{value:.15e}")
    lossless = judge.value("CONVERT(varchar(30), @f, 3)")
    assert lossless == three_digits(f"{value:.16e}")
    judge.declare("@s", "varchar(40)", lossless)
    assert judge.value("CAST(@s AS float)") == value


@QUICK
@given(value=st.floats(-1e15, 1e15), scale=st.integers(0, 10))
def test_floats_become_decimals_by_17_digits(judge: Evaluator, value: float, scale: int) -> None:
    judge.declare("@f", "float", value)
    exact = Decimal(f"{value:.16e}")
    wanted = exact.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)
    assert judge.value(f"CAST(@f AS decimal(38,{scale}))") == wanted
    assert judge.value("CAST(@f AS bigint)") == int(value)


@QUICK
@given(
    whole=st.integers(-(10**18), 10**18), digits=st.text("0123456789", max_size=15), scale=st.integers(0, 15)
)
def test_text_of_decimals(judge: Evaluator, whole: int, digits: str, scale: int) -> None:
    text = f" {whole}.{digits} "
    wanted = Decimal(text.strip()).quantize(
        Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=Context(prec=60)
    )
    judge.declare("@s", "varchar(40)", text)
    assert judge.value(f"CAST(@s AS decimal(38,{scale}))") == wanted
    judge.declare("@d", f"decimal(38,{scale})", wanted)
    assert judge.value("CAST(@d AS varchar(50))") == f"{wanted:f}".replace(
        "-0." + "0" * scale, "0." + "0" * scale
    )


@QUICK
@given(value=st.decimals(-(10**9), 10**9, places=6))
def test_money(judge: Evaluator, value: Decimal) -> None:
    judge.declare("@d", "decimal(20,6)", value)
    money = value.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
    assert judge.value("CAST(@d AS money)") == money
    judge.declare("@m", "money", money)
    assert judge.value("CAST(@m AS int)") == int(money.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    cents = money.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) + 0  # no negative zero
    assert judge.value("CONVERT(varchar(30), @m, 0)") == f"{cents:f}"
    assert judge.value("CONVERT(varchar(30), @m, 1)") == f"{cents:,.2f}"
    assert judge.value("CONVERT(varchar(30), @m, 2)") == f"{money + 0:f}"


@pytest.mark.parametrize("value", ["922337203685477.5808", "-922337203685477.5809"])
def test_money_has_an_end(evaluator: Evaluator, value: str) -> None:
    with pytest.raises(SqlError) as caught:
        evaluator.value(f"CAST({value} AS money)")
    assert caught.value.number == 8115


def assigned(evaluator: Evaluator, value: Bound, type_name: str, table: str) -> object:
    bound = cast(value, parse_type(type_name), mode="assign", table=table, column="name")
    return evaluator._run(f"SELECT {bound.sql}", evaluator.scope(), bound.type)[0]


def test_assignment_refuses_what_is_too_long(evaluator: Evaluator) -> None:
    """2628 for a column, unless only blanks are lost; a variable is cut off."""
    text = Bound("'abc  '", parse_type("varchar(5)"))
    assert assigned(evaluator, text, "varchar(3)", "dbo.t") == "abc"
    assert assigned(evaluator, text, "varchar(2)", "") == "ab"
    with pytest.raises(SqlError) as caught:
        assigned(evaluator, text, "varchar(2)", "dbo.t")
    assert caught.value.number == 2628
    assert "'dbo.t'" in caught.value.message
    assert "'name'" in caught.value.message
    assert "'ab'" in caught.value.message
    with pytest.raises(SqlError) as caught:
        assigned(evaluator, Bound("unhex('0102')", parse_type("varbinary(2)")), "varbinary(1)", "dbo.t")
    assert caught.value.number == 2628
    with pytest.raises(SqlError) as caught:
        assigned(evaluator, Bound("12345", parse_type("int")), "varchar(2)", "dbo.t")
    assert caught.value.number == 8115


@pytest.mark.parametrize(
    ("source", "target", "number"),
    [
        ("varchar(5)", "varbinary(5)", 257),
        ("datetime", "int", 257),
        ("money", "varchar(20)", 257),
        ("int", "date", 206),
        ("date", "time(7)", 206),
        ("uniqueidentifier", "int", 206),
        ("varbinary(max)", "float", 206),
    ],
)
def test_implicit_conversions_that_do_not_exist(source: str, target: str, number: int) -> None:
    bound = Bound("x", parse_type(source))
    for mode in ("implicit", "assign"):
        with pytest.raises(SqlError) as caught:
            cast(bound, parse_type(target), mode=mode)
        assert caught.value.number == number


def test_columns_fail_row_by_row(evaluator: Evaluator) -> None:
    evaluator.table([("1",), ("x",), (None,)], s="varchar(10)")
    assert evaluator.rows("TRY_CAST(s AS int)") == [1, None, None]
    with pytest.raises(SqlError) as caught:
        evaluator.rows("CAST(s AS int)")
    assert caught.value.message == "Conversion failed when converting the varchar value 'x' to data type int."
    assert evaluator.rows("CASE WHEN s = '1' THEN CAST(s AS int) ELSE 0 END") == [1, 0, 0]
