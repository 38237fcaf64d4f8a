"""Where a model function runs: here, or in the server of an RxInSqlServer context."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from .contexts import RxComputeContext, RxInSqlServer, active
from .remote_models import run_in_server

Result = TypeVar("Result")


def placed(function: Callable[..., Result]) -> Callable[..., Result]:
    """``function(formula, data, ..., compute_context=None)`` that runs where the compute context says."""

    @wraps(function)
    def call(
        formula: str,
        data: object,
        *arguments: object,
        compute_context: RxComputeContext | None = None,
        **named: object,
    ) -> Result:
        context = active(compute_context)
        if not isinstance(context, RxInSqlServer):
            return function(formula, data, *arguments, **named)
        result: Result = run_in_server(context, function.__name__, formula, data, arguments, named)
        return result

    return call
