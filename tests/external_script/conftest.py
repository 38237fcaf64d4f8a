"""One launcher, with a real zygote, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from script_host import Host
from sql_session import PASSWORD

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
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


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory, launcher: Launcher) -> Iterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("server") / "data", sa_password=PASSWORD, launcher=launcher)
    yield instance
    instance.close()


@pytest.fixture
def session(instance: Instance) -> Iterator[Session]:
    """sa's, in a database of its own, on a server that runs scripts."""
    admin = instance.login(Login("sa", PASSWORD))
    name = f"test_{admin.spid}"
    list(admin.run_batch("EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE"))
    list(admin.run_batch(f"CREATE DATABASE {name}"))
    session = instance.login(Login("sa", PASSWORD, name))
    yield session
    session.close()
    list(admin.run_batch(f"DROP DATABASE {name}"))
    admin.close()
