"""How many orders, items and how much money each customer bought and returned, calibrated to the targets."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from db.generator.solve import Floats, Ints, bisect, close_gap, ratio, spread_total
from db.generator.targets import KNOWN_FREQUENT, OUTLIER, Known, Target


@dataclass(frozen=True, slots=True)
class Counts:
    """Per customer (n): distinct tickets, rows, and the wanted ratio of returned to paid money."""

    orders: Ints
    order_items: Ints
    returns: Ints
    return_items: Ints
    money_ratio: Floats

    def __len__(self) -> int:
        return len(self.orders)


def concatenate(parts: list[Counts]) -> Counts:
    """All customers of ``parts`` in a row."""
    names = [field.name for field in fields(Counts)]
    return Counts(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def inactive(size: int, rng: np.random.Generator) -> Counts:
    """Customers who never returned anything: one to three small orders."""
    orders = rng.choice([1, 2, 3], size=size, p=[0.7, 0.22, 0.08]).astype(np.int64)
    items = orders + rng.binomial(2 * orders, 0.25)
    none = np.zeros(size, dtype=np.int64)
    return Counts(orders, items, none, none, np.zeros(size))


def outliers(size: int) -> Counts:
    """Customers who returned twice what they bought, for a hundred times its price."""
    one = np.ones(size, dtype=np.int64)
    return Counts(one, one, one, 2 * one, np.full(size, OUTLIER.monetary_ratio))


def occasional(target: Target, size: int, rng: np.random.Generator) -> Counts:
    """Customers who returned once or twice, usually much of what they bought."""
    returns = np.ones(size, dtype=np.int64)
    wanted = round(target.frequency * size)
    returns[: wanted - size] += 1
    noise = rng.exponential(size=size)
    orders = _orders(returns, lambda x: np.floor(x * noise), 8.0, target.order_ratio * size)
    items = orders + rng.binomial(3, 0.5, size=size) + rng.binomial(orders, 0.5)
    return _items_and_money(target, orders, items, returns, rng)


def frequent(target: Target, size: int, rng: np.random.Generator, with_known: bool) -> Counts:
    """Customers with many orders who returned a small part of them, three times or more."""
    known = KNOWN_FREQUENT if with_known else ()
    movable = np.arange(size) >= len(known)
    returns = 3 + rng.geometric(1 / (target.frequency - 2), size=size).astype(np.int64) - 1
    returns[: len(known)] = [customer.returns for customer in known]
    returns = spread_total(returns, round(target.frequency * size), 3, movable)
    noise = rng.uniform(0.5, 1.5, size=size)
    orders = _orders(
        returns,
        lambda x: np.round(x * noise),
        120.0,
        target.order_ratio * size,
        fixed=_column(known, "orders"),
    )
    items = orders + np.round(orders * rng.uniform(0.6, 1.2, size=size)).astype(np.int64)
    items[: len(known)] = _column(known, "order_items")
    return _items_and_money(target, orders, items, returns, rng, known)


def _column(known: tuple[Known, ...], name: str) -> Ints:
    return np.array([getattr(customer, name) for customer in known], dtype=np.int64)


def _orders(returns: Ints, others: object, highest: float, wanted: float, fixed: Ints | None = None) -> Ints:
    """Orders of each customer (at least its returned ones) so that the order ratios add up to ``wanted``."""
    assert callable(others)
    fixed = np.zeros(0, dtype=np.int64) if fixed is None else fixed

    def orders_at(x: float) -> Ints:
        orders = returns + np.asarray(others(x)).astype(np.int64)
        orders[: len(fixed)] = fixed
        return orders

    best = bisect(lambda x: float(ratio(returns, orders_at(x)).sum()), wanted, 0.0, highest)
    orders = orders_at(best)
    more = orders + 1
    less = np.maximum(orders - 1, returns)
    changed = np.where(np.arange(len(orders)) % 2 == 0, more, less)
    deltas = ratio(returns, changed) - ratio(returns, orders)
    deltas[: len(fixed)] = np.nan
    chosen = close_gap(deltas, wanted - float(ratio(returns, orders).sum()))
    orders[chosen] = changed[chosen]
    return orders


def _items_and_money(
    target: Target,
    orders: Ints,
    items: Ints,
    returns: Ints,
    rng: np.random.Generator,
    known: tuple[Known, ...] = (),
) -> Counts:
    """Returned items and the wanted money ratios, so that both add up to the target."""
    size = len(orders)
    items = np.maximum(items, orders)
    # Every order that was not returned keeps at least one item.
    most = items - (orders - returns)
    noise = rng.uniform(0.4, 1.6, size=size)

    def returned_at(x: float) -> Ints:
        wish = np.round(x * noise * (returns / orders) * items).astype(np.int64)
        returned = np.clip(wish, returns, most)
        returned[: len(known)] = _column(known, "return_items")
        return returned

    wanted = target.items_ratio * size
    best = bisect(lambda x: float(ratio(returned_at(x), items).sum()), wanted, 0.0, 3.0)
    returned = returned_at(best)
    step = np.where(np.arange(size) % 2 == 0, 1, -1)
    changed = np.clip(returned + step, returns, most)
    deltas = ratio(changed, items) - ratio(returned, items)
    deltas[: len(known)] = np.nan
    chosen = close_gap(deltas, wanted - float(ratio(returned, items).sum()))
    returned[chosen] = changed[chosen]
    share = ratio(returned, items) * rng.uniform(0.5, 1.5, size=size)
    share[: len(known)] = _column(known, "return_money") / _column(known, "order_money")
    free = target.monetary_ratio * size - share[: len(known)].sum()
    share[len(known) :] *= free / share[len(known) :].sum()
    return Counts(orders, items, returns, returned, share)
