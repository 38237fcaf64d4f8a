"""One launcher, with a real zygote, for all tests of this folder."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localdb.satellite.launcher import BEST_EFFORT, Isolation, Launcher, ScriptRequest, ScriptResult

OPEN = Isolation(BEST_EFFORT, without=("namespaces", "dedicated user", "Landlock", "seccomp"))
"""For scripts that do what is otherwise forbidden: start processes, or write where a test can read."""

Run = Callable[..., ScriptResult]


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    launcher = Launcher(tmp_path_factory.mktemp("satellites") / "work", isolation=OPEN)
    launcher.start()
    assert launcher.wait_ready()
    yield launcher
    launcher.close()


@pytest.fixture(scope="session")
def work(launcher: Launcher) -> Path:
    """The folder of the launcher's work directories."""
    return launcher._directory


@pytest.fixture(scope="session")
def run(launcher: Launcher) -> Run:
    """``run(script, cancelled=..., **fields of ScriptRequest)``"""

    def run(script: str, cancelled: threading.Event | None = None, **fields: Any) -> ScriptResult:
        request = ScriptRequest(script, fields.pop("request_id", str(uuid.uuid4())), **fields)
        return launcher.run(request, cancelled or threading.Event())

    return run
