"""Aggregates and window functions over rows, with SQL Server's result types."""

import statistics
from decimal import Decimal
from typing import Any

import pytest
from evaluation import Evaluator

from localdb.errors import SqlError


def single(evaluator: Evaluator, text: str) -> tuple[Any, str]:
    value, type_name = evaluator.typed(text)
    return value, type_name


@pytest.mark.parametrize(
    ("column", "sum_type", "avg_type"),
    [
        ("tinyint", "int", "int"),
        ("smallint", "int", "int"),
        ("int", "int", "int"),
        ("bigint", "bigint", "bigint"),
        ("decimal(5,2)", "decimal(38,2)", "decimal(38,6)"),
        ("decimal(20,8)", "decimal(38,8)", "decimal(38,8)"),
        ("money", "money", "money"),
        ("smallmoney", "money", "money"),
        ("real", "float", "float"),
        ("float", "float", "float"),
    ],
)
def test_result_types(evaluator: Evaluator, column: str, sum_type: str, avg_type: str) -> None:
    evaluator.table([(1,), (2,), (4,), (None,)], v=column)
    total, found = single(evaluator, "SUM(v)")
    assert (float(total), found) == (7.0, sum_type)
    average, found = single(evaluator, "AVG(v)")
    assert found == avg_type
    exact = {
        "int": 2,
        "bigint": 2,
        "float": 7 / 3,
        "money": Decimal("2.3333"),
        "decimal(38,6)": Decimal("2.333333"),
        "decimal(38,8)": Decimal("2.33333333"),
    }
    assert average == exact[avg_type]
    assert single(evaluator, "MIN(v)")[1] == column
    assert float(single(evaluator, "MAX(v)")[0]) == 4.0
    assert single(evaluator, "COUNT(v)") == (3, "int")
    assert single(evaluator, "COUNT_BIG(*)") == (4, "bigint")


def test_no_rows_and_only_nulls(evaluator: Evaluator) -> None:
    for rows in ([], [(None,)]):
        evaluator.table(rows, v="int")
        assert evaluator.value("SUM(v)") is None
        assert evaluator.value("AVG(v)") is None
        assert evaluator.value("COUNT(v)") == 0
        assert evaluator.value("MAX(v)") is None
        assert evaluator.value("STDEV(v)") is None


def test_overflow_of_sum(evaluator: Evaluator) -> None:
    evaluator.table([(2**31 - 1,), (1,)], v="int")
    for call in ("SUM(v)", "AVG(v)"):
        with pytest.raises(SqlError) as caught:
            evaluator.value(call)
        assert caught.value.number == 8115
        assert caught.value.message.endswith("data type int.")
    assert evaluator.value("SUM(CAST(v AS bigint))") == 2**31
    evaluator.table([(1e308,), (1e308,)], v="float")
    with pytest.raises(SqlError):
        evaluator.value("SUM(v)")


def test_average_is_cut_off(evaluator: Evaluator) -> None:
    evaluator.table([(Decimal("4.00"),)] + [(Decimal(0),)] * 6, v="decimal(5,2)")
    assert evaluator.value("AVG(v)") == Decimal("0.571428")
    evaluator.table([(Decimal("1.00"),)] + [(Decimal(0),)] * 6, v="money")
    assert evaluator.value("AVG(v)") == Decimal("0.1428")
    evaluator.table([(-1,), (-2,)], v="int")
    assert evaluator.value("AVG(v)") == -1


def test_strings_by_collation(evaluator: Evaluator) -> None:
    evaluator.table([("b",), ("A ",), ("a",), ("C",), (None,)], v="varchar(5)")
    assert evaluator.value("MIN(v)").lower().rstrip() == "a"
    assert evaluator.value("MAX(v)") == "C"
    assert evaluator.value("COUNT(DISTINCT v)") == 3
    assert evaluator.value("APPROX_COUNT_DISTINCT(v)") == 3


def test_statistics(evaluator: Evaluator) -> None:
    values = [1.5, 2.5, 4.0, 8.25]
    evaluator.table([(v,) for v in values], v="float")
    assert evaluator.value("STDEV(v)") == pytest.approx(statistics.stdev(values))
    assert evaluator.value("STDEVP(v)") == pytest.approx(statistics.pstdev(values))
    assert evaluator.value("VAR(v)") == pytest.approx(statistics.variance(values))
    assert evaluator.value("VARP(v)") == pytest.approx(statistics.pvariance(values))
    evaluator.table([(1.0,)], v="float")
    assert evaluator.value("VAR(v)") is None
    assert evaluator.value("VARP(v)") == 0.0


