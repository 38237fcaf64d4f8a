"""sqlmlutils 1.2.0 against localdb: functions and scripts in the server, procedures made of them, packages.

https://github.com/microsoft/sqlmlutils/tree/master/Python
"""

# No "from __future__ import annotations": sqlmlutils reads the functions' annotations as types.

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pandas import DataFrame
from sqlmlutils import ConnectionInfo, SQLPackageManager, SQLPythonExecutor
from sqlmlutils.packagemanagement.scope import Scope

from tests.external_objects.packages import project, sdist, wheel

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture
def executor(connection: ConnectionInfo) -> SQLPythonExecutor:
    return SQLPythonExecutor(connection)


@pytest.fixture
def packages(connection: ConnectionInfo) -> SQLPackageManager:
    return SQLPackageManager(connection)


# --- functions and scripts ---


def circle(radius, precision=2):
    import math

    print("a circle")
    return {"area": round(math.pi * radius**2, precision)}


def total(frame, factor):
    return int(frame["a"].sum()) * factor


def word():
    import shout

    return shout.WORD


def fails():
    raise ValueError("not today")


def test_a_function(executor: SQLPythonExecutor, capsys: pytest.CaptureFixture[str]) -> None:
    assert executor.execute_function_in_sql(circle, 2, precision=1) == {"area": 12.6}
    assert "a circle\n" in capsys.readouterr().out


def test_a_function_of_a_query(executor: SQLPythonExecutor) -> None:
    query = "SELECT a FROM (VALUES (1), (2), (3)) AS t(a)"
    assert executor.execute_function_in_sql(total, 7, input_data_query=query) == 42


def test_a_function_that_fails(executor: SQLPythonExecutor) -> None:
    with pytest.raises(RuntimeError, match="39004"):
        executor.execute_function_in_sql(fails)


