"""Builds a wheel from a source distribution. This file is the text of a script: it runs in the sandbox, under
the language's own Python (3.10 or later), and is never imported by the server.

https://packaging.python.org/specifications/source-distribution-format and PEP 517.
"""

from __future__ import annotations

import importlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

_SETUPTOOLS = "setuptools.build_meta:__legacy__"


def build(file_name: str, content: bytes) -> tuple[str, bytes]:
    """The name and the content of the wheel that the project's own build backend makes.

    Nothing is downloaded and no program is started: the backend must be installed, and compile nothing.
    """
    subprocess.Popen.__init__ = _no_program  # type: ignore[method-assign]
    target = Path.cwd() / "wheel"
    target.mkdir()
    os.chdir(_unpack(file_name, content, Path.cwd() / "source"))
    wheel = _backend().build_wheel(str(target))
    return wheel, (target / wheel).read_bytes()


def _no_program(*_: Any, **__: Any) -> None:
    raise PermissionError(
        "building it starts another program, such as a compiler, which is not possible here; "
        "upload a wheel that was built for this platform"
    )


def _unpack(file_name: str, content: bytes, where: Path) -> Path:
    """The folder of the project: the only one at the top of the archive, or the whole archive."""
    if file_name.lower().endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(where)
    else:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            tar.extractall(where, filter="data")
    entries = list(where.iterdir())
    inside = entries[0] if len(entries) == 1 else where
    if not any((inside / name).exists() for name in ("pyproject.toml", "setup.py")):
        raise RuntimeError("it has neither a pyproject.toml nor a setup.py")
    return inside


def _backend() -> Any:
    """The build backend of the project in the current folder."""
    system = _build_system(Path("pyproject.toml"))
    sys.path[:0] = [str(Path(folder).resolve()) for folder in system.get("backend-path", [])]
    module, _, attribute = system.get("build-backend", _SETUPTOOLS).partition(":")
    try:
        backend = importlib.import_module(module)
    except ImportError as error:
        raise RuntimeError(f"its build backend {module} is not installed for this language") from error
    for name in filter(None, attribute.split(".")):
        backend = getattr(backend, name)
    return backend


def _build_system(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    system: dict[str, Any] = _toml().loads(file.read_text("utf-8")).get("build-system", {})
    return system


def _toml() -> Any:
    """Python 3.10 has no reader of TOML, but setuptools brings one."""
    name = "tomllib" if sys.version_info >= (3, 11) else "setuptools._vendor.tomli"
    return importlib.import_module(name)
