"""The tutorial's feature query: return ratios of customers, against the same computed in Python."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

FEATURES = """
SELECT
    ss_customer_sk AS customer,
    round(CASE WHEN ((orders_count = 0) OR (returns_count IS NULL) OR (orders_count IS NULL)
        OR ((returns_count / orders_count) IS NULL)) THEN 0.0
        ELSE (cast(returns_count as nchar(10)) / orders_count) END, 7) AS orderRatio,
    round(COALESCE(returns_items / NULLIF(1.0 * orders_items, 0), 0), 7) AS itemsRatio,
    round(COALESCE(returns_money / NULLIF(1.0 * orders_money, 0), 0), 7) AS monetaryRatio,
    COALESCE(returns_count, 0) AS frequency
FROM (
    SELECT ss_customer_sk, COUNT(DISTINCT (ss_ticket_number)) AS orders_count, COUNT(ss_item_sk) AS orders_items,
        SUM(ss_net_paid) AS orders_money
    FROM store_sales s
    GROUP BY ss_customer_sk
) orders
LEFT OUTER JOIN (
    SELECT sr_customer_sk, COUNT(DISTINCT (sr_ticket_number)) AS returns_count, COUNT(sr_item_sk) AS returns_items,
        SUM(sr_return_amt) AS returns_money
    FROM store_returns
    GROUP BY sr_customer_sk
) returned ON ss_customer_sk = sr_customer_sk
""".replace(
    # The published text divides strings; the ratio that it means is the one of the other two columns.
    "round(CASE WHEN ((orders_count = 0) OR (returns_count IS NULL) OR (orders_count IS NULL)\n"
    "        OR ((returns_count / orders_count) IS NULL)) THEN 0.0\n"
    "        ELSE (cast(returns_count as nchar(10)) / orders_count) END, 7)",
    "round(COALESCE(returns_count / NULLIF(1.0 * orders_count, 0), 0), 7)",
)

WITH_CTES = """
WITH orders AS (
    SELECT ss_customer_sk, COUNT(DISTINCT ss_ticket_number) AS orders_count, COUNT(ss_item_sk) AS orders_items,
        SUM(ss_net_paid) AS orders_money
    FROM dbo.store_sales GROUP BY ss_customer_sk
), returned AS (
    SELECT sr_customer_sk, COUNT(DISTINCT sr_ticket_number) AS returns_count, COUNT(sr_item_sk) AS returns_items,
        SUM(sr_return_amt) AS returns_money
    FROM dbo.store_returns GROUP BY sr_customer_sk
)
SELECT ss_customer_sk AS customer,
    CAST(ROUND(COALESCE(returns_count / NULLIF(1.0 * orders_count, 0), 0), 7) AS float) AS orderRatio,
    CAST(ROUND(COALESCE(returns_items / NULLIF(1.0 * orders_items, 0), 0), 7) AS float) AS itemsRatio,
    CAST(ROUND(COALESCE(returns_money / NULLIF(1.0 * orders_money, 0), 0), 7) AS float) AS monetaryRatio,
    COALESCE(returns_count, 0) AS frequency
FROM orders LEFT JOIN returned ON ss_customer_sk = sr_customer_sk
"""

MONEY = st.decimals(0, 999, places=2)
KEY = st.integers(1, 4)
SALES = st.lists(
    st.tuples(KEY, st.integers(1, 5), st.integers(1, 9) | st.none(), MONEY | st.none()), max_size=12
)


def _truncated(numerator: Decimal, denominator: Decimal) -> Decimal:
    """The quotient as decimal division gives it: at least 8 digits here, cut or rounded at the 7th below."""
    return numerator / denominator


def _by_customer(rows: list[tuple]) -> dict[int, tuple[int, int, Decimal | None]]:
    groups: dict[int, list[tuple]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return {
        customer: (
            len({row[1] for row in group}),
            sum(row[2] is not None for row in group),
            sum((row[3] for row in group if row[3] is not None), Decimal(0))
            if any(row[3] is not None for row in group)
            else None,
        )
        for customer, group in groups.items()
    }


def _features(sales: list[tuple], returned: list[tuple]) -> dict[int, tuple]:
    orders, returns = _by_customer(sales), _by_customer(returned)
    result = {}
    for customer, ordered in orders.items():
        back = returns.get(customer, (None, None, None))
        ratios = []
        for part, whole in zip(back, ordered, strict=True):
            missing = part is None or whole is None or whole == 0
            ratios.append(0.0 if missing else float(_truncated(Decimal(part), Decimal(whole))))
        result[customer] = (*ratios, back[0] or 0)
    return result


@pytest.mark.parametrize("query", [FEATURES, WITH_CTES])
@settings(max_examples=25, deadline=None)
@given(sales=SALES, returned=SALES)
def test_features_equal_the_ones_computed_in_python(
    empty_database, query: str, sales: list, returned: list
) -> None:
    db = empty_database()
    db.table(
        "store_sales",
        "ss_customer_sk int null, ss_ticket_number int, ss_item_sk int null, ss_net_paid decimal(7,2) null",
        sales,
    )
    db.table(
        "store_returns",
        "sr_customer_sk int null, sr_ticket_number int, sr_item_sk int null, sr_return_amt decimal(7,2) null",
        returned,
    )
    rows = db.rows(query)
    expected = _features(sales, returned)
    assert {row[0] for row in rows} == set(expected)
    for customer, *values in rows:
        wanted = expected[customer]
        assert values[3] == wanted[3]
        for value, exact in zip(values[:3], wanted[:3], strict=True):
            assert abs(float(value) - exact) <= 1.5e-6


def test_columns_of_the_view(db) -> None:
    db.table(
        "store_sales",
        "ss_customer_sk int null, ss_ticket_number int, ss_item_sk int, ss_net_paid decimal(7,2)",
    )
    db.table(
        "store_returns",
        "sr_customer_sk int null, sr_ticket_number int, sr_item_sk int, sr_return_amt decimal(7,2)",
    )
    assert [(name, kind) for name, kind, _ in db.columns(WITH_CTES)] == [
        ("customer", "int"),
        ("orderRatio", "float"),
        ("itemsRatio", "float"),
        ("monetaryRatio", "float"),
        ("frequency", "int"),
    ]


def test_rounding_of_a_third() -> None:
    assert Decimal("0.3333333") == (Decimal(1) / 3).quantize(Decimal("1e-7"), ROUND_HALF_UP)
