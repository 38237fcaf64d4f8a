"""sp_execute_external_script inside a session: variables in, rows and OUTPUT values out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.satellite.launcher import Launcher
from tests.runtime.conftest import PASSWORD, assert_ok, errors, rows


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("scripts")
    launcher = Launcher(folder / "satellites", modules=("numpy", "pandas", "pyarrow"))
    instance = Instance(folder / "data", sa_password=PASSWORD, launcher=launcher, threads=2)
    launcher.start()
    made = instance.login(Login("sa", PASSWORD))
    yield made
    instance.close()
    launcher.close()


def test_refused_until_enabled(session: Session) -> None:
    script = "EXEC sp_execute_external_script @language = N'Python', @script = N'pass'"
    assert errors(list(session.run_batch(script))) == [39023]
    assert_ok(session.run_batch("EXEC sp_configure 'external scripts enabled', 1"))
    assert errors(list(session.run_batch(script))) == [39023]
    assert_ok(session.run_batch("RECONFIGURE"))
    assert_ok(session.run_batch(script))


def test_rows_and_outputs(session: Session) -> None:
    assert_ok(session.run_batch("EXEC sp_configure 'external scripts enabled', 1 RECONFIGURE"))
    text = """
    CREATE TABLE #result (a int, twice float)
    DECLARE @total float, @factor int = 2
    INSERT #result
    EXEC sp_execute_external_script @language = N'Python', @script = N'
OutputDataSet = InputDataSet.assign(twice=InputDataSet["a"] * float(factor))
total = float(OutputDataSet["twice"].sum())
', @input_data_1 = N'SELECT a FROM (VALUES (1), (2)) AS t(a) WHERE a < @factor + 10',
    @params = N'@factor int, @total float OUTPUT', @factor = @factor, @total = @total OUTPUT
    SELECT a, twice FROM #result ORDER BY a
    SELECT @total, @factor
    """
    assert rows(session.run_batch(text)) == [(1, 2.0), (2, 4.0), (6.0, 2)]


def test_error_in_a_script_is_caught(session: Session) -> None:
    assert_ok(session.run_batch("EXEC sp_configure 'external scripts enabled', 1 RECONFIGURE"))
    text = """
    BEGIN TRY
        EXEC sp_execute_external_script @language = N'Python', @script = N'raise ValueError("bad input")'
    END TRY
    BEGIN CATCH
        SELECT ERROR_NUMBER()
    END CATCH
    """
    assert rows(session.run_batch(text)) == [(39019,)]
    script = "EXEC sp_execute_external_script @language = N'Python', @script = N'raise ValueError(1)'"
    assert errors(list(session.run_batch(script))) == [39004, 39019]