def test_string_agg(evaluator: Evaluator) -> None:
    evaluator.table([("b", 1), ("A", 2), (None, 3), ("c", 4)], v="varchar(5)", n="int")
    assert single(evaluator, "STRING_AGG(v, ', ') WITHIN GROUP (ORDER BY v)") == ("A, b, c", "varchar(8000)")
    assert evaluator.value("STRING_AGG(v, '') WITHIN GROUP (ORDER BY n DESC)") == "cAb"
    assert single(evaluator, "STRING_AGG(n, ';') WITHIN GROUP (ORDER BY n)") == ("1;2;3;4", "nvarchar(4000)")
    evaluator.table([("x" * 5000,), ("x" * 5000,)], v="varchar(5000)")
    with pytest.raises(SqlError) as caught:
        evaluator.value("STRING_AGG(v, '')")
    assert caught.value.number == 9829
    assert len(evaluator.value("STRING_AGG(CAST(v AS varchar(max)), '')")) == 10_000


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("SUM(b)", 8117),
        ("SUM(s)", 8117),
        ("AVG(s)", 8117),
        ("MAX(b)", 8117),
        ("SUM(*)", 102),
        ("SUM(NULL)", 8117),
        ("COUNT()", 174),
        ("COUNT(s, s)", 174),
        ("STRING_AGG(s)", 174),
        ("SUM(i) WITHIN GROUP (ORDER BY i)", 10757),
        ("CHECKSUM_AGG(i)", 40514),
        ("ROW_NUMBER()", 10753),
        ("ROW_NUMBER() OVER ()", 4112),
        ("ROW_NUMBER() OVER (ORDER BY 1)", 5308),
        ("ROW_NUMBER() OVER (ORDER BY 'x')", 5309),
        ("ROW_NUMBER() OVER (ORDER BY i ROWS UNBOUNDED PRECEDING)", 10752),
        ("SUM(i) OVER (ROWS UNBOUNDED PRECEDING)", 10756),
        ("SUM(i) OVER (ORDER BY i RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)", 4194),
        ("COUNT(DISTINCT i) OVER ()", 10759),
        ("STRING_AGG(s, ',') OVER ()", 4113),
        ("LEN(s) OVER ()", 4113),
        ("LAG(i, -1) OVER (ORDER BY i)", 8730),
        ("NTILE() OVER (ORDER BY i)", 174),
        ("PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY i) OVER ()", 40514),
    ],
)
def test_refusals(evaluator: Evaluator, text: str, number: int) -> None:
    evaluator.table([(True, "a", 1)], b="bit", s="varchar(5)", i="int")
    with pytest.raises(SqlError) as caught:
        evaluator.value(text)
    assert caught.value.number == number


ROWS = [(1, "a", 10), (2, "A ", 20), (3, "b", None), (4, "b", 40), (5, None, 40)]


@pytest.mark.parametrize(
    ("text", "type_name", "wanted"),
    [
        ("ROW_NUMBER() OVER (ORDER BY id DESC)", "bigint", [5, 4, 3, 2, 1]),
        ("ROW_NUMBER() OVER (PARTITION BY g ORDER BY id)", "bigint", [1, 2, 1, 2, 1]),
        ("RANK() OVER (ORDER BY g)", "bigint", [2, 2, 4, 4, 1]),
        ("DENSE_RANK() OVER (ORDER BY g)", "bigint", [2, 2, 3, 3, 1]),
        ("NTILE(2) OVER (ORDER BY id)", "bigint", [1, 1, 1, 2, 2]),
        ("PERCENT_RANK() OVER (ORDER BY id)", "float", [0, 0.25, 0.5, 0.75, 1]),
        ("CUME_DIST() OVER (ORDER BY id)", "float", [0.2, 0.4, 0.6, 0.8, 1]),
        ("LAG(v) OVER (ORDER BY id)", "int", [None, 10, 20, None, 40]),
        ("LAG(v, 2, 0) OVER (ORDER BY id)", "int", [0, 0, 10, 20, None]),
        ("LEAD(v, 1, -1) OVER (ORDER BY id)", "int", [20, None, 40, 40, -1]),
        ("LAG(v) IGNORE NULLS OVER (ORDER BY id)", "int", [None, 10, 20, 20, 40]),
        ("FIRST_VALUE(v) OVER (ORDER BY id)", "int", [10] * 5),
        ("LAST_VALUE(v) OVER (ORDER BY id)", "int", [10, 20, None, 40, 40]),
        (
            "LAST_VALUE(v) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)",
            "int",
            [40] * 5,
        ),
        ("SUM(v) OVER ()", "int", [110] * 5),
        ("SUM(v) OVER (ORDER BY id)", "int", [10, 30, 30, 70, 110]),
        ("SUM(v) OVER (ORDER BY g)", "int", [70, 70, 110, 110, 40]),
        ("SUM(v) OVER (PARTITION BY g)", "int", [30, 30, 40, 40, 40]),
        ("SUM(v) OVER (ORDER BY id ROWS 1 PRECEDING)", "int", [10, 30, 20, 40, 80]),
        ("SUM(v) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)", "int", [20, 40, 80, 40, None]),
        ("AVG(v) OVER (ORDER BY id)", "int", [10, 15, 15, 23, 27]),
        ("COUNT(*) OVER (PARTITION BY g)", "int", [2, 2, 2, 2, 1]),
        ("MAX(g) OVER ()", "varchar(5)", ["b"] * 5),
        ("ROW_NUMBER() OVER (ORDER BY (SELECT NULL))", "bigint", [1, 2, 3, 4, 5]),
        ("v * 100 / SUM(v) OVER ()", "int", [9, 18, None, 36, 36]),
    ],
)
def test_windows(evaluator: Evaluator, text: str, type_name: str, wanted: list[Any]) -> None:
    evaluator.table(ROWS, id="int", g="varchar(5)", v="int")
    bound, _ = evaluator.bind(text)
    assert str(bound.type) == type_name
    assert evaluator.rows(text, order="ORDER BY t.id") == wanted


def test_the_scope_hears_of_plain_aggregates_only(evaluator: Evaluator) -> None:
    evaluator.table(ROWS, id="int", g="varchar(5)", v="int")
    _, scope = evaluator.bind("SUM(v) + COUNT(*) + MAX(id) OVER ()")
    assert scope.aggregates == ["SUM", "COUNT"]
