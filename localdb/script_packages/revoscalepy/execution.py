"""``rx_exec``: a function, once or many times, here or in the server.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-exec.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .contexts import RxComputeContext, RxInSqlServer, active
from .errors import DataError
from .remote import call_in_server


def rx_exec(
    function: Callable[..., Any],
    args: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    times_to_run: int = -1,
    task_chunk_size: int | None = None,
    compute_context: RxComputeContext | None = None,
    local_state: Mapping[str, object] | None = None,
    callback: Callable[[Any], object] | None = None,
    continue_on_failure: bool = True,
    **kwargs: Any,
) -> list[Any]:
    """The results of all calls, in order; the tasks run one after the other, and the first error ends them.

    ``args`` is one dictionary or one for each call; ``kwargs`` instead: a list has one value for each call.
    In an RxInSqlServer context a function must be defined in the main script or in another function, to be
    sent by value; ``local_state`` becomes its global variables. Its result must be of the types of
    :mod:`.remote_values`.
    """
    tasks = _tasks(args, kwargs, times_to_run)
    context = active(compute_context)
    results = []
    for task in tasks:
        if isinstance(context, RxInSqlServer):
            result = call_in_server(context, function, task, state=local_state)
        else:
            result = function(**task)
        if callback is not None:
            callback(result)
        results.append(result)
    return results


def _tasks(
    args: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None, kwargs: Mapping[str, Any], times: int
) -> list[dict[str, Any]]:
    """The arguments of each call."""
    if args is not None and kwargs:
        raise DataError("rx_exec takes the function's arguments either as args or by their names")
    if args is None:
        tasks = _spread(kwargs)
    else:
        tasks = [dict(args)] if isinstance(args, Mapping) else [dict(one) for one in args]
    if times >= 0 and len(tasks) == 1:
        return tasks * times
    if times >= 0 and len(tasks) != times:
        raise DataError(f"times_to_run is {times}, but there are arguments for {len(tasks)} calls")
    return tasks


def _spread(kwargs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One dictionary per call: each list gives its elements to the calls in turn."""
    lengths = {len(value) for value in kwargs.values() if isinstance(value, list) and len(value) != 1}
    if len(lengths) > 1:
        raise DataError(f"the lists of arguments have different lengths: {sorted(lengths)}")
    return [
        {name: _element(value, position) for name, value in kwargs.items()}
        for position in range(lengths.pop() if lengths else 1)
    ]


def _element(value: Any, position: int) -> Any:
    if not isinstance(value, list):
        return value
    return value[0] if len(value) == 1 else value[position]
