"""Plain data of a wanted size, for measuring: no calibration, only the columns that the features read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from db.generator.tutorial import DEFAULT_SEED, Tables

_LINES_PER_TICKET = 11.5


def shaped_tables(customers: int, sales: int, returns: int, seed: int = DEFAULT_SEED) -> Tables:
    """``sales`` and ``returns`` rows of ``customers`` customers; each buys if there are tickets enough.

    TPC-DS at scale factor 1 has 90,858 customers, 2.75 million sales and 278 thousand returns.
    """
    if not 0 <= returns <= sales or customers < 1:
        raise ValueError("there must be customers, and not more returns than sales")
    rng = np.random.default_rng(seed)
    tickets = max(1, round(sales / _LINES_PER_TICKET))
    buyer = (
        np.concatenate([rng.permutation(customers), rng.integers(0, customers, size=tickets)])[:tickets] + 1
    )
    ticket = np.sort(rng.integers(0, tickets, size=sales))
    paid = rng.integers(100, 30_000, size=sales)
    item = rng.integers(1, 18_001, size=sales)
    back = np.sort(rng.choice(sales, size=returns, replace=False))
    store_sales = pd.DataFrame(
        {
            "ss_item_sk": item,
            "ss_customer_sk": buyer[ticket],
            "ss_ticket_number": ticket + 1,
            "ss_net_paid": paid / 100,
        }
    )
    store_returns = pd.DataFrame(
        {
            "sr_item_sk": item[back],
            "sr_customer_sk": buyer[ticket[back]],
            "sr_ticket_number": ticket[back] + 1,
            "sr_return_amt": paid[back] * rng.integers(30, 101, size=returns) // 100 / 100,
        }
    )
    return {"store_sales": store_sales, "store_returns": store_returns}
