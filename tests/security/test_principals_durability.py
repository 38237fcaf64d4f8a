"""Principals and permissions survive the server; a data folder of the version without them still opens."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from localdb.catalog.fixed_principals import database_security, server_security
from localdb.catalog.security import Security
from localdb.catalog.security_store import SERVER_TABLES, SecurityStore
from localdb.catalog.store import now
from localdb.engine.duck import Engine
from localdb.errors import SqlError
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from tests.runtime.conftest import rows
from tests.security.shop import SA_PASSWORD, open_shop

PASSWORD = "Correct-Horse-1"


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with open_shop(folder) as shop:
        shop.do(
            f"CREATE LOGIN ann WITH PASSWORD = '{PASSWORD}', DEFAULT_DATABASE = shop",
            "ALTER SERVER ROLE dbcreator ADD MEMBER ann",
            "CREATE USER ann",
            "CREATE ROLE clerks AUTHORIZATION ann",
            "CREATE USER u WITHOUT LOGIN",
            "ALTER ROLE clerks ADD MEMBER u",
            "CREATE SCHEMA s AUTHORIZATION clerks",
            "CREATE TABLE s.t (a int)",
            "GRANT SELECT ON s.t TO u WITH GRANT OPTION",
            "DENY INSERT TO u",
            "CREATE DATABASE anns",
            "ALTER AUTHORIZATION ON DATABASE::anns TO ann",
            "USE master; GRANT VIEW SERVER STATE TO ann; USE shop",
        )
        before = [shop.instance.require_database(name).snapshot for name in ("shop", "master", "anns")]
    with open_shop(folder) as shop:
        after = [shop.instance.require_database(name).snapshot for name in ("shop", "master", "anns")]
        for old, new in zip(before, after, strict=True):
            assert new.schemas == old.schemas
            assert same(new.security, old.security)
            assert same(new.server, old.server)
        assert shop.value("USER_NAME()", shop.log_in("ann", PASSWORD, "anns")) == "dbo"
        assert shop.value("DB_NAME()", shop.log_in("ann", PASSWORD, "")) == "shop"


def same(one: Security, other: Security) -> bool:
    """Permissions are stored in no order."""
    return (one.principals, one.members, set(one.permissions)) == (
        other.principals,
        other.members,
        set(other.permissions),
    )


def test_the_store_writes_any_change(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.create("shop")
    connection = engine.connect()
    connection.execute('CREATE SCHEMA "shop"."_ldb"')
    whole = server_security("hash", now())
    store = SecurityStore("shop", connection, SERVER_TABLES)
    assert not store.exists()
    store.create(whole)
    assert store.exists()
    assert store.load() == replace(whole, permissions=store.load().permissions)
    known, chance = whole, random.Random(1)
    for _ in range(20):
        changed = Security(
            {name: p for name, p in whole.principals.items() if chance.random() < 0.6},
            frozenset((chance.randrange(4), chance.randrange(4)) for _ in range(chance.randrange(4))),
            tuple(p for p in database_security("master", now()).permissions if chance.random() < 0.6),
        )
        store.write(known, changed)
        known = changed
        assert same(store.load(), known)
    connection.close()
    engine.close()


def make_old_folder(folder: Path) -> str:
    """A data folder as the version before users and roles wrote it; gives the hash of sa's password."""
    instance = Instance(folder, sa_password=SA_PASSWORD, threads=1)
    session = instance.login(Login("sa", SA_PASSWORD))
    for text in (
        "CREATE DATABASE shop",
        "USE shop",
        "CREATE SCHEMA s",
        "CREATE TABLE s.t (a int)",
        "INSERT s.t VALUES (7)",
    ):
        assert not [event for event in session.run_batch(text) if hasattr(event, "error")]
    server = instance.require_database("master").snapshot.server
    sa = server.find("sa")
    instance.close()
    assert sa is not None
    assert sa.password_hash is not None
    _undo_upgrade(folder, sa.password_hash)
    return sa.password_hash


OLD_TABLES = {
    "schemas": "schema_id name",
    "objects": "object_id schema_id name type create_date modify_date definition",
    "columns": "object_id column_id name type_name length precision scale nullable identity_seed "
    "identity_increment default_name default_text",
    "parameters": "object_id parameter_id name type_name length precision scale is_output default_text",
    "constraints": "constraint_id object_id name kind columns expression referenced_schema referenced_name "
    "referenced_columns create_date",
    "databases": "database_id name file create_date",
    "configurations": "configuration_id name value value_in_use minimum maximum description is_dynamic "
    "is_advanced",
}
"""The catalog's tables as they were, with their columns; master had the table logins besides."""


def _undo_upgrade(folder: Path, password_hash: str) -> None:
    engine = Engine(folder)
    connection = engine.connect()
    for database in ("master", "shop"):
        engine.open(database)
        found = connection.rows(
            "SELECT table_name, column_name FROM duckdb_columns() "
            f"WHERE database_name = '{database}' AND schema_name = '_ldb'"
        )
        for table in {table for table, _ in found} - set(OLD_TABLES):
            connection.execute(f'DROP TABLE "{database}"."_ldb"."{table}"')
        for table, column in found:
            if table in OLD_TABLES and column not in OLD_TABLES[table].split():
                connection.execute(f'ALTER TABLE "{database}"."_ldb"."{table}" DROP COLUMN "{column}"')
    master = '"master"."_ldb"'
    connection.execute(
        f"CREATE TABLE {master}.logins (principal_id INTEGER, name VARCHAR, password_hash VARCHAR, "
        "default_database VARCHAR, is_disabled BOOLEAN, create_date TIMESTAMP)"
    )
    connection.execute(
        f"INSERT INTO {master}.logins VALUES (1, 'sa', $hash, 'master', false, $now)",
        {"hash": password_hash, "now": now()},
    )
    connection.close()
    engine.close()


def test_a_folder_of_the_version_before_opens_and_keeps_the_password(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    password_hash = make_old_folder(folder)
    for _ in range(2):
        # Another password for sa is ignored: the folder has one.
        instance = Instance(folder, sa_password="Not-This-One-1", threads=1)
        stored = instance.require_database("master").snapshot.server.find("sa")
        assert stored is not None
        assert stored.password_hash == password_hash
        with pytest.raises(SqlError):
            instance.login(Login("sa", "Not-This-One-1"))
        session = instance.login(Login("sa", SA_PASSWORD, "shop"))
        assert rows(session.run_batch("SELECT a, USER_NAME() FROM s.t")) == [(7, "dbo")]
        assert rows(
            session.run_batch("SELECT USER_NAME(principal_id) FROM sys.schemas ORDER BY schema_id")
        ) == [("dbo",), ("guest",), ("INFORMATION_SCHEMA",), ("sys",), ("dbo",)]
        assert rows(session.run_batch("SELECT COUNT(*) FROM sys.database_principals")) == [(14,)]
        assert rows(session.run_batch("SELECT DISTINCT SUSER_SNAME(owner_sid) FROM sys.databases")) == [
            ("sa",)
        ]
        instance.close()
