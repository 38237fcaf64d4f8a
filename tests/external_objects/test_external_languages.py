"""CREATE, ALTER and DROP EXTERNAL LANGUAGE: another Python, here a virtual environment of the tests' own."""

from __future__ import annotations

import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from localdb.errors import SqlError
from localdb.events import Failed, Info
from localdb.runtime.external.environment import parse_environment
from localdb.runtime.session import Session
from tests.external_objects.conftest import create, script
from tests.external_objects.packages import pure_library
from tests.runtime.conftest import assert_ok, errors, rows


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment that finds numpy, pandas and pyarrow where the tests do."""
    folder = tmp_path_factory.mktemp("languages") / "environment"
    venv.create(folder, symlinks=True)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


def language(python: Path, name: str = "other", options: str = "") -> str:
    return (
        f"CREATE EXTERNAL LANGUAGE {name} FROM (CONTENT = N'{python}', FILE_NAME = '{python.name}' {options})"
    )


def test_scripts_run_in_the_other_python(session: Session, python: Path) -> None:
    assert_ok(session.run_batch(language(python)))
    prefix = "import sys\nanswer = sys.prefix"
    assert rows(session.run_batch(script(prefix, "other"))) == [(str(python.parents[1]),)]
    ((own,),) = rows(session.run_batch(script(prefix)))
    assert own != str(python.parents[1])


def test_its_environment_variables_reach_the_script(session: Session, python: Path) -> None:
    variables = """, ENVIRONMENT_VARIABLES = N'{"GREETING": "it''s me", "OMP_NUM_THREADS": "2"}'"""
    assert_ok(session.run_batch(language(python, options=variables)))
    text = "import os\nanswer = os.environ['GREETING'] + os.environ['OMP_NUM_THREADS']"
    assert rows(session.run_batch(script(text, "other"))) == [("it's me2",)]
    assert errors(list(session.run_batch(script(text)))) == [39004, 39019]


def test_a_library_belongs_to_one_language(session: Session, python: Path) -> None:
    assert_ok(session.run_batch(language(python)))
    assert_ok(session.run_batch(create("shout", pure_library("shout", "WORD = 'other'"), language="OTHER")))
    text = "import shout\nanswer = shout.WORD"
    assert rows(session.run_batch(script(text, "other"))) == [("other",)]
    assert errors(list(session.run_batch(script(text)))) == [39004, 39019]
    assert errors(list(session.run_batch("DROP EXTERNAL LANGUAGE other"))) == [39129]
    assert_ok(session.run_batch("DROP EXTERNAL LIBRARY shout DROP EXTERNAL LANGUAGE other"))
    assert errors(list(session.run_batch(script("answer = ''", "other")))) == [39007]


def test_the_views(session: Session, python: Path) -> None:
    options = """, PLATFORM = LINUX, PARAMETERS = N'p', ENVIRONMENT_VARIABLES = N'{"A": "b"}'"""
    assert_ok(session.run_batch(language(python, options=options)))
    assert rows(session.run_batch("SELECT language, principal_id FROM sys.external_languages")) == [
        ("R", 1),
        ("Python", 1),
        ("other", 1),
    ]
    columns = (
        "CAST(content AS varchar(max)), file_name, platform, platform_desc, parameters, environment_variables"
    )
    assert rows(session.run_batch(f"SELECT {columns} FROM sys.external_language_files")) == [
        (str(python), "python", 2, "LINUX", "p", '{"A": "b"}')
    ]


def test_alter(session: Session, python: Path, tmp_path: Path) -> None:
    assert_ok(session.run_batch(language(python)))
    windows = r"(CONTENT = N'C:\python.exe', FILE_NAME = 'python.exe', PLATFORM = WINDOWS)"
    linux = (
        f"(CONTENT = N'{python}', FILE_NAME = 'python', ENVIRONMENT_VARIABLES = N'{{\"GREETING\": \"hi\"}}')"
    )
    assert errors(list(session.run_batch(f"ALTER EXTERNAL LANGUAGE other SET {windows}"))) == [39124]
    assert errors(list(session.run_batch(f"ALTER EXTERNAL LANGUAGE other ADD {linux}"))) == [39125]
    assert errors(list(session.run_batch("ALTER EXTERNAL LANGUAGE other REMOVE PLATFORM LINUX"))) == [39126]
    assert_ok(session.run_batch(f"ALTER EXTERNAL LANGUAGE other ADD {windows}"))
    assert_ok(session.run_batch(f"ALTER EXTERNAL LANGUAGE other SET {linux}"))
    text = "import os\nanswer = os.environ['GREETING']"
    assert rows(session.run_batch(script(text, "other"))) == [("hi",)]
    assert_ok(session.run_batch("ALTER EXTERNAL LANGUAGE other REMOVE PLATFORM LINUX"))
    assert errors(list(session.run_batch(script(text, "other")))) == [39124]


def test_a_rolled_back_language_is_none(session: Session, python: Path) -> None:
    assert_ok(session.run_batch(f"BEGIN TRANSACTION {language(python)} ROLLBACK"))
    assert errors(list(session.run_batch(script("answer = ''", "other")))) == [39007]


def test_a_python_that_cannot_run_scripts(session: Session, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    venv.create(empty, symlinks=True)
    failed = [
        event for event in session.run_batch(language(empty / "bin" / "python")) if isinstance(event, Failed)
    ]
    assert failed[0].error.number == 39128
    (status,) = failed[0].error.messages
    assert isinstance(status, Info) and "numpy" in status.message
    assert rows(session.run_batch("SELECT count(*) FROM sys.external_languages")) == [(2,)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CREATE EXTERNAL LANGUAGE Python FROM (CONTENT = N'/x', FILE_NAME = 'x')", 39130),
        ("CREATE EXTERNAL LANGUAGE r FROM (CONTENT = N'/x', FILE_NAME = 'x')", 39130),
        ("ALTER EXTERNAL LANGUAGE python REMOVE PLATFORM LINUX", 39131),
        ("DROP EXTERNAL LANGUAGE R", 39131),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = NULL, FILE_NAME = 'x')", 39117),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = 0x1234, FILE_NAME = 'x')", 40514),
        (f"CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'/{'x' * 4000}', FILE_NAME = 'x')", 39118),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'python', FILE_NAME = 'python')", 39119),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'/x/python', FILE_NAME = 'python3')", 39119),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'/x/python.zip', FILE_NAME = 'python.zip')", 39119),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'/no/such/python', FILE_NAME = 'python')", 39128),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'/etc/passwd', FILE_NAME = 'passwd')", 39128),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'/x')", 39123),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'/x', FILE_NAME = 'x', ENVIRONMENT_VARIABLES = N'A=B')",
         39133),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'/x', FILE_NAME = 'x'), "
         "(CONTENT = N'/y', FILE_NAME = 'y')", 39112),
        ("ALTER EXTERNAL LANGUAGE x SET (CONTENT = N'/x', FILE_NAME = 'x')", 15151),
        ("DROP EXTERNAL LANGUAGE x", 15151),
        ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = N'/x', FILE_NAME = 'x', FILE_NAME = 'x')", 102),
    ],
)  # fmt: skip
def test_refused(session: Session, text: str, number: int) -> None:
    assert errors(list(session.run_batch(text))) == [number]


def test_names_and_owners(session: Session, python: Path) -> None:
    assert_ok(session.run_batch(language(python)))
    assert errors(list(session.run_batch(language(python, "OTHER")))) == [39122]
    owned = language(python, "another AUTHORIZATION nobody")
    assert errors(list(session.run_batch(owned))) == [39121]


def test_who_may_create_alter_and_drop(connect: Callable[..., Session], python: Path) -> None:
    dbo, ann = connect(), connect("ann")
    drop = "DROP EXTERNAL LANGUAGE other"
    assert errors(list(ann.run_batch(language(python)))) == [262]
    assert_ok(dbo.run_batch("ALTER ROLE db_owner ADD MEMBER ann"))
    assert errors(list(ann.run_batch(language(python)))) == [39119]
    assert_ok(dbo.run_batch("ALTER ROLE db_owner DROP MEMBER ann"))
    assert_ok(dbo.run_batch(language(python)))
    assert errors(list(ann.run_batch(drop))) == [15151]
    assert errors(list(ann.run_batch("ALTER EXTERNAL LANGUAGE other REMOVE PLATFORM LINUX"))) == [15151]
    assert_ok(dbo.run_batch("GRANT ALTER ANY EXTERNAL LANGUAGE TO ann"))
    assert_ok(ann.run_batch(drop))


def test_scripts_in_one_language_only(connect: Callable[..., Session], python: Path) -> None:
    dbo, ann = connect(), connect("ann")
    assert_ok(dbo.run_batch(language(python)))
    assert_ok(dbo.run_batch("REVOKE EXECUTE ANY EXTERNAL SCRIPT FROM ann"))
    assert errors(list(ann.run_batch(script("answer = ''", "other")))) == [262]
    assert_ok(dbo.run_batch("GRANT EXECUTE EXTERNAL SCRIPT ON EXTERNAL LANGUAGE::other TO ann"))
    assert rows(ann.run_batch(script("answer = 'may'", "other"))) == [("may",)]
    assert errors(list(ann.run_batch(script("answer = ''")))) == [262]
    assert_ok(dbo.run_batch("DROP EXTERNAL LANGUAGE other"))
    count = "SELECT count(*) FROM sys.database_permissions WHERE permission_name = 'EXECUTE EXTERNAL SCRIPT'"
    assert rows(dbo.run_batch(count)) == [(0,)]


def test_a_library_needs_references_on_its_language(connect: Callable[..., Session], python: Path) -> None:
    dbo, ann = connect(), connect("ann")
    assert_ok(dbo.run_batch(language(python)))
    assert_ok(dbo.run_batch("GRANT CREATE EXTERNAL LIBRARY TO ann"))
    upload = create("shout", pure_library("shout", "WORD = 1"), language="other")
    assert errors(list(ann.run_batch(upload))) == [39007]
    assert_ok(dbo.run_batch("GRANT REFERENCES ON EXTERNAL LANGUAGE::other TO ann"))
    assert_ok(ann.run_batch(upload))


@pytest.mark.parametrize(
    "text",
    [
        "A=B", "[]", '["A", "b"]', '[["A", "b"]]', "3", '{"A": 1}', '{"A": null}', '{"A": {"B": "c"}}',
        '{"A": "b", "A": "c"}', '{"": "b"}', '{"A B": "c"}', '{"1A": "b"}', '{"A": "b\\u0000c"}',
        '{"A=": "b"}',
        '{"LD_PRELOAD": "x"}', '{"ld_library_path": "x"}', '{"PATH": "x"}', '{"PYTHONPATH": "x"}',
        '{"PYTHONHOME": "x"}', '{"MRS_EXTLIB_USER_PATH": "x"}', '{"HOME": "x"}', '{"TMPDIR": "x"}',
        '{"A": "' + "x" * 4000 + '"}', "[" * 100_000,
    ],
)  # fmt: skip
def test_environment_variables_that_are_invalid(text: str) -> None:
    with pytest.raises(SqlError) as raised:
        parse_environment(text)
    assert raised.value.number == 39133


def test_environment_variables_in_their_order() -> None:
    assert parse_environment('{"B": "1", "A_2": ""}') == (("B", "1"), ("A_2", ""))
    assert parse_environment("") == parse_environment("{}") == ()
