"""CREATE, ALTER and DROP EXTERNAL LIBRARY, and what scripts see of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from localdb.events import Failed
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.satellite.launcher import Launcher
from tests.external_objects.conftest import create, script
from tests.external_objects.packages import library, project, pure_library, sdist, wheel, zipped
from tests.runtime.conftest import PASSWORD, assert_ok, errors, rows

SHOUT = "import shout\nanswer = shout.WORD"


def failure(session: Session, text: str) -> str:
    """The text of the only error."""
    (failed,) = [event.error for event in session.run_batch(text) if isinstance(event, Failed)]
    return failed.message


def test_a_script_imports_an_uploaded_wheel(session: Session) -> None:
    assert_ok(session.run_batch(create("shout", pure_library("shout", "WORD = 'AHOY'"))))
    assert rows(session.run_batch(script(SHOUT))) == [("AHOY",)]
    assert rows(
        session.run_batch("SELECT name, language, scope, scope_desc FROM sys.external_libraries")
    ) == [("shout", "Python", 0, "PUBLIC")]


def test_the_content_is_kept_as_it_was(session: Session) -> None:
    content = pure_library("shout", "WORD = 1")
    assert_ok(session.run_batch(create("shout", content)))
    assert rows(session.run_batch("SELECT content, platform_desc FROM sys.external_library_files")) == [
        (content, "LINUX")
    ]


def test_alter_replaces_what_scripts_import(session: Session) -> None:
    assert_ok(session.run_batch(create("shout", pure_library("shout", "WORD = 'one'"))))
    assert rows(session.run_batch(script(SHOUT))) == [("one",)]
    content = pure_library("shout", "WORD = 'two'", version="2.0").hex()
    assert_ok(
        session.run_batch(
            f"ALTER EXTERNAL LIBRARY shout SET (CONTENT = 0x{content}) WITH (LANGUAGE = 'Python')"
        )
    )
    assert rows(session.run_batch(script(SHOUT))) == [("two",)]


def test_after_drop_it_is_gone(session: Session, instance: Instance) -> None:
    assert_ok(session.run_batch(create("shout", pure_library("shout", "WORD = 'AHOY'"))))
    assert_ok(session.run_batch(script(SHOUT)))
    assert_ok(session.run_batch("DROP EXTERNAL LIBRARY shout"))
    assert errors(list(session.run_batch(script(SHOUT)))) == [39004, 39019]
    number = instance.require_database(session.database).database_id
    assert instance.launcher is not None
    assert not list(instance.launcher.libraries.glob(f"{number}-*"))


def test_a_transaction_sees_its_own_library_and_can_take_it_back(
    session: Session, instance: Instance
) -> None:
    create_it = create("shout", pure_library("shout", "WORD = 'AHOY'"))
    assert_ok(session.run_batch(f"BEGIN TRANSACTION {create_it}"))
    assert rows(session.run_batch(script(SHOUT))) == [("AHOY",)]
    assert_ok(session.run_batch("ROLLBACK"))
    assert errors(list(session.run_batch(script(SHOUT)))) == [39004, 39019]
    number = instance.require_database(session.database).database_id
    assert instance.launcher is not None
    assert not list(instance.launcher.libraries.glob(f"{number}-*"))


def test_several_libraries_share_one_folder_for_tools_that_list_it(session: Session) -> None:
    for name in ("first_one", "second_one"):
        assert_ok(session.run_batch(create(name, pure_library(name, "X = 1"))))
    listing = "import os\nanswer = ' '.join(sorted(os.listdir(os.environ['MRS_EXTLIB_SHARED_PATH'])))"
    assert rows(session.run_batch(script(listing))) == [
        ("first_one-1.0.dist-info first_one.py second_one-1.0.dist-info second_one.py",)
    ]


def test_parts_of_one_name_space_from_two_libraries(session: Session) -> None:
    for part in ("left", "right"):
        package = wheel(f"space_{part}", {f"space/{part}.py": f"NAME = '{part}'"})
        assert_ok(session.run_batch(create(f"space_{part}", library(package))))
    both = "import space.left, space.right\nanswer = space.left.NAME + space.right.NAME"
    assert rows(session.run_batch(script(both))) == [("leftright",)]


def test_two_libraries_with_different_files_of_one_name(session: Session) -> None:
    for name in ("one", "two"):
        package = wheel(name, {"common.py": f"NAME = '{name}'"})
        assert_ok(session.run_batch(create(name, library(package))))
    message = failure(session, script("answer = ''"))
    assert message == (
        "Failed to install external library 'two': Another library has a different file common.py."
    )


# --- scopes ---


def test_a_library_of_dbo_is_public_and_another_private(connect: Callable[..., Session]) -> None:
    dbo, ann, bob = connect(), connect("ann"), connect("bob")
    assert_ok(dbo.run_batch("GRANT CREATE EXTERNAL LIBRARY TO ann"))
    assert_ok(dbo.run_batch(create("shout", pure_library("shout", "WORD = 'public'"))))
    assert_ok(ann.run_batch(create("shout", pure_library("shout", "WORD = 'private'"))))
    assert rows(ann.run_batch(script(SHOUT))) == [("private",)]
    assert rows(bob.run_batch(script(SHOUT))) == [("public",)]
    assert rows(dbo.run_batch(script(SHOUT))) == [("public",)]
    assert rows(dbo.run_batch("SELECT scope FROM sys.external_libraries ORDER BY scope")) == [(0,), (1,)]


def test_a_library_of_a_role_is_its_members(connect: Callable[..., Session]) -> None:
    dbo, ann, bob = connect(), connect("ann"), connect("bob")
    assert_ok(dbo.run_batch("CREATE ROLE crew ALTER ROLE crew ADD MEMBER ann"))
    assert_ok(dbo.run_batch(create("shout", pure_library("shout", "WORD = 'crew'"), owner="crew")))
    assert rows(ann.run_batch(script(SHOUT))) == [("crew",)]
    assert errors(list(bob.run_batch(script(SHOUT)))) == [39004, 39019]


def test_another_database_sees_nothing(connect: Callable[..., Session], instance: Instance) -> None:
    session = connect()
    assert_ok(session.run_batch(create("shout", pure_library("shout", "WORD = 1"))))
    other = instance.login(Login("sa", PASSWORD))
    assert errors(list(other.run_batch(script(SHOUT)))) == [39004, 39019]
    other.close()


# --- permissions ---


def test_who_may_create_alter_and_drop(connect: Callable[..., Session]) -> None:
    dbo, ann = connect(), connect("ann")
    content = pure_library("shout", "WORD = 1")
    alter = (
        f"ALTER EXTERNAL LIBRARY shout AUTHORIZATION dbo SET (CONTENT = 0x{content.hex()}) "
        "WITH (LANGUAGE = 'Python')"
    )
    drop = "DROP EXTERNAL LIBRARY shout AUTHORIZATION dbo"
    assert errors(list(ann.run_batch(create("shout", content)))) == [262]
    assert_ok(dbo.run_batch(create("shout", content)))
    assert errors(list(ann.run_batch(alter))) == [15151]
    assert errors(list(ann.run_batch(drop))) == [15151]
    assert_ok(dbo.run_batch("GRANT CREATE EXTERNAL LIBRARY TO ann"))
    assert errors(list(ann.run_batch(create("other", content, owner="dbo")))) == [39046]
    assert_ok(ann.run_batch(create("shout", content)))
    assert_ok(ann.run_batch("DROP EXTERNAL LIBRARY shout"))
    assert_ok(dbo.run_batch("GRANT ALTER ANY EXTERNAL LIBRARY TO ann"))
    assert_ok(ann.run_batch(alter))
    assert_ok(ann.run_batch(drop))


def test_the_views_show_what_is_the_callers(connect: Callable[..., Session]) -> None:
    dbo, ann, bob = connect(), connect("ann"), connect("bob")
    assert_ok(dbo.run_batch("GRANT CREATE EXTERNAL LIBRARY TO ann"))
    assert_ok(dbo.run_batch(create("theirs", b"1")))
    assert_ok(ann.run_batch(create("mine", b"2")))
    names = "SELECT name FROM sys.external_libraries"
    contents = "SELECT content FROM sys.external_library_files"
    assert (rows(ann.run_batch(names)), rows(ann.run_batch(contents))) == ([("mine",)], [(b"2",)])
    assert (rows(bob.run_batch(names)), rows(bob.run_batch(contents))) == ([], [])
    assert errors(list(bob.run_batch(script("answer = ''")))) == [39048]
    assert rows(bob.run_batch("SELECT count(*) FROM sys.external_library_setup_errors")) == [(0,)]
    assert rows(dbo.run_batch("SELECT count(*) FROM sys.external_library_setup_errors")) == [(1,)]
    assert_ok(dbo.run_batch("GRANT VIEW DEFINITION ON EXTERNAL LIBRARY::theirs TO bob"))
    assert rows(bob.run_batch(names)) == [("theirs",)]


def test_only_sysadmin_names_a_file(connect: Callable[..., Session], tmp_path: Path) -> None:
    dbo, ann = connect(), connect("ann")
    file = tmp_path / "shout.zip"
    file.write_bytes(pure_library("shout", "WORD = 'from a file'"))
    text = f"CREATE EXTERNAL LIBRARY shout FROM (CONTENT = N'{file}') WITH (LANGUAGE = 'Python')"
    assert_ok(dbo.run_batch("ALTER ROLE db_owner ADD MEMBER ann"))
    assert errors(list(ann.run_batch(text))) == [39044]
    assert_ok(dbo.run_batch(text))
    file.unlink()
    assert rows(ann.run_batch(script(SHOUT))) == [("from a file",)]


# --- errors of the statements ---


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = NULL) WITH (LANGUAGE = 'Python')", 39042),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = 1) WITH (LANGUAGE = 'Python')", 39042),
        ("DECLARE @p nvarchar(9) = N'/x' "
         "CREATE EXTERNAL LIBRARY x FROM (CONTENT = @p) WITH (LANGUAGE = 'Python')", 39042),
        (f"CREATE EXTERNAL LIBRARY x FROM (CONTENT = '/{'x' * 4000}') WITH (LANGUAGE = 'Python')", 39043),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = '/no/such/file') WITH (LANGUAGE = 'Python')", 39044),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = '/etc') WITH (LANGUAGE = 'Python')", 39044),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = 'x.zip') WITH (LANGUAGE = 'Python')", 39044),
        ("CREATE EXTERNAL LIBRARY x AUTHORIZATION nobody FROM (CONTENT = 0x1) WITH (LANGUAGE = 'Python')",
         39046),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = 0x1) WITH (LANGUAGE = 'Julia')", 39007),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = 0x1) WITH (LANGUAGE = 'R')", 39007),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = 0x1), (CONTENT = 0x2, PLATFORM = LINUX) "
         "WITH (LANGUAGE = 'Python')", 39114),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = 0x1), (CONTENT = 0x2, PLATFORM = WINDOWS), "
         "(CONTENT = 0x3, PLATFORM = WINDOWS) WITH (LANGUAGE = 'Python')", 39113),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = NONE) WITH (LANGUAGE = 'Python')", 40517),
        ("ALTER EXTERNAL LIBRARY x SET (CONTENT = 0x1) WITH (LANGUAGE = 'Python')", 15151),
        ("ALTER EXTERNAL LIBRARY x ADD (CONTENT = 0x1) WITH (LANGUAGE = 'Python')", 40517),
        ("DROP EXTERNAL LIBRARY x", 15151),
        ("DROP EXTERNAL LIBRARY x AUTHORIZATION nobody", 15151),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = 0x1)", 102),
        ("CREATE EXTERNAL LIBRARY x FROM (FILE = 0x1) WITH (LANGUAGE = 'Python')", 156),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = 0x1, PLATFORM = BEOS) WITH (LANGUAGE = 'Python')", 102),
    ],
)  # fmt: skip
def test_refused(session: Session, text: str, number: int) -> None:
    assert errors(list(session.run_batch(text))) == [number]
    assert rows(session.run_batch("SELECT count(*) FROM sys.external_libraries")) == [(0,)]


def test_names_are_unique_for_an_owner_without_case(session: Session) -> None:
    assert_ok(session.run_batch(create("shout", b"1")))
    assert failure(session, create("SHOUT", b"2")) == (
        f"External library 'SHOUT' already exists for owner 'dbo' in database '{session.database}'."
    )


def test_content_of_the_other_platform_is_kept_and_not_installed(session: Session) -> None:
    assert_ok(
        session.run_batch(
            "CREATE EXTERNAL LIBRARY x FROM (CONTENT = 0x12, PLATFORM = WINDOWS) WITH (LANGUAGE = 'Python')"
        )
    )
    assert rows(session.run_batch("SELECT content, platform_desc FROM sys.external_library_files")) == [
        (b"\x12", "WINDOWS")
    ]
    assert rows(session.run_batch(script("answer = 'runs'"))) == [("runs",)]
    text = "ALTER EXTERNAL LIBRARY x SET (CONTENT = 0x1, PLATFORM = LINUX) WITH (LANGUAGE = 'Python')"
    assert errors(list(session.run_batch(text))) == [39115]


# --- errors of installing ---

NO_PACKAGE = (
    "Could not find the package inside the zip - external library must be a python package inside a zip."
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xab\xc1\x23", "The zip cannot be read: File is not a zip file."),
        (wheel("bare", {"bare.py": ""})[1], NO_PACKAGE),
        (zipped({"readme.txt": "hello"}), NO_PACKAGE),
        (zipped({"a-1.0-py3-none-any.whl": "", "b.zip": ""}),
         "The zip holds 2 packages; an external library is one package."),
        (library(wheel("numpy", {"numpy/__init__.py": ""})), "is preinstalled and cannot be replaced."),
        (library(wheel("sneaky", {"pandas/__init__.py": ""})),
         "The library would replace the preinstalled pandas."),
        (library(wheel("sneaky", {"sneaky-1.0.data/purelib/json.py": ""})),
         "The library would replace the preinstalled json."),
        (library(wheel("other", {"other.py": ""}, tag="cp27-cp27m-win32")), "is not a wheel for CPython"),
        (library(wheel("other", {"other.py": ""}, requires_python="<3")), "requires Python <3"),
        (library(wheel("other", {"other.py": ""}, metadata_name="another")), "by its METADATA."),
        (library(wheel("other", {"other.py": ""}, record={"other.py": "sha256=AAAA,0"})),
         "not a valid wheel"),
        (library(("other.whl", zipped({"other.py": ""}))), "is not the name of a wheel"),
    ],
)  # fmt: skip
def test_what_cannot_be_installed(session: Session, content: bytes, reason: str) -> None:
    assert_ok(session.run_batch(create("broken", content)))
    for _ in range(2):
        message = failure(session, script("answer = ''"))
        assert message.startswith("Failed to install external library 'broken': ")
        assert reason in message
    found = rows(session.run_batch("SELECT error_code, error_message FROM sys.external_library_setup_errors"))
    assert found == [(39048, message)]
    assert_ok(session.run_batch("DROP EXTERNAL LIBRARY broken"))
    assert rows(session.run_batch(script("answer = 'runs again'"))) == [("runs again",)]


# --- source distributions ---


@pytest.mark.parametrize("suffix", ["tar.gz", "zip"])
def test_a_source_distribution_is_built(session: Session, suffix: str) -> None:
    files = {"pyproject.toml": project("shout"), "shout.py": "WORD = 'built'"}
    assert_ok(session.run_batch(create("shout", library(sdist("shout", files, suffix=suffix)))))
    assert rows(session.run_batch(script(SHOUT))) == [("built",)]


def test_a_build_runs_in_the_sandbox(session: Session, tmp_path: Path) -> None:
    setup = f"""
