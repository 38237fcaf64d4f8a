"""Rows of dbo.store_sales and dbo.store_returns; money is computed in whole cents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from db.generator.solve import Floats, Ints

_FIRST_DAY, _LAST_DAY = 2450816, 2452642
_ITEMS, _STORES, _PROMOTIONS = 17_820, 48, 300


@dataclass(frozen=True, slots=True)
class Lines:
    """One element per sales row; ``ticket`` is 0-based and ``customer`` is a key of dbo.customer."""

    customer: Ints
    ticket: Ints


@dataclass(frozen=True, slots=True)
class Prices:
    """Whole cents per sales row."""

    quantity: Ints
    wholesale: Ints
    list_price: Ints
    sales_price: Ints

    @property
    def paid(self) -> Ints:
        return self.quantity * self.sales_price


def random_prices(rows: int, rng: np.random.Generator) -> Prices:
    """Plausible prices: a markup on wholesale, then a discount of up to a half."""
    wholesale = rng.integers(100, 5000, size=rows)
    list_price = wholesale + (wholesale * rng.uniform(0.1, 1.0, size=rows)).astype(np.int64)
    discount = rng.choice([0.0, 0.1, 0.2, 0.5], size=rows, p=[0.6, 0.2, 0.1, 0.1])
    sales_price = np.maximum(1, (list_price * (1 - discount)).astype(np.int64))
    return Prices(rng.integers(1, 5, size=rows), wholesale, list_price, sales_price)


def sales_frame(lines: Lines, prices: Prices, rng: np.random.Generator) -> pd.DataFrame:
    """All columns of dbo.store_sales; what belongs to a ticket is the same on each of its rows."""
    tickets = int(lines.ticket.max()) + 1 if len(lines.ticket) else 0
    of_ticket = lines.ticket
    customers = int(lines.customer.max()) + 1 if len(lines.customer) else 0
    paid = prices.paid
    tax = (paid * 8 + 50) // 100
    frame = {
        "ss_sold_date_sk": rng.integers(_FIRST_DAY, _LAST_DAY, size=tickets)[of_ticket],
        "ss_sold_time_sk": rng.integers(28_800, 75_600, size=tickets)[of_ticket],
        "ss_item_sk": rng.integers(1, _ITEMS + 1, size=len(of_ticket)),
        "ss_customer_sk": lines.customer,
        "ss_cdemo_sk": rng.integers(1, 1_920_801, size=customers)[lines.customer],
        "ss_hdemo_sk": rng.integers(1, 7_201, size=customers)[lines.customer],
        "ss_addr_sk": rng.integers(1, 50_001, size=customers)[lines.customer],
        "ss_store_sk": rng.integers(1, _STORES + 1, size=tickets)[of_ticket],
        "ss_promo_sk": rng.integers(1, _PROMOTIONS + 1, size=len(of_ticket)),
        "ss_ticket_number": of_ticket + 1,
        "ss_quantity": prices.quantity,
        "ss_wholesale_cost": _money(prices.wholesale),
        "ss_list_price": _money(prices.list_price),
        "ss_sales_price": _money(prices.sales_price),
        "ss_ext_discount_amt": _money(prices.quantity * (prices.list_price - prices.sales_price)),
        "ss_ext_sales_price": _money(paid),
        "ss_ext_wholesale_cost": _money(prices.quantity * prices.wholesale),
        "ss_ext_list_price": _money(prices.quantity * prices.list_price),
        "ss_ext_tax": _money(tax),
        "ss_coupon_amt": _money(np.zeros_like(paid)),
        "ss_net_paid": _money(paid),
        "ss_net_paid_inc_tax": _money(paid + tax),
        "ss_net_profit": _money(paid - prices.quantity * prices.wholesale),
    }
    return pd.DataFrame(frame)


def returns_frame(sales: pd.DataFrame, line: Ints, amount: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """All columns of dbo.store_returns: ``amount`` cents came back for each ``line`` of ``sales``."""
    sold = sales.iloc[line]
    count = len(line)
    tax = (amount * 8 + 50) // 100
    fee = rng.integers(50, 1000, size=count)
    cash = (amount * rng.uniform(0, 1, size=count)).astype(np.int64)
    charge = ((amount - cash) * rng.uniform(0, 1, size=count)).astype(np.int64)
    quantity = np.maximum(
        1, (sold["ss_quantity"].to_numpy() * rng.uniform(0, 1, size=count)).astype(np.int64)
    )
    frame = {
        "sr_returned_date_sk": sold["ss_sold_date_sk"].to_numpy() + rng.integers(1, 91, size=count),
        "sr_return_time_sk": rng.integers(28_800, 75_600, size=count),
        "sr_item_sk": sold["ss_item_sk"].to_numpy(),
        "sr_customer_sk": sold["ss_customer_sk"].to_numpy(),
        "sr_cdemo_sk": sold["ss_cdemo_sk"].to_numpy(),
        "sr_hdemo_sk": sold["ss_hdemo_sk"].to_numpy(),
        "sr_addr_sk": sold["ss_addr_sk"].to_numpy(),
        "sr_store_sk": sold["ss_store_sk"].to_numpy(),
        "sr_reason_sk": rng.integers(1, 36, size=count),
        "sr_ticket_number": sold["ss_ticket_number"].to_numpy(),
        "sr_return_quantity": quantity,
        "sr_return_amt": _money(amount),
        "sr_return_tax": _money(tax),
        "sr_return_amt_inc_tax": _money(amount + tax),
        "sr_fee": _money(fee),
        "sr_return_ship_cost": _money(np.zeros(count, dtype=np.int64)),
        "sr_refunded_cash": _money(cash),
        "sr_reversed_charge": _money(charge),
        "sr_store_credit": _money(amount - cash - charge),
        "sr_net_loss": _money(fee + tax),
    }
    return pd.DataFrame(frame)


def _money(cents: Ints) -> Floats:
    """Cents as float64 with two decimals: exact enough, because the loader writes at most two digits."""
    return cents / 100
