"""Arguments that the documentation names and that do nothing here, or are refused."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import NotSupportedError

# How the work is done or reported, never what comes out of it.
_WITHOUT_EFFECT = {
    "blocks_per_read",
    "report_progress",
    "verbose",
    "xdf_compression_level",
    "find_splits_in_parallel",
    "use_sparse_cube",
}


def check_options(function: str, given: Mapping[str, object], refused: Mapping[str, object]) -> None:
    """NotSupportedError for an option of ``refused`` with another value than the one there (its default),
    which would change the result; TypeError for one that the documentation does not know."""
    for name, value in given.items():
        if name in refused:
            if value is not None and value != refused[name]:
                raise NotSupportedError(f"{function}: {name}={value!r} is not supported")
        elif name not in _WITHOUT_EFFECT:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")
