"""Customer keys: distinct, spread over the range, with the published mean of each cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from db.generator.solve import Ints


def assign(
    sizes: list[int], means: list[float], known: list[tuple[int, ...]], highest: int, rng: np.random.Generator
) -> list[Ints]:
    """Distinct keys of 1..highest for each group: ``known[g]`` come first, the rest is random.

    The keys of group g add up to ``round(means[g] * sizes[g])`` where single moves to free keys can reach it.
    """
    free = np.ones(highest + 1, dtype=np.bool_)
    free[0] = False
    for keys in known:
        free[list(keys)] = False
    drawn = rng.permutation(np.flatnonzero(free))
    groups, start = [], 0
    for size, keys in zip(sizes, known, strict=True):
        count = size - len(keys)
        if count < 0 or start + count > len(drawn):
            raise ValueError(f"{size} customers cannot have distinct keys of 1 to {highest}")
        groups.append(np.concatenate([np.array(keys, dtype=np.int64), drawn[start : start + count]]))
        free[drawn[start : start + count]] = False
        start += count
    for group, mean, keys in zip(groups, means, known, strict=True):
        _shift(group, round(mean * len(group)), len(keys), free, rng)
    return groups


def _shift(group: Ints, wanted: int, fixed: int, free: NDArray[np.bool_], rng: np.random.Generator) -> None:
    """Move keys of ``group`` in place to free ones until they add up to ``wanted`` (some thousand moves)."""
    if len(group) == fixed:
        return
    for _ in range(100_000):
        gap = wanted - int(group.sum())
        if gap == 0:
            return
        place = int(rng.integers(fixed, len(group)))
        aim = int(np.clip(group[place] + gap, 1, len(free) - 1))
        # The exact place first; when it is taken or out of reach, anywhere on the way there.
        for moved in (aim, int(rng.integers(min(group[place], aim), max(group[place], aim) + 1))):
            if free[moved]:
                free[group[place]], free[moved] = True, False
                group[place] = moved
                break
