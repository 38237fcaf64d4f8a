"""Small solvers that bring a sum of ratios of whole numbers to a wanted value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def ratio(part: Ints, whole: Ints) -> Floats:
    """``part / whole`` as the feature view rounds it, to 7 decimals."""
    return np.round(part / whole, 7)


def bisect(sum_of: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """An x in low..high with ``sum_of(x)`` near ``wanted``; ``sum_of`` is monotonic and may have steps."""
    rising = sum_of(high) > sum_of(low)
    for _ in range(50):
        middle = (low + high) / 2
        if (sum_of(middle) < wanted) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def spread_total(counts: Ints, wanted: int, least: int, movable: NDArray[np.bool_]) -> Ints:
    """``counts`` with movable elements raised or lowered by one, in turn, until they add up to ``wanted``."""
    counts = counts.copy()
    while (gap := wanted - int(counts.sum())) != 0:
        step = 1 if gap > 0 else -1
        free = np.flatnonzero(movable & (counts + step >= least))
        if len(free) == 0:
            raise ValueError(f"no counts of at least {least} add up to {wanted}")
        counts[free[: abs(gap)]] += step
    return counts


def close_gap(deltas: Floats, gap: float) -> list[int]:
    """Up to three distinct indices whose ``deltas`` add up to nearly ``gap``.

    ``deltas[i]`` is what changing customer i would add to the sum, NaN if it must not change. Only a few
    hundred distinct deltas are tried: they are fractions with small denominators.
    """
    usable = np.flatnonzero(~np.isnan(deltas))
    values, first = np.unique(deltas[usable], return_index=True)
    step = max(1, len(values) // 400)
    index, values = usable[first][::step], values[::step]
    index, values = np.append(index, -1), np.append(values, 0.0)
    pairs = (values[:, None] + values[None, :]).ravel()
    order = np.argsort(pairs, kind="stable")
    ordered = pairs[order]
    best: tuple[float, list[int]] = (abs(gap), [])
    for third in range(len(values)):
        place = int(np.searchsorted(ordered, gap - values[third]))
        for candidate in order[max(0, place - 2) : place + 2]:
            chosen = [int(index[i]) for i in (*divmod(int(candidate), len(values)), third) if index[i] >= 0]
            error = abs(gap - values[third] - pairs[candidate])
            if len(set(chosen)) == len(chosen) and error < best[0]:
                best = (float(error), chosen)
    return best[1]
