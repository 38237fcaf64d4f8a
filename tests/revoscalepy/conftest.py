"""The package as a script finds it: its folder is on ``sys.path``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PACKAGES = Path(__file__).parents[2] / "localdb" / "script_packages"
sys.path.append(str(PACKAGES))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)


@pytest.fixture
def frame(rng) -> pd.DataFrame:
    """Two numbers, two factors, and responses that depend on them."""
    rows = 400
    data = pd.DataFrame(
        {
            "x": rng.normal(size=rows),
            "z": rng.normal(size=rows) * 3 + 10,
            "c": rng.choice(["red", "green", "blue"], rows),
            "h": rng.integers(1, 5, rows),
        }
    )
    data["y"] = 1.5 * data.x - 0.25 * data.z + (data.c == "red") * 2 + data.h * 0.3 + rng.normal(size=rows)
    data["b"] = (data.y + rng.normal(size=rows) > data.y.mean()).astype(int)
    data["k"] = np.select([data.y > 1, data.y < -1], ["high", "low"], "middle")
    return data
