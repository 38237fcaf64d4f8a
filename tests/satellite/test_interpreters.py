"""Zygotes of other Pythons than the server's own: another version, and the same with other packages."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from localdb.satellite.launcher import (
    BUILTIN,
    EXTENSION,
    Launcher,
    Limits,
    Outcome,
    ScriptRequest,
    ScriptResult,
)
from tests.satellite.processes import settled

OLD = ("pandas==1.5.3", "numpy<1.24", "pyarrow<15", "scikit-learn==1.2.2")
"""What an external language of some years ago would have; there are wheels for Python 3.10."""

VERSIONS = (10, 12, 13, 11)
SHOW = "import sys, pandas\nprint('%d.%d' % sys.version_info[:2], pandas.__version__)"


def _find(minor: int) -> str | None:
    """An interpreter of Python 3.``minor`` that starts: on the PATH, or one of pyenv's."""
    found = [shutil.which(f"python3.{minor}")]
    found += sorted(map(str, Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")))
    for path in found:
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return path
    return None


def _make_environment(python: str, folder: Path, *packages: str) -> str:
    """A venv of ``python`` with packages of the index; its interpreter."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *packages], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no package index: {done.stderr.strip().splitlines()[-1]}")
    return str(folder / "bin" / "python")


@pytest.fixture(scope="module")
def other_version(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Another version of Python than ours."""
    for minor in VERSIONS:
        python = _find(minor)
        if python and minor != sys.version_info.minor:
            packages = OLD if minor == 10 else ("pandas", "pyarrow")
            return _make_environment(python, tmp_path_factory.mktemp("version") / "venv", *packages)
    pytest.skip("no other Python from 3.10 to 3.13")


@pytest.fixture(scope="module")
def other_pandas(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Our own version of Python with an older pandas; what else it needs is ours."""
    folder = tmp_path_factory.mktemp("pandas") / "venv"
    python = _make_environment(sys.executable, folder, "--no-deps", "pandas==2.2.3", "pytz")
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    launcher = Launcher(tmp_path_factory.mktemp("interpreters") / "work")
    launcher.start()
    assert launcher.wait_ready()
    yield launcher
    launcher.close()


@pytest.fixture(params=["other_version", "other_pandas"])
def interpreter(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def _run(launcher: Launcher, interpreter: str, script: str, **fields: Any) -> ScriptResult:
    request = ScriptRequest(script, str(uuid.uuid4()), interpreter=interpreter, **fields)
    return launcher.run(request, threading.Event())


def _wait_for_end(pid: int) -> None:
    end = os.pidfd_open(pid)
    assert select.select([end], [], [], 20)[0]
    os.close(end)


def test_a_script_runs_there(launcher, interpreter):
    assert launcher.check(interpreter) == ""
    expected = subprocess.run([interpreter, "-c", SHOW], capture_output=True, text=True, check=True).stdout
    result = _run(launcher, interpreter, SHOW)
    assert (result.outcome, result.stdout) == (Outcome.OK, expected)
    assert _run(launcher, "", SHOW).stdout != expected


@pytest.mark.parametrize("profile", [BUILTIN, EXTENSION])
def test_data_of_every_type(launcher, interpreter, profile):
    """Both ends have an Arrow of their own; what goes in comes out the same as from our own Python."""
    columns = {
        "bit": pa.array([True, False]),
        "int": pa.array([1, None], pa.int32()),
        "bigint": pa.array([2**40, None], pa.int64()),
        "float": pa.array([0.5, None]),
        "nvarchar": pa.array(["ä", None]),
        "varbinary": pa.array([b"\0\1", None], pa.binary()),
    }
    table = pa.table(columns)
    fields = {"input": table, "input_types": tuple(columns), "profile": profile}
    theirs = _run(launcher, interpreter, "OutputDataSet = InputDataSet", **fields)
    ours = _run(launcher, "", "OutputDataSet = InputDataSet", **fields)
    assert theirs.outcome is Outcome.OK, theirs
    assert theirs.output.equals(ours.output)


def test_every_layer_is_there(launcher, interpreter):
    script = """
import os
print([line for line in open('/proc/self/status') if line.startswith(('NoNewPrivs', 'Seccomp:'))])
import socket
for attempt in (os.fork, lambda: open('/etc/passwd'), lambda: os.listdir('/home'), socket.socket):
    try: attempt()
    except OSError as error: print(type(error).__name__)
    else: print('ESCAPED')
"""
    theirs, ours = (_run(launcher, place, script) for place in (interpreter, ""))
    assert theirs.outcome is Outcome.OK and "ESCAPED" not in theirs.stdout
    assert theirs.stdout == ours.stdout


def test_nothing_of_the_server_is_on_the_path(launcher, other_version):
    script = "import json, sys; print(json.dumps(sys.path))"
    path = json.loads(_run(launcher, other_version, script).stdout)
    root = Path(__file__).parents[2]
    assert not {"", ".", str(root), str(root / "localdb"), sysconfig.get_path("purelib")}.intersection(path)


def test_users_of_its_own(launcher, interpreter):
    """A worker shares its user id with no other worker, of whatever zygote."""
    if os.getuid() != 0:
        pytest.skip("only a server that runs as root has users to give")
    users = {_run(launcher, place, "import os; print(os.getuid())").stdout for place in ("", interpreter)}
    assert len(users) == 2 and "0\n" not in users


def test_errors_and_limits(launcher, interpreter):
    assert "ZeroDivisionError" in _run(launcher, interpreter, "1/0").error
    endless = _run(launcher, interpreter, "while True: pass", limits=Limits(wall_clock=0.5))
    assert endless.outcome is Outcome.TIMED_OUT
    hog = _run(launcher, interpreter, "x = bytearray(3 * 2**30)", limits=Limits(memory=2**30, wall_clock=20))
    assert hog.error.endswith("MemoryError\n")


def test_what_is_missing_is_skipped(launcher, other_pandas, caplog):
    """No scikit-learn is no reason to refuse; the own zygote would say so in the log."""
    assert _run(launcher, other_pandas, "x = 1").outcome is Outcome.OK
    assert "Not installed" not in caplog.text


def test_it_is_started_again(launcher, interpreter):
    assert _run(launcher, interpreter, "x = 1").outcome is Outcome.OK
    pid = launcher.interpreter_pids()[interpreter]
    settled(pid)
    os.kill(pid, signal.SIGKILL)
    _wait_for_end(pid)
    assert _run(launcher, interpreter, "print(1)").stdout == "1\n"
    assert launcher.interpreter_pids()[interpreter] != pid


def test_it_ends_when_it_is_idle(tmp_path, other_pandas):
    launcher = Launcher(tmp_path / "work", modules=(), idle_seconds=0.2)
    launcher.start()
    try:
        script = "import time; time.sleep(0.5); print(1)"  # longer than the zygote may be idle
        assert _run(launcher, other_pandas, script).stdout == "1\n"
        pid = launcher.interpreter_pids().get(other_pandas)
        if pid is not None:
            _wait_for_end(pid)
        assert _run(launcher, other_pandas, "print(2)").stdout == "2\n"
        assert launcher.zygote_pid is not None
    finally:
        launcher.close()
    assert launcher.interpreter_pids() == {}


def test_close_ends_them(tmp_path, other_pandas):
    launcher = Launcher(tmp_path / "work", modules=())
    launcher.start()
    assert _run(launcher, other_pandas, "x = 1").outcome is Outcome.OK
    pid = launcher.interpreter_pids()[other_pandas]
    launcher.close()
    assert not Path(f"/proc/{pid}").exists()
    assert _run(launcher, other_pandas, "x = 1").outcome is Outcome.NOT_STARTED


def test_many_at_once_while_it_starts(tmp_path, other_pandas):
    """One zygote for all of them, and the slots of the launcher."""
    launcher = Launcher(tmp_path / "work", concurrency=3, modules=())
    launcher.start()
    results: list[ScriptResult] = []
    threads = [
        threading.Thread(target=lambda: results.append(_run(launcher, other_pandas, "print(1)")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    launcher.close()
    assert [result.stdout for result in results] == ["1\n"] * 6


def _too_old() -> str:
    for minor in (9, 8, 7):
        if python := _find(minor):
            return python
    pytest.skip("no Python before 3.10")


def test_a_python_that_is_too_old(launcher):
    python = _too_old()
    reason = launcher.check(python)
    assert reason.endswith("cannot run scripts: Python 3.10 or later is needed.")
    result = _run(launcher, python, "x = 1")
    assert (result.outcome, result.error) == (Outcome.NOT_STARTED, reason)


def test_packages_that_are_missing(launcher, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    reason = launcher.check(python)
    assert all(f"{name} (No module named '{name}')" in reason for name in ("numpy", "pandas", "pyarrow"))
    result = _run(launcher, python, "x = 1")
    assert (result.outcome, result.error) == (Outcome.NOT_STARTED, reason)
    # Solved meanwhile: the next script does not need another server.
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "venv")}))
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    assert launcher.check(python) == ""
    assert _run(launcher, python, "print(1)").stdout == "1\n"


@pytest.mark.parametrize(
    "program", ["/bin/true", "/bin/cat", "/etc/passwd", "/no/such/python", "python3", ""]
)
def test_what_is_no_python(launcher, program):
    assert launcher.check(program) != ""
    if program:
        assert _run(launcher, program, "x = 1").outcome is Outcome.NOT_STARTED


def test_a_program_among_the_data_is_not_run(launcher):
    """Clients can have files put there."""
    planted = launcher.libraries / "planted"
    planted.symlink_to(sys.executable)
    assert "is in the folder of the server's data" in launcher.check(str(planted))
    assert "is in the folder of the server's data" in _run(launcher, str(planted), "x = 1").error
    planted.unlink()
