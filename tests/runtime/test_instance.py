from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from localdb.engine.folder import DataFolderInUse
from localdb.errors import SqlError
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.security.logins import hash_password, verify_password
from localdb.runtime.session import Session
from tests.runtime.conftest import PASSWORD, assert_ok, errors, rows


@pytest.mark.parametrize(
    ("user", "password"), [("sa", "wrong"), ("sa", PASSWORD.lower()), ("nobody", PASSWORD), ("", "")]
)
def test_wrong_login_is_refused(instance: Instance, user: str, password: str) -> None:
    with pytest.raises(SqlError) as refused:
        instance.login(Login(user, password))
    assert refused.value.number == 18456
    assert refused.value.severity == 14
    assert instance.sessions() == []


def test_login_to_a_missing_database(instance: Instance) -> None:
    with pytest.raises(SqlError) as refused:
        instance.login(Login("sa", PASSWORD, "nowhere"))
    assert refused.value.number == 4060


def test_user_names_have_no_case(instance: Instance) -> None:
    assert instance.login(Login("SA", PASSWORD)).database == "master"


def test_sessions_have_different_ids(instance: Instance) -> None:
    ids = [instance.login(Login("sa", PASSWORD)).spid for _ in range(3)]
    assert len(set(ids)) == 3
    assert min(ids) > 50


def test_hashes_are_salted() -> None:
    first, second = hash_password("secret"), hash_password("secret")
    assert first != second
    assert "secret" not in first
    assert verify_password("secret", first)
    assert not verify_password("Secret", first)


def test_second_server_on_the_folder_is_refused(instance: Instance, tmp_path: Path) -> None:
    with pytest.raises(DataFolderInUse):
        Instance(tmp_path / "data", sa_password=PASSWORD)


def test_databases_survive_a_restart(tmp_path: Path) -> None:
    first = Instance(tmp_path, sa_password=PASSWORD)
    session = first.login(Login("sa", PASSWORD))
    assert_ok(session.run_batch("CREATE DATABASE [Größe.1]"))
    assert_ok(session.run_batch("USE [größe.1] CREATE TABLE t (a int) INSERT t VALUES (5)"))
    first.close()
    second = Instance(tmp_path, sa_password="the password of the first start counts")
    session = second.login(Login("sa", PASSWORD, "GRÖSSE.1".replace("SS", "ß")))
    assert session.database == "Größe.1"
    assert rows(session.run_batch("SELECT a FROM t")) == [(5,)]
    second.close()


def test_dropped_database_leaves_no_file(instance: Instance, connect: Callable[..., Session]) -> None:
    session = connect("master")
    assert_ok(session.run_batch("CREATE DATABASE gone"))
    file = instance.engine.file_of("gone")
    assert file.exists()
    user = connect("gone")
    assert errors(list(session.run_batch("DROP DATABASE gone"))) == [3702]
    user.close()
    assert_ok(session.run_batch("DROP DATABASE gone"))
    assert not file.exists()
    assert errors(list(session.run_batch("USE gone"))) == [911]
    assert_ok(session.run_batch("CREATE DATABASE gone"))


def test_interrupted_creation_is_cleaned_up(tmp_path: Path) -> None:
    Instance(tmp_path, sa_password=PASSWORD).close()
    half = tmp_path / "half.duckdb"
    half.write_bytes(b"half a database")
    (tmp_path / "half.duckdb.partial").touch()
    foreign = tmp_path / "foreign.duckdb"
    foreign.write_bytes(b"not ours to delete")
    instance = Instance(tmp_path, sa_password=PASSWORD)
    assert not half.exists()
    assert foreign.exists()
    session = instance.login(Login("sa", PASSWORD))
    assert_ok(session.run_batch("CREATE DATABASE half"))
    instance.close()
    assert list(tmp_path.glob("*.partial")) == []


@pytest.mark.parametrize("name", ["temp", "system", "memory", "_ldb"])
def test_names_of_the_engine_are_refused(connect: Callable[..., Session], name: str) -> None:
    assert errors(list(connect("master").run_batch(f"CREATE DATABASE [{name}]"))) == [40514]


@pytest.mark.parametrize("name", ["tempdb", "model", "msdb"])
def test_databases_that_are_names_only(connect: Callable[..., Session], name: str) -> None:
    session = connect("master")
    assert errors(list(session.run_batch(f"USE {name}"))) == [916]
    assert errors(list(session.run_batch(f"CREATE DATABASE {name}"))) == [1801]
    assert errors(list(session.run_batch(f"DROP DATABASE {name}"))) == [3708]
