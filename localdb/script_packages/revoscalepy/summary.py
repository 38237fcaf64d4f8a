"""``rx_summary``: means, deviations and counts of the terms of a formula.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-summary; the printed form
is that of https://learn.microsoft.com/machine-learning-server/r/how-to-revoscaler-data-summaries.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .contexts import RxComputeContext
from .data import TransformFunction
from .design import Source
from .errors import DataError, FormulaError
from .formula import Formula, Term, parse
from .options import check_options
from .placement import placed
from .predictors import whole_numbers
from .values import Codes, Floats, factor_codes, find_column, is_factor, numbers, observed_levels

if TYPE_CHECKING:
    import pandas as pd

_STATISTICS = ("Mean", "StdDev", "Min", "Max", "ValidObs", "MissingObs")
_ALL_STATISTICS = {*_STATISTICS, "Sum"}


class RxSummaryResults:
    """``summary_data_frame``: one row per number or interaction with a number; ``categorical``: for each term
    with a factor a frame of counts or of statistics per level; ``nobs_valid`` and ``nobs_missing`` count
    rows."""

    def __init__(
        self,
        formula: str,
        nobs_valid: int,
        nobs_missing: int,
        summary_data_frame: pd.DataFrame,
        categorical: list[pd.DataFrame],
        categorical_type: str,
    ) -> None:
        self.formula = formula
        self.nobs_valid = nobs_valid
        self.nobs_missing = nobs_missing
        self.summary_data_frame = summary_data_frame
        self.categorical = categorical
        self.categorical_type = categorical_type

    def __str__(self) -> str:
        lines = [
            f"Summary Statistics Results for: {self.formula}",
            f"Number of valid observations: {self.nobs_valid}",
        ]
        if len(self.summary_data_frame):
            lines += ["", self.summary_data_frame.to_string(index=False)]
        for table in self.categorical:
            lines += ["", *self._titles(table), table.to_string(index=False)]
        return "\n".join(lines)

    def _titles(self, table: pd.DataFrame) -> list[str]:
        if "Counts" not in table.columns:
            return [f"Statistics by category ({len(table)} categories):"]
        factors = ", ".join(str(name) for name in table.columns[:-1])
        return [f"Category Counts for {factors}", f"Number of categories: {len(table)}"]


@dataclass(frozen=True)
class _Values:
    """A term's product of numbers (None if it has none), its factors, and the rows where nothing is
    missing."""

    name: str
    product: Floats | None
    factors: Mapping[str, tuple[Codes, tuple[str, ...]]]
    present: NDArray[np.bool_]


@placed
def rx_summary(
    formula: str,
    data: object,
    summary_stats: Sequence[str] | None = None,
    by_term: bool = True,
    pweights: str | None = None,
    fweights: str | None = None,
    transform_objects: Mapping[str, object] | None = None,
    transform_function: TransformFunction | None = None,
    transform_variables: Sequence[str] | None = None,
    remove_zero_counts: bool | None = None,
    compute_context: RxComputeContext | None = None,
    **options: object,
) -> RxSummaryResults:
    """Statistics of each term of ``~ a + b + a:b``; ``y ~ b`` means ``~ y:b``. Texts count as factors."""
    refused = dict.fromkeys(("by_group_out_file", "row_selection", "transforms", "transform_packages"))
    kept = {name: value for name, value in options.items() if name not in {"overwrite", "rows_per_block"}}
    check_options("rx_summary", kept, {**refused, "transform_environment": None})
    chosen = tuple(summary_stats or _STATISTICS)
    if set(chosen) - _ALL_STATISTICS:
        raise DataError(f"summary_stats must be of {', '.join(sorted(_ALL_STATISTICS))}")
    frame = Source(
        data, pweights, fweights, transform_function, transform_objects, transform_variables
    ).frame()
    weights = _weights(frame, pweights, fweights)
    terms = [_values(frame, term) for term in _terms(formula)]
    everywhere = np.logical_and.reduce([term.present for term in terms])
    if not by_term:
        terms = [_Values(term.name, term.product, term.factors, everywhere) for term in terms]
    tables = [
        _table(term, weights, chosen, drop_empty=bool(remove_zero_counts)) for term in terms if term.factors
    ]
    return RxSummaryResults(
        formula,
        int(everywhere.sum()) if not by_term else len(frame),
        int((~everywhere).sum()) if not by_term else 0,
        _statistics_frame([term for term in terms if term.product is not None], weights, chosen),
        tables,
        "counts" if tables else "none",
    )


def _terms(text: str) -> list[Term]:
    formula: Formula = parse(text)
    if not formula.terms:
        raise FormulaError(f"the formula {text!r} has no terms")
    if formula.response is None:
        return list(formula.terms)
    return [(formula.response, *term) for term in formula.terms]


def _weights(frame: pd.DataFrame, pweights: str | None, fweights: str | None) -> Floats:
    if pweights and fweights:
        raise DataError("pweights and fweights exclude each other")
    name = pweights or fweights
    return np.ones(len(frame)) if name is None else np.nan_to_num(numbers(find_column(frame, name), name))


def _values(frame: pd.DataFrame, term: Term) -> _Values:
    product: Floats | None = None
    factors: dict[str, tuple[Codes, tuple[str, ...]]] = {}
    present = np.ones(len(frame), dtype=bool)
    for variable in term:
        column = find_column(frame, variable.name)
        if variable.as_factor or is_factor(column):
            column = whole_numbers(column, variable.name) if variable.as_factor else column
            levels = observed_levels(column)
            codes = factor_codes(column, levels)
            factors[f"F_{variable.name}" if variable.as_factor else variable.name] = codes, levels
            present &= codes >= 0
        else:
            values = numbers(column, variable.name)
            product = values if product is None else product * values
            present &= ~np.isnan(values)
    return _Values(":".join(str(variable) for variable in term), product, factors, present)


def _statistics(values: Floats, weights: Floats) -> dict[str, float]:
    """The weighted statistics of ``values``; the variance divides by the sum of the weights minus 1."""
    total = float(weights.sum())
    if not total:
        return {**dict.fromkeys(("Mean", "StdDev", "Min", "Max"), np.nan), "Sum": 0.0}
    mean = float(weights @ values) / total
    spread = float(weights @ (values - mean) ** 2)
    return {
        "Mean": mean,
        "StdDev": float(np.sqrt(spread / (total - 1))) if total > 1 else np.nan,
        "Min": float(values.min()),
        "Max": float(values.max()),
        "Sum": mean * total,
    }


def _statistics_frame(terms: Sequence[_Values], weights: Floats, chosen: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for term in terms:
        assert term.product is not None
        present = term.present
        found: dict[str, Any] = dict(_statistics(term.product[present], weights[present]))
        found.update(ValidObs=int(present.sum()), MissingObs=int((~present).sum()))
        rows.append({"Name": term.name, **{name: found[name] for name in chosen}})
    return pd.DataFrame(rows, columns=["Name", *chosen])


def _table(term: _Values, weights: Floats, chosen: Sequence[str], *, drop_empty: bool) -> pd.DataFrame:
    """For each combination of levels its count, or the statistics of the term's numbers."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    ranges = [range(len(levels)) for _, levels in term.factors.values()]
    # The first factor changes fastest, as in the documentation's tables.
    for reverse in itertools.product(*reversed(ranges)):
        cell = term.present.copy()
        labels: dict[str, Any] = {}
        for (name, (codes, levels)), level in zip(term.factors.items(), reversed(reverse), strict=True):
            cell &= codes == level
            labels[name] = levels[level]
        if drop_empty and not cell.any():
            continue
        rows.append({**labels, **_cell(term, cell, weights, chosen)})
    return pd.DataFrame(rows)


def _cell(term: _Values, cell: NDArray[np.bool_], weights: Floats, chosen: Sequence[str]) -> dict[str, Any]:
    if term.product is None:
        count = float(weights[cell].sum())
        return {"Counts": int(count) if count.is_integer() else count}
    found: dict[str, Any] = {**_statistics(term.product[cell], weights[cell]), "ValidObs": int(cell.sum())}
    return {("Means" if name == "Mean" else name): found[name] for name in chosen if name in found}
