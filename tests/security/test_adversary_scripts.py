"""Attacks through external scripts and libraries: a script sees what its caller may, and his libraries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localdb.runtime.instance import Instance
from localdb.satellite.launcher import Launcher
from tests.external_objects.packages import hexadecimal, pure_library
from tests.runtime.conftest import PASSWORD
from tests.security.conftest import World

LIBRARY = hexadecimal(pure_library("hers_alone", "WORD = 'hers'"))
RUN = "EXEC sp_execute_external_script @language = N'Python', @script = N'{}'"
QUERY = RUN.format("OutputDataSet = InputDataSet") + ", @input_data_1 = N'{}'"
IMPORT = RUN.format("import hers_alone")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("adversary_scripts")
    launcher = Launcher(folder / "satellites", modules=("numpy", "pandas", "pyarrow"))
    instance = Instance(folder / "data", sa_password=PASSWORD, launcher=launcher, threads=2)
    launcher.start()
    made = World(instance)
    made.do("EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE")
    for name in ("low", "zoe", "maker"):
        made.do(f"GRANT EXECUTE ANY EXTERNAL SCRIPT TO {name}")
    made.do("GRANT CREATE EXTERNAL LIBRARY TO maker; GRANT CREATE EXTERNAL LIBRARY TO zoe")
    made.do("CREATE PROCEDURE dbo.scripted AS " + QUERY.format("SELECT a FROM dbo.hidden"))
    made.do("GRANT EXECUTE ON dbo.scripted TO low")
    create = f"CREATE EXTERNAL LIBRARY hers_alone FROM (CONTENT = {LIBRARY}) WITH (LANGUAGE = 'Python')"
    assert made.outcome("maker", create, IMPORT) == ([], [])
    yield made
    instance.close()
    launcher.close()


def test_a_script_reads_what_its_caller_may(world):
    assert world.outcome("low", QUERY.format("SELECT a FROM dbo.shown")) == ([], [(1,)])


@pytest.mark.parametrize(
    ("statement", "numbers"),
    [
        (QUERY.format("SELECT a FROM dbo.hidden"), [229]),
        (QUERY.format("SELECT a FROM dbo.peek"), [229]),
        (QUERY.format("SELECT a FROM elsewhere.dbo.t"), [916]),
        (QUERY.format("EXEC dbo.hidden_one"), [39001]),
        ("EXEC dbo.scripted", [229]),
    ],
)
def test_its_input_query_gets_no_further(world, statement, numbers):
    assert world.outcome("low", statement) == (numbers, [])
    assert world.outcome("sa", "EXECUTE AS USER = 'low'", statement) == (numbers, [])


@pytest.mark.parametrize(
    ("statement", "numbers"),
    [
        (IMPORT, [39004, 39019]),
        ("DROP EXTERNAL LIBRARY hers_alone", [15151]),
        ("DROP EXTERNAL LIBRARY hers_alone AUTHORIZATION maker", [15151]),
        (
            f"ALTER EXTERNAL LIBRARY hers_alone AUTHORIZATION maker SET (CONTENT = {LIBRARY}) "
            "WITH (LANGUAGE = 'Python')",
            [15151],
        ),
        (
            f"CREATE EXTERNAL LIBRARY x AUTHORIZATION maker FROM (CONTENT = {LIBRARY}) "
            "WITH (LANGUAGE = 'Python')",
            [39046],
        ),
        (
            f"CREATE EXTERNAL LIBRARY x AUTHORIZATION dbo FROM (CONTENT = {LIBRARY}) "
            "WITH (LANGUAGE = 'Python')",
            [39046],
        ),
        ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = '/etc/passwd') WITH (LANGUAGE = 'Python')", [39044]),
        ("GRANT REFERENCES ON EXTERNAL LIBRARY::hers_alone TO low", [15151]),
        ("SELECT name FROM sys.external_libraries", []),
        ("SELECT content FROM sys.external_library_files", []),
        ("SELECT error_message FROM sys.external_library_setup_errors", []),
        ("SELECT login_name FROM sys.dm_external_script_history", [300, 297]),
    ],
    ids=lambda v: str(v)[:70],
)
def test_the_private_library_of_another_is_out_of_reach(world, statement, numbers):
    found, shown = world.outcome("zoe", statement)
    assert set(found) <= set(numbers) and bool(found) == bool(numbers)
    assert shown == []
