"""A script's external libraries, seen from its worker: their folders come first on ``sys.path`` (see
``worker.script``), and what the zygote has imported must not be in their way."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

KEPT = frozenset({"localdb", "numpy", "pandas", "pyarrow"})
"""What the worker itself runs on. A library cannot replace it, nor any module of the standard library that is
loaded; it replaces every other package of its name."""


def make_room(libraries: Iterable[Path]) -> None:
    """Forget the modules that the folders ``libraries`` have too, so that an import finds those."""
    provided = {entry.name.partition(".")[0] for folder in libraries for entry in folder.iterdir()}
    replaced = provided - KEPT - sys.stdlib_module_names
    if not replaced:
        return  # looking at thousands of names would copy their pages
    for name in list(sys.modules):
        if name.partition(".")[0] in replaced:
            del sys.modules[name]
