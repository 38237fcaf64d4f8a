"""What a Python has already of what a library brings. This file is the text of a script: it runs in the
sandbox, under the language's own Python (3.10 or later), and is never imported by the server.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys


def examine(names: str) -> str:
    """``names`` is JSON: ``[distribution, [module, ...]]``.

    The answer is JSON with ``python`` (its version), ``installed`` (the version of that distribution or null)
    and ``taken`` (those of the modules that can be imported here).
    """
    distribution, modules = json.loads(names)
    try:
        installed = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        installed = None
    taken = [name for name in modules if _is_taken(name)]
    return json.dumps({"python": sys.version_info[:3], "installed": installed, "taken": taken})


def _is_taken(name: str) -> bool:
    """Whether ``name`` is a module here; a folder of a name space can have parts in many places."""
    try:
        found = importlib.util.find_spec(name)
    except ValueError:  # a module that was made by hand
        return True
    return found is not None and found.origin is not None
