"""Compute contexts: where ``rx_`` functions run.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-set-compute-context.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from .errors import DataError, NotSupportedError


class RxComputeContext:
    """The base of all compute contexts."""


@dataclass(frozen=True)
class RxLocalSeq(RxComputeContext):
    """Here and one after the other: the default."""


class RxInSqlServer(RxComputeContext):
    """In the server, by sp_execute_external_script. ``num_tasks`` is a maximum and 1 is used;
    ``auto_cleanup`` has nothing to clean up. The statement ends after ``execution_timeout_seconds`` (0:
    never)."""

    def __init__(
        self,
        connection_string: str,
        num_tasks: int | None = None,
        auto_cleanup: bool | None = None,
        console_output: bool | None = None,
        execution_timeout_seconds: int | None = None,
        wait: bool = True,
        packages_to_load: Sequence[str] | None = None,
    ) -> None:
        if not connection_string:
            raise DataError("RxInSqlServer needs a connection_string")
        if not wait:
            raise NotSupportedError("RxInSqlServer: wait=False is not supported; jobs are waited for")
        self.connection_string = connection_string
        self.console_output = bool(console_output)
        self.execution_timeout_seconds = execution_timeout_seconds or 0
        self.packages_to_load = tuple(packages_to_load or ())


_CURRENT: ContextVar[RxComputeContext] = ContextVar("compute_context")


def rx_get_compute_context() -> RxComputeContext:
    """The active compute context."""
    return _CURRENT.get(RxLocalSeq())


def rx_set_compute_context(compute_context: RxComputeContext | str) -> RxComputeContext:
    """Activate ``compute_context`` (an object, or "local" or "RxLocalSeq") and return the one before."""
    previous = rx_get_compute_context()
    if isinstance(compute_context, str) and compute_context in {"local", "RxLocalSeq"}:
        compute_context = RxLocalSeq()
    if not isinstance(compute_context, RxComputeContext):
        raise DataError(f"{compute_context!r} is no compute context: RxLocalSeq() or RxInSqlServer(...)")
    _CURRENT.set(compute_context)
    return previous


@contextmanager
def rx_set_temp_compute_context(compute_context: RxComputeContext | str) -> Iterator[None]:
    """``with rx_set_temp_compute_context(...)``: the context for one block."""
    previous = rx_set_compute_context(compute_context)
    try:
        yield
    finally:
        rx_set_compute_context(previous)


def active(compute_context: RxComputeContext | None) -> RxComputeContext:
    """The context of a call: its own, else the active one."""
    if compute_context is not None and not isinstance(compute_context, RxComputeContext):
        raise DataError(f"{compute_context!r} is no compute context: RxLocalSeq() or RxInSqlServer(...)")
    return compute_context or rx_get_compute_context()
