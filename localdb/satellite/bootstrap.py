"""The program of a zygote, for the server's own Python and for those of external languages.

``python -I bootstrap.py CONTROL SERVER SETTINGS``: the descriptors of the control socket and of the server's
pidfd, and the settings of ``zygote.main`` as JSON. On the control socket goes one message:
``{"problem": ...}`` when this Python cannot run scripts, else what the zygote says when it is ready.

``python -I bootstrap.py`` prints that message, with an empty problem when there is none.

Every Python 3.7 can read this file, to say what is wrong with it. It puts nothing of the server on
``sys.path``.
"""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
from pathlib import Path
from types import ModuleType

OLDEST = (3, 10)
NEEDED = ("ctypes", "numpy", "pandas", "pyarrow")
_LONGEST = 2000


def problem() -> str:
    """Why this Python cannot run scripts, in words; '' when it can."""
    version = ".".join(map(str, sys.version_info[:3]))
    name = f"{sys.executable} (Python {version}) cannot run scripts"
    if sys.version_info < OLDEST:
        return f"{name}: Python {OLDEST[0]}.{OLDEST[1]} or later is needed."
    found, missing = [], []
    for module in NEEDED:
        try:
            found.append(f"{module} {importlib.import_module(module).__version__}")
        except Exception as error:
            missing.append(f"{module} ({error})")
    if missing:
        return f"{name}: install {', '.join(missing)} in it. Found: {', '.join(found)}."
    try:
        _try_out()
    except Exception as error:
        return f"{name} with {', '.join(found)}: {type(error).__name__}: {error}"
    return ""


def _try_out() -> None:
    """The satellite's own modules work with these versions if they can move a small table."""
    sys.modules["localdb"] = _package("localdb", Path(__file__).resolve().parents[1])
    importlib.import_module("localdb.satellite.zygote")
    importlib.import_module("localdb.satellite.worker.warm").up()


def _package(name: str, folder: Path) -> ModuleType:
    """A package that is known by itself: the folder that it lies in has things that are not for scripts."""
    file = str(folder / "__init__.py")
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=[str(folder)])
    if spec is None:
        raise ImportError(file)
    return importlib.util.module_from_spec(spec)


def main(arguments: list[str]) -> None:
    news = json.dumps({"problem": problem()[:_LONGEST]})
    if not arguments:
        print(news)
        return
    control = socket.socket(fileno=int(arguments[0]))
    if json.loads(news)["problem"]:
        control.send(news.encode())
        while control.recv(1):
            pass  # an order that nobody reads would take the message with it
        return
    zygote = sys.modules["localdb.satellite.zygote"]
    zygote.main(control, int(arguments[1]), json.loads(arguments[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
