"""Faults on demand. ``pytest tests/faults --faults 1000 --fault-seed 7`` injects more, in a known order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.server import ServerProcess

_FAULTS = 36


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", type=int, default=_FAULTS, help="how often the server is killed in all")
    parser.addoption("--fault-seed", type=int, default=None, help="the seed that a failed run has printed")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """A new one in every run: it is printed with a failure, and makes the same choices again."""
    given = request.config.getoption("--fault-seed", None)
    value = random.SystemRandom().randrange(10**9) if given is None else int(given)
    print(f"--fault-seed {value}")
    return value


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often one of the three tests that kill is to do it."""
    return max(1, int(request.config.getoption("--faults", _FAULTS)) // 3)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A running server on a fresh folder."""
    with ServerProcess(tmp_path / "data") as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A running server for the tests of one file, none of which ends it."""
    with ServerProcess(tmp_path_factory.mktemp("faults") / "data") as server:
        server.start()
        yield server