def test_a_script(executor: SQLPythonExecutor, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "script.py"
    file.write_text("import sys\nprint(len(InputDataSet))\nprint('careful', file=sys.stderr)\n")
    executor.execute_script_in_sql(str(file), input_data_query="SELECT 1 AS a")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("1\n\n", "careful\n\n")


def test_a_query(executor: SQLPythonExecutor) -> None:
    frame = executor.execute_sql_query("SELECT ? AS a, 'x' AS b", (5,))
    assert frame.to_dict("records") == [{"a": 5, "b": "x"}]


# --- procedures ---


def repeat(text: str, times: int, scale: float):
    from pandas import DataFrame

    print("repeating")
    return DataFrame({"text": [text] * times, "scaled": [scale * n for n in range(times)]})


def describe(number: int, data: DataFrame):
    return {"rows": len(data), "label": "n" + str(number), "frame": data * 2}


def test_a_procedure_from_a_function(executor: SQLPythonExecutor, capsys: pytest.CaptureFixture[str]) -> None:
    assert executor.create_sproc_from_function("repeat_text", repeat)
    assert executor.check_sproc("repeat_text")
    frame, _ = executor.execute_sproc("repeat_text", text="hi", times=2, scale=1.5)
    assert frame.values.tolist() == [["hi", 0.0], ["hi", 1.5]]
    assert "repeating\n" in capsys.readouterr().out
    executor.drop_sproc("repeat_text")
    assert not executor.check_sproc("repeat_text")


def test_a_procedure_with_output_parameters(executor: SQLPythonExecutor) -> None:
    outputs = {"rows": int, "label": str, "frame": DataFrame}
    executor.create_sproc_from_function("describe_rows", describe, output_params=outputs)
    query = "SELECT a FROM (VALUES (1), (2)) AS t(a)"
    frame, values = executor.execute_sproc("describe_rows", output_params=outputs, number=3, data=query)
    assert frame.values.tolist() == [[2], [4]]
    assert values == {"rows": 2, "label": "n3"}
    executor.drop_sproc("describe_rows")


def test_a_procedure_from_a_script(executor: SQLPythonExecutor, tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    file.write_text('OutputDataSet = DataFrame({"twice": [number * 2]})\n')
    assert executor.create_sproc_from_script("twice", str(file), {"number": int})
    frame, _ = executor.execute_sproc("twice", number=21)
    assert frame.values.tolist() == [[42]]
    executor.drop_sproc("twice")


def test_a_procedure_that_exists_is_not_made_again(executor: SQLPythonExecutor) -> None:
    executor.create_sproc_from_function("repeat_text", repeat)
    with pytest.raises(RuntimeError, match="2714"):
        executor.create_sproc_from_function("repeat_text", repeat)
    executor.drop_sproc("repeat_text")


# --- packages ---


@pytest.fixture
def shout_wheel(tmp_path: Path) -> Path:
    return saved(tmp_path, wheel("shout", {"shout.py": "WORD = 'AHOY'"}))


@pytest.fixture
def uninstalled(packages: SQLPackageManager) -> Iterator[None]:
    yield
    if "shout" in dict(packages.list()):
        packages.uninstall("shout")


def saved(folder: Path, package: tuple[str, bytes]) -> Path:
    file = folder / package[0]
    file.write_bytes(package[1])
    return file


@pytest.mark.usefixtures("uninstalled")
def test_install_list_uninstall(
    packages: SQLPackageManager, executor: SQLPythonExecutor, shout_wheel: Path
) -> None:
    before = packages.list()
    assert "pandas" in dict(before) and "shout" not in dict(before)
    packages.install(str(shout_wheel))
    assert dict(packages.list())["shout"] == "1.0"
    assert executor.execute_function_in_sql(word) == "AHOY"
    packages.uninstall("shout")
    assert sorted(packages.list()) == sorted(before)
    with pytest.raises(RuntimeError, match="39004"):
        executor.execute_function_in_sql(word)


@pytest.mark.usefixtures("uninstalled")
def test_upgrade(
    packages: SQLPackageManager, executor: SQLPythonExecutor, shout_wheel: Path, tmp_path: Path
) -> None:
    packages.install(str(shout_wheel))
    newer = saved(tmp_path, wheel("shout", {"shout.py": "WORD = 'LOUDER'"}, version="2.0"))
    packages.install(str(newer))  # without upgrade: nothing happens
    assert executor.execute_function_in_sql(word) == "AHOY"
    packages.install(str(newer), upgrade=True)
    assert executor.execute_function_in_sql(word) == "LOUDER"


@pytest.mark.usefixtures("uninstalled")
def test_a_source_distribution(
    packages: SQLPackageManager, executor: SQLPythonExecutor, tmp_path: Path
) -> None:
    files = {"pyproject.toml": project("shout"), "shout.py": "WORD = 'built'"}
    files["PKG-INFO"] = "Metadata-Version: 2.1\nName: shout\nVersion: 1.0\n"
    packages.install(str(saved(tmp_path, sdist("shout", files))))
    assert executor.execute_function_in_sql(word) == "built"


def test_a_broken_package_is_rolled_back(packages: SQLPackageManager, tmp_path: Path) -> None:
    """The wheel is for another platform; pip takes it here, the server does not."""
    broken = saved(tmp_path, wheel("shout", {"pandas/__init__.py": ""}))
    with pytest.raises(RuntimeError, match="rolled back"):
        packages.install(str(broken))
    assert "shout" not in dict(packages.list())


def test_private_packages(analyst: ConnectionInfo, executor: SQLPythonExecutor, shout_wheel: Path) -> None:
    own = SQLPackageManager(analyst)
    own.install(str(shout_wheel), scope=Scope.private_scope())
    assert SQLPythonExecutor(analyst).execute_function_in_sql(word) == "AHOY"
    with pytest.raises(RuntimeError, match="39004"):
        executor.execute_function_in_sql(word)
    own.uninstall("shout", scope=Scope.private_scope())
    assert "shout" not in dict(own.list())


def test_the_statements_of_a_dry_run(packages: SQLPackageManager, shout_wheel: Path, tmp_path: Path) -> None:
    file = tmp_path / "install.sql"
    packages.install(str(shout_wheel), out_file=str(file))
    assert "CREATE EXTERNAL LIBRARY [shout] AUTHORIZATION dbo" in file.read_text()
    assert "shout" not in dict(packages.list())


def test_the_server_runs_the_tests_python(executor: SQLPythonExecutor) -> None:
    """Else the packages above would be for another version."""
    assert executor.execute_function_in_sql(version) == list(sys.version_info[:2])


def version():
    import sys

    return list(sys.version_info[:2])
