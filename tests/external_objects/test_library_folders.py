"""The folders of installed libraries while several sessions use, change and remove them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from localdb.events import Event, RowBatch
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.satellite.launcher import Launcher
from tests.external_objects.conftest import create, script
from tests.external_objects.packages import library, pure_library, sdist
from tests.runtime.conftest import PASSWORD, assert_ok, errors, rows

MODULES = ("numpy", "pandas", "pyarrow")


STREAMED = """
EXEC sp_execute_external_script @language = N'Python', @script = N'
word = "not yet"
if InputDataSet["a"][0] == 2:
    import shout
    word = shout.WORD
OutputDataSet = pandas.DataFrame({"word": [word]})
', @input_data_1 = N'SELECT a FROM (VALUES (1), (2)) AS t(a) ORDER BY a',
@params = N'@r_rowsPerRead int', @r_rowsPerRead = 1 WITH RESULT SETS ((word nvarchar(10)))
"""


def test_a_running_script_keeps_what_it_imports_from(
    connect: Callable[..., Session], instance: Instance
) -> None:
    """It has run for the first row when another session drops the library, and imports it for the second."""
    running, other = connect(), connect()
    assert_ok(running.run_batch(create("shout", pure_library("shout", "WORD = 'AHOY'"))))
    events = running.run_batch(STREAMED)
    seen = [next(events)]
    while not isinstance(seen[-1], RowBatch):
        seen.append(next(events))
    assert_ok(other.run_batch("DROP EXTERNAL LIBRARY shout"))
    seen += events
    assert rows(iter(seen)) == [("not yet",), ("AHOY",)]
    number = instance.require_database(other.database).database_id
    assert instance.launcher is not None
    assert list(instance.launcher.libraries.glob(f"{number}-public-*"))
    assert_ok(other.run_batch(create("another", b"") + " DROP EXTERNAL LIBRARY another"))
    assert not list(instance.launcher.libraries.glob(f"{number}-*"))


def test_many_sessions_install_one_library_once(connect: Callable[..., Session], instance: Instance) -> None:
    sessions = [connect() for _ in range(6)]
    assert_ok(sessions[0].run_batch(create("shout", pure_library("shout", "WORD = 'AHOY'"))))
    text = script("import shout\nanswer = shout.WORD")
    with ThreadPoolExecutor(len(sessions)) as pool:
        answers = list(pool.map(lambda session: rows(session.run_batch(text)), sessions))
    assert answers == [[("AHOY",)]] * len(sessions)
    number = instance.require_database(sessions[0].database).database_id
    assert instance.launcher is not None
    assert len(list(instance.launcher.libraries.glob(f"{number}-*"))) == 2
    assert not list(instance.launcher.libraries.glob(".new-*"))


def test_cancel_ends_a_build(connect: Callable[..., Session], instance: Instance) -> None:
    session = connect()
    files = {"setup.py": "while True: pass"}
    assert_ok(session.run_batch(create("endless", library(sdist("endless", files)))))
    seen: list[Event] = []
    thread = threading.Thread(target=lambda: seen.extend(session.run_batch(script("answer = ''"))))
    thread.start()
    while not instance.libraries._installing.locked():
        thread.join(0.01)
    session.cancel()
    thread.join(30)
    assert not thread.is_alive() and errors(seen) == []
    assert_ok(session.run_batch("DROP EXTERNAL LIBRARY endless"))
    assert rows(session.run_batch(script("answer = 'usable'"))) == [("usable",)]


def test_private_folders_have_a_variable_of_their_own(connect: Callable[..., Session]) -> None:
    dbo, ann = connect(), connect("ann")
    assert_ok(dbo.run_batch("GRANT CREATE EXTERNAL LIBRARY TO ann"))
    assert_ok(dbo.run_batch(create("theirs", pure_library("theirs", ""))))
    assert_ok(ann.run_batch(create("mine", pure_library("mine", ""))))
    text = """
import os
user, shared = os.environ.get("MRS_EXTLIB_USER_PATH"), os.environ["MRS_EXTLIB_SHARED_PATH"]
names = [name for path in (user, shared) if path for name in sorted(os.listdir(path))]
answer = " ".join(name for name in names if name.endswith("py"))
"""
    assert rows(ann.run_batch(script(text))) == [("mine.py theirs.py",)]
    assert rows(dbo.run_batch(script(text))) == [("theirs.py",)]


def test_a_script_cannot_write_into_its_libraries(session: Session) -> None:
    assert_ok(session.run_batch(create("shout", pure_library("shout", "WORD = 'AHOY'"))))
    text = "import shout\nopen(shout.__file__, 'w')"
    assert errors(list(session.run_batch(script(text)))) == [39004, 39019]
    assert rows(session.run_batch(script("import shout\nanswer = shout.WORD"))) == [("AHOY",)]


def test_a_data_folder_without_the_tables(tmp_path: Path) -> None:
    """An earlier version made it: what is missing is made when it is opened."""
    launcher = Launcher(tmp_path / "satellites", modules=MODULES)
    Instance(tmp_path / "data", sa_password=PASSWORD, threads=2).close()
    with duckdb.connect(str(tmp_path / "data" / "master.duckdb")) as connection:
        for kind in ("languages", "language_files", "libraries", "library_files"):
            connection.execute(f'DROP TABLE "_ldb".external_{kind}')
    launcher.start()
    instance = Instance(tmp_path / "data", sa_password=PASSWORD, launcher=launcher, threads=2)
    session = instance.login(Login("sa", PASSWORD))
    assert_ok(session.run_batch("EXEC sp_configure 'external scripts enabled', 1 RECONFIGURE"))
    assert_ok(session.run_batch(create("shout", pure_library("shout", "WORD = 'AHOY'"))))
    assert rows(session.run_batch(script("import shout\nanswer = shout.WORD"))) == [("AHOY",)]
    instance.close()
    launcher.close()


@pytest.mark.parametrize("reopened", [False, True])
def test_languages_and_libraries_survive_a_restart(tmp_path: Path, reopened: bool) -> None:
    instance = Instance(tmp_path / "data", sa_password=PASSWORD, threads=2)
    session = instance.login(Login("sa", PASSWORD))
    two = "(CONTENT = 0x01, PLATFORM = WINDOWS), (CONTENT = 0x02)"
    assert_ok(session.run_batch(f"CREATE EXTERNAL LIBRARY a FROM {two} WITH (LANGUAGE = 'Python')"))
    before = instance.require_database("master").snapshot.external
    if reopened:
        instance.close()
        instance = Instance(tmp_path / "data", sa_password=PASSWORD, threads=2)
    assert instance.require_database("master").snapshot.external == before
    instance.close()
