"""The default data set: generated sales and returns whose clusters are those that the tutorial publishes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from db.generator import customers, targets
from db.generator.customers import Counts
from db.generator.keys import assign
from db.generator.people import customer_frame
from db.generator.rows import Lines, Prices, random_prices, returns_frame, sales_frame
from db.generator.solve import Floats, Ints

DEFAULT_SEED = 111
_HIGHEST_KEY = 100_000
_WITHOUT_SALES = 2_664

Tables = dict[str, pd.DataFrame]


def tutorial_tables(scale: float = 1.0, seed: int = DEFAULT_SEED) -> Tables:
    """dbo.customer, dbo.store_sales and dbo.store_returns for ``scale`` times 37,336 customers with sales.

    At scale 1 the feature view over these rows gives the published sizes exactly and the published means to
    six decimals. Same scale and seed, same rows.
    """
    if not 0.001 <= scale <= 100:
        raise ValueError("the scale must be between 0.001 and 100")
    rng = np.random.default_rng(seed)
    groups = _groups(scale, rng)
    keys = _keys(scale, [len(group) for group in groups], rng)
    counts = customers.concatenate(groups)
    with_sales = np.concatenate(keys[:4])
    lines, position = _lines(counts, with_sales, rng)
    owner = np.repeat(np.arange(len(counts)), counts.order_items)
    prices = _prices(with_sales, owner, rng)
    sales = sales_frame(lines, prices, rng)
    line, amount = _returned(
        counts, prices, owner, position, [len(group) for group in groups], with_sales, rng
    )
    returns = returns_frame(sales, line, amount, rng)
    shuffled = sales.iloc[rng.permutation(len(sales))].reset_index(drop=True)
    people = customer_frame(np.concatenate(keys), rng)
    return {"customer": people, "store_sales": shuffled, "store_returns": returns}


def _groups(scale: float, rng: np.random.Generator) -> list[Counts]:
    def size(target: targets.Target) -> int:
        return max(1, round(scale * target.size))

    frequent_size = max(size(targets.FREQUENT), len(targets.KNOWN_FREQUENT) + 1)
    return [
        customers.inactive(max(size(targets.INACTIVE), len(targets.KNOWN_INACTIVE)), rng),
        customers.occasional(targets.OCCASIONAL, size(targets.OCCASIONAL), rng),
        customers.outliers(size(targets.OUTLIER)),
        customers.frequent(targets.FREQUENT, frequent_size, rng, with_known=True),
    ]


def _keys(scale: float, sizes: list[int], rng: np.random.Generator) -> list[Ints]:
    """Keys of the four groups and, last, of customers without sales."""
    stretch = max(1.0, scale)
    published = (targets.INACTIVE, targets.OCCASIONAL, targets.OUTLIER, targets.FREQUENT)
    known: list[tuple[int, ...]] = [
        targets.KNOWN_INACTIVE,
        (),
        (round(targets.OUTLIER.customer),),
        tuple(customer.customer for customer in targets.KNOWN_FREQUENT),
        (),
    ]
    highest = round(_HIGHEST_KEY * stretch)
    means = [target.customer * stretch for target in published] + [highest / 2]
    return assign([*sizes, round(_WITHOUT_SALES * scale)], means, known, highest, rng)


def _lines(counts: Counts, keys: Ints, rng: np.random.Generator) -> tuple[Lines, Ints]:
    """Sales rows, and the position of each within its customer.

    Rows that come back lie first and cover the returned tickets; then one row for each other ticket; then
    the rest anywhere.
    """
    owner = np.repeat(np.arange(len(counts)), counts.order_items)
    start = np.cumsum(counts.order_items) - counts.order_items
    position = np.arange(len(owner)) - start[owner]
    returned, orders = counts.returns[owner], counts.orders[owner]
    rest = position - counts.return_items[owner]
    order = np.where(rest < orders - returned, returned + rest, rng.integers(0, orders))
    order = np.where(rest < 0, position % np.maximum(returned, 1), order)
    first_ticket = np.cumsum(counts.orders) - counts.orders
    # Tickets get shuffled numbers, so that neighbours are not of one customer.
    number = rng.permutation(int(counts.orders.sum()))
    return Lines(keys[owner], number[first_ticket[owner] + order]), position


def _prices(keys: Ints, owner: Ints, rng: np.random.Generator) -> Prices:
    """Random prices, except for customers whose money is known: equal amounts that add up to it."""
    prices = random_prices(len(owner), rng)
    for key, money in _known_money().items():
        for line in (np.flatnonzero(owner == who) for who in np.flatnonzero(keys == key)):
            each = np.full(len(line), money // len(line))
            each[0] += money - int(each.sum())
            prices.quantity[line] = 1
            prices.sales_price[line] = each
            prices.list_price[line] = each
            prices.wholesale[line] = each // 2
    return prices


def _known_money() -> dict[int, int]:
    money = {customer.customer: customer.order_money for customer in targets.KNOWN_FREQUENT}
    # 92520 cents returned for 851 cents paid: 108.719154.
    return {**money, round(targets.OUTLIER.customer): 851}


def _returned(
    counts: Counts,
    prices: Prices,
    owner: Ints,
    position: Ints,
    sizes: list[int],
    keys: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """For each returned row: its row in sales, and the cents paid back."""
    paid: Floats = np.bincount(owner, weights=prices.paid, minlength=len(counts)).astype(np.float64)
    money = np.maximum(np.round(counts.money_ratio * paid), counts.return_items).astype(np.int64)
    known = np.isin(keys, list(_known_money()))
    ends = np.cumsum(sizes)
    for first, last in ((ends[0], ends[1]), (ends[2], ends[3])):
        part = slice(int(first), int(last))
        _settle(money[part], paid[part], float(counts.money_ratio[part].sum()), known[part])
    who = np.repeat(np.arange(len(counts)), counts.return_items)
    start = np.cumsum(counts.return_items) - counts.return_items
    nth = np.arange(len(who)) - start[who]
    first_line = np.cumsum(counts.order_items) - counts.order_items
    line = (first_line[who] + nth % counts.order_items[who]).astype(np.int64)
    return line, _split(money, counts.return_items, who, nth, rng)


def _settle(money: Ints, paid: Floats, wanted: float, fixed: NDArray[np.bool_]) -> None:
    """Change a few returned sums by cents, in place, so that the rounded ratios add up to ``wanted``."""
    gap = wanted - float(np.round(money / paid, 7).sum())
    for who in np.argsort(-paid, kind="stable")[:20]:
        if fixed[who]:
            continue
        before = round(float(money[who] / paid[who]), 7)
        money[who] = max(1, int(money[who]) + round(gap * float(paid[who])))
        gap -= round(float(money[who] / paid[who]), 7) - before


def _split(money: Ints, parts: Ints, who: Ints, nth: Ints, rng: np.random.Generator) -> Ints:
    """Divide each customer's cents among the returned rows: at least a cent each, the last takes the rest."""
    weight = rng.uniform(0.5, 1.5, size=len(who))
    total = np.bincount(who, weights=weight, minlength=len(money))
    spare = (money - parts)[who]
    amount = 1 + np.floor(spare * weight / total[who]).astype(np.int64)
    given = np.bincount(who, weights=amount, minlength=len(money)).astype(np.int64)
    last = nth == parts[who] - 1
    amount[last] += (money - given)[who[last]]
    return amount
