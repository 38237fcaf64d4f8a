"""Instances whose scripts run in real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from governed import PASSWORD, ok

from localdb.runtime.governance.admissions import ScriptSettings
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.satellite.launcher import Launcher


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    made = Launcher(tmp_path_factory.mktemp("satellites") / "work", modules=("numpy", "pandas", "pyarrow"))
    made.start()
    assert made.wait_ready()
    yield made
    made.close()


@pytest.fixture
def open_instance(tmp_path: Path, launcher: Launcher) -> Iterator[Callable[..., Instance]]:
    """Opens the same data folder each time, closing the instance before."""
    opened: list[Instance] = []

    def open_(scripts: ScriptSettings | None = None) -> Instance:
        if opened:
            opened.pop().close()
        opened.append(Instance(tmp_path / "data", sa_password=PASSWORD, launcher=launcher, scripts=scripts))
        return opened[-1]

    yield open_
    opened.pop().close()


@pytest.fixture
def instance(open_instance: Callable[..., Instance]) -> Instance:
    return open_instance()


@pytest.fixture
def session(instance: Instance) -> Session:
    made = instance.login(Login("sa", PASSWORD))
    ok(made, "EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE")
    return made