import os, setuptools
assert not os.path.exists({str(tmp_path)!r})
try:
    open("/etc/passwd")
except OSError:
    pass
else:
    raise SystemExit("the file can be read")
setuptools.setup(name="shout", version="1.0", py_modules=["shout"])
"""
    files = {"setup.py": setup, "shout.py": "WORD = 'locked in'"}
    assert_ok(session.run_batch(create("shout", library(sdist("shout", files)))))
    assert rows(session.run_batch(script(SHOUT))) == [("locked in",)]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"readme": ""}, "it has neither a pyproject.toml nor a setup.py."),
        ({"setup.py": "raise ValueError('no luck')"}, "ValueError: no luck."),
        ({"setup.py": "from setuptools import *\nsetup(name='c', ext_modules=[Extension('c', ['c.c'])])",
          "c.c": "int x;"}, "upload a wheel that was built for this platform"),
        ({"pyproject.toml": "[build-system]\nbuild-backend = 'no.such'\nrequires = []\n"},
         "its build backend no.such is not installed for this language."),
        ({"setup.py": "import os\nos.kill(os.getpid(), 9)"}, "the worker was ended by signal 9"),
    ],
)  # fmt: skip
def test_what_cannot_be_built(session: Session, files: dict[str, str], reason: str) -> None:
    assert_ok(session.run_batch(create("broken", library(sdist("broken", files)))))
    assert reason in failure(session, script("answer = ''"))


# --- restarts ---


def test_folders_after_a_restart(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path / "satellites", modules=("numpy", "pandas", "pyarrow"))
    launcher.start()
    for start in range(2):
        instance = Instance(tmp_path / "data", sa_password=PASSWORD, launcher=launcher, threads=2)
        session = instance.login(Login("sa", PASSWORD))
        if start == 0:
            assert_ok(session.run_batch("EXEC sp_configure 'external scripts enabled', 1 RECONFIGURE"))
            assert_ok(session.run_batch(create("shout", pure_library("shout", "WORD = 'kept'"))))
        assert rows(session.run_batch(script(SHOUT))) == [("kept",)]
        instance.close()
        (launcher.libraries / "1-4711-0123456789abcdef").mkdir()
        (launcher.libraries / ".new-left-behind").mkdir()
    assert len(list(launcher.libraries.iterdir())) == 4
    Instance(tmp_path / "data", sa_password=PASSWORD, launcher=launcher, threads=2).close()
    assert [folder.name.split("-")[0] for folder in launcher.libraries.iterdir()] == ["1"]
    launcher.close()
