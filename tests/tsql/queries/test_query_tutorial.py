"""The tutorial's feature query: return ratios of customers, against the same computed in Python."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

DERIVED_TABLES = """
SELECT
    ss_customer_sk AS customer,
    ROUND(COALESCE(returns_count / NULLIF(1.0 * orders_count, 0), 0), 7) AS orderRatio,
    ROUND(COALESCE(returns_items / NULLIF(1.0 * orders_items, 0), 0), 7) AS itemsRatio,
    ROUND(COALESCE(returns_money / NULLIF(1.0 * orders_money, 0), 0), 7) AS monetaryRatio,
    COALESCE(returns_count, 0) AS frequency
FROM (
    SELECT ss_customer_sk, COUNT(DISTINCT (ss_ticket_number)) AS orders_count,
        COUNT(ss_item_sk) AS orders_items, SUM(ss_net_paid) AS orders_money
    FROM store_sales s
    GROUP BY ss_customer_sk
) orders
LEFT OUTER JOIN (
    SELECT sr_customer_sk, COUNT(DISTINCT (sr_ticket_number)) AS returns_count,
        COUNT(sr_item_sk) AS returns_items, SUM(sr_return_amt) AS returns_money
    FROM store_returns
    GROUP BY sr_customer_sk
) returned ON ss_customer_sk = sr_customer_sk
"""

WITH_CTES = """
WITH orders AS (
    SELECT ss_customer_sk, COUNT(DISTINCT ss_ticket_number) AS orders_count,
        COUNT(ss_item_sk) AS orders_items, SUM(ss_net_paid) AS orders_money
    FROM dbo.store_sales GROUP BY ss_customer_sk
), returned AS (
    SELECT sr_customer_sk, COUNT(DISTINCT sr_ticket_number) AS returns_count,
        COUNT(sr_item_sk) AS returns_items, SUM(sr_return_amt) AS returns_money
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
            ratios.append(0.0 if missing else float(Decimal(part) / Decimal(whole)))
        result[customer] = (*ratios, back[0] or 0)
    return result


@pytest.mark.parametrize("query", [DERIVED_TABLES, WITH_CTES])
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
            # Quotients of these decimals have six digits, cut off.
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
