"""What the model functions return: the model as numbers, with what is known of how it was fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .native_format import Json
from .native_scoring import BOOSTED, FOREST, LINEAR, LOGISTIC, TREE, NativeModel
from .values import Floats

if TYPE_CHECKING:
    import pandas as pd


def as_json(values: Floats) -> list[Json]:
    """Numbers for the statistics; None is what is not a number."""
    return [float(value) if np.isfinite(value) else None for value in values]


def number_or_none(value: float | np.floating[Any]) -> Json:
    """``value``, or None if it is not a number."""
    return float(value) if np.isfinite(value) else None


class RxModelResults:
    """A fitted model. ``native`` is the model as numbers."""

    def __init__(self, native: NativeModel) -> None:
        self.native = native

    def __getattr__(self, name: str) -> Any:
        """The statistics are attributes: numbers, or a Series with the names of the coefficients."""
        # Unpickling asks for attributes before there are any.
        native = self.__dict__.get("native")
        if native is None or name not in native.statistics:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return self._statistic(native.statistics, name)

    @property
    def formula(self) -> str:
        """The formula as it was given."""
        return self.native.formula

    def _statistic(self, statistics: Mapping[str, Json], name: str) -> Any:
        value = statistics[name]
        return np.nan if value is None else value

    def __str__(self) -> str:
        lines = [f"{self._title} for: {self.formula}", f"Dependent variable(s): {self.native.response}"]
        if "n_valid_obs" in self.native.statistics:
            lines += [
                f"Number of valid observations: {self.n_valid_obs}",
                f"Number of missing observations: {self.n_missing_obs}",
            ]
        return "\n".join([*lines, *self._details()])

    _title = "Results"

    def _details(self) -> list[str]:
        return []


class _CoefficientResults(RxModelResults):
    _columns: ClassVar[Mapping[str, str]] = {}

    def _statistic(self, statistics: Mapping[str, Json], name: str) -> Any:
        import pandas as pd

        value = super()._statistic(statistics, name)
        if name in self._columns:
            names = pd.Index(np.array(statistics["coefficient_names"], dtype=object))
            return pd.Series(np.array(value, dtype=np.float64), index=names, name=name)
        if name == "cov_coef":
            kept = self.coefficients.dropna().index
            return pd.DataFrame(np.array(value).reshape(len(kept), len(kept)), index=kept, columns=kept)
        return value

    def coefficient_table(self) -> pd.DataFrame:
        """One row per coefficient; NaN where it was dropped."""
        import pandas as pd

        return pd.DataFrame({title: getattr(self, name) for name, title in self._columns.items()})

    def _details(self) -> list[str]:
        if "coefficients" not in self.native.statistics:
            return []
        return ["", "Coefficients:", self.coefficient_table().to_string(na_rep="Dropped"), *self._footer()]

    def _footer(self) -> list[str]:
        return []


class RxLinModResults(_CoefficientResults):
    """A linear model. Statistics: coefficients, coef_std_error, coef_t_value, coef_p_value (Series),
    r_squared, adj_r_squared, f_statistic, f_pvalue, sigma, residual_squares, df_residual, cov_coef (if asked
    for).
    """

    _title = "Linear Regression Results"
    _columns: ClassVar[Mapping[str, str]] = {
        "coefficients": "Estimate",
        "coef_std_error": "Std. Error",
        "coef_t_value": "t value",
        "coef_p_value": "Pr(>|t|)",
    }

    def _footer(self) -> list[str]:
        return [
            "",
            f"Residual standard error: {self.sigma:.6g} on {self.df_residual} degrees of freedom",
            f"Multiple R-squared: {self.r_squared:.6g}",
            f"Adjusted R-squared: {self.adj_r_squared:.6g}",
            f"F-statistic: {self.f_statistic:.6g}, p-value: {self.f_pvalue:.6g}",
        ]


class RxLogitResults(_CoefficientResults):
    """A logistic model. Statistics: coefficients, coef_std_error, coef_z_value, coef_p_value (Series),
    deviance, aic, df_residual, iterations, converged, cov_coef (if asked for)."""

    _title = "Logistic Regression Results"
    _columns: ClassVar[Mapping[str, str]] = {
        "coefficients": "Estimate",
        "coef_std_error": "Std. Error",
        "coef_z_value": "z value",
        "coef_p_value": "Pr(>|z|)",
    }

    def _footer(self) -> list[str]:
        return ["", f"-2*LogLikelihood: {self.deviance:.6g}", f"Number of iterations: {self.iterations}"]


class _TreeResults(RxModelResults):
    def _statistic(self, statistics: Mapping[str, Json], name: str) -> Any:
        import pandas as pd

        value = super()._statistic(statistics, name)
        if name == "oob_err":
            return pd.DataFrame({"oob.err": pd.Series(value, dtype=np.float64)})
        if name == "importance":
            return pd.Series(value, dtype=np.float64, name="IncNodePurity")
        return value

    @property
    def ntree(self) -> int:
        """Trees, or rounds of one tree per class."""
        classes = len(self.native.classes) if self.native.type == BOOSTED else 0
        return len(self.native.arrays["root"]) // max(1, classes)

    def _details(self) -> list[str]:
        return [f"Number of trees: {self.ntree}", f"Number of nodes: {len(self.native.arrays['feature'])}"]


class RxDTreeResults(_TreeResults):
    """A decision tree."""

    _title = "Decision Tree Results"


class RxDForestResults(_TreeResults):
    """A decision forest; ``oob_err`` has a column ``oob.err`` for each number of trees."""

    _title = "Decision Forest Results"


class RxBTreesResults(RxDForestResults):
    """Boosted trees."""

    _title = "Boosted Trees Results"


_RESULTS: Mapping[str, type[RxModelResults]] = {
    LINEAR: RxLinModResults,
    LOGISTIC: RxLogitResults,
    TREE: RxDTreeResults,
    FOREST: RxDForestResults,
    BOOSTED: RxBTreesResults,
}


def results_of(native: NativeModel) -> RxModelResults:
    """The results object of ``native``'s type."""
    return _RESULTS[native.type](native)
