"""Servers with isolation at grade full: as root and as another user, with every layer and without one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

DRIVER = Path(__file__).with_name("driver.py")
NOBODY = 65534


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-limit", action="store_true", help="memory hogs at 17 limits instead of 3")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "megabytes" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-limit", False)
        metafunc.parametrize("megabytes", range(512, 1025, 32) if every else (512, 640, 1024))


class Server:
    """The process of driver.py, spoken to."""

    def __init__(self, user: int, settings: dict[str, Any]) -> None:
        # Not below pytest's own folder, which other users cannot enter.
        self.folder = Path(tempfile.mkdtemp(prefix="isolation-"))
        os.chown(self.folder, user, user)
        self._process = subprocess.Popen(
            [sys.executable, str(DRIVER), str(user), str(self.folder), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.defpath, "PYTHONPATH": str(DRIVER.parents[2]), "LANG": "C.UTF-8"},
        )
        self.user = user
        self.hello = self._hear()
        self.layers = {name: (available, reason) for name, available, reason in self.hello["layers"]}
        self.targets = self.hello["targets"]

    def _hear(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        assert line, "the server ended"
        return json.loads(line)

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self._process.stdin.flush()
        return self._hear()

    def run(
        self, script: str, kill: float | None = None, libraries: Sequence[str] = (), **limits: Any
    ) -> dict[str, Any]:
        return self.ask("run", script=script, limits=limits, kill=kill, libraries=libraries)

    @property
    def shelf(self) -> Path:
        """The folder of the libraries."""
        return self.folder / "libraries"

    def current_targets(self) -> dict[str, Any]:
        """What a script would want to reach; spares come and go."""
        return {**self.targets, **self.ask("spares")}

    def look(self) -> dict[str, Any]:
        return self.ask("look")

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="session")
def server() -> Iterator[Callable[..., Server]]:
    """``server(user, without=..., policy=...)``: one process for each combination."""
    servers: dict[str, Server] = {}
    with ExitStack() as stack:

        def get(user: int, **settings: Any) -> Server:
            if user != os.getuid() and os.getuid() != 0:
                pytest.skip("only root can start a server as another user")
            key = json.dumps([user, settings])
            if key not in servers:
                servers[key] = Server(user, settings)
                stack.callback(servers[key].close)
            return servers[key]

        yield get


CONFIGURATIONS = {
    "root": (0, ()),
    "unprivileged": (NOBODY, ()),
    "root, no namespaces": (0, ("namespaces",)),
    "unprivileged, no namespaces": (NOBODY, ("namespaces",)),
    "root, no Landlock": (0, ("Landlock",)),
    "unprivileged, no Landlock": (NOBODY, ("Landlock",)),
}
"""All are of grade full: each promise is kept by two layers, or by seccomp."""


@pytest.fixture(params=CONFIGURATIONS)
def full(request: pytest.FixtureRequest, server: Callable[..., Server]) -> Server:
    user, without = CONFIGURATIONS[request.param]
    return server(user, without=without)


@pytest.fixture(params=["root", "unprivileged"])
def usual(request: pytest.FixtureRequest, server: Callable[..., Server]) -> Server:
    """Every layer, as a server has it by default."""
    user, without = CONFIGURATIONS[request.param]
    return server(user, without=without)
