"""One launcher, with a real zygote, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from script_host import Host

from localdb.satellite.launcher import Launcher


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    launcher = Launcher(tmp_path_factory.mktemp("satellites") / "work")
    launcher.start()
    assert launcher.wait_ready()
    yield launcher
    launcher.close()


@pytest.fixture
def host(launcher: Launcher) -> Host:
    return Host(launcher)
