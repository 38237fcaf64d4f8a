"""The cluster table that the tutorial publishes for its database tpcxbb_1gb, which is no longer to be had.

Source: learn.microsoft.com/sql/machine-learning/tutorials/python-clustering-model-build, and the first rows
of part two. The generated data is calibrated to these numbers; it is not the tutorial's data.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One published cluster: its size and the means of key, three ratios and frequency."""

    size: int
    customer: float
    order_ratio: float
    items_ratio: float
    monetary_ratio: float
    frequency: float


@dataclass(frozen=True, slots=True)
class Known:
    """A customer whose counts follow from the published row; money is in cents."""

    customer: int
    orders: int
    order_items: int
    order_money: int
    returns: int = 0
    return_items: int = 0
    return_money: int = 0


INACTIVE = Target(31675, 50854.809882, 0.0, 0.0, 0.0, 0.0)
OCCASIONAL = Target(4989, 51332.535779, 0.721604, 0.453365, 0.307721, 1.097815)
OUTLIER = Target(1, 57044.0, 1.0, 2.0, 108.719154, 1.0)
FREQUENT = Target(671, 48516.023845, 0.136277, 0.078346, 0.044497, 4.271237)

# 0.068182 = 3/44, 0.078176 = 24/307; 0.086957 = 4/46, 0.068657 = 23/335.
KNOWN_INACTIVE = (29727, 57247, 2040)
KNOWN_FREQUENT = (
    Known(97643, 44, 307, 1_000_000, 3, 24, 37_034),
    Known(32549, 46, 335, 1_000_000, 4, 23, 31_281),
)
