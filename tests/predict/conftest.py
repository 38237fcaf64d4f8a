"""One instance with a launcher for all tests of this folder; external scripts are not enabled in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.satellite.launcher import Launcher
from tests.runtime.conftest import PASSWORD, assert_ok


@pytest.fixture(scope="package")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("predict")
    launcher = Launcher(folder / "satellites", modules=("numpy", "pandas", "pyarrow"))
    launcher.start()
    made = Instance(folder / "data", sa_password=PASSWORD, launcher=launcher, threads=2)
    yield made
    made.close()
    launcher.close()


@pytest.fixture
def session(instance: Instance) -> Iterator[Session]:
    """A session on a database of its own, with a table of models."""
    name = f"predict_{uuid.uuid4().hex[:12]}"
    master = instance.login(Login("sa", PASSWORD))
    assert_ok(master.run_batch(f"CREATE DATABASE {name}"))
    made = instance.login(Login("sa", PASSWORD, name))
    assert_ok(made.run_batch("CREATE TABLE models (id int PRIMARY KEY, model varbinary(max))"))
    yield made
    made.close()
    assert_ok(master.run_batch(f"DROP DATABASE {name}"))
    master.close()
