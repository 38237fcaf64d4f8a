"""Every statement with each permission that it needs: all of them suffice, and without any one of them it
fails with that permission's number. In process; the same errors over a driver: test_authorization_wire.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from tests.runtime.conftest import PASSWORD, assert_ok, errors

SETUP = """
CREATE TABLE dbo.t (a int, b int)
CREATE TABLE dbo.u (a int, b int)
CREATE TABLE dbo.k (a int NOT NULL PRIMARY KEY)
CREATE TABLE dbo.child (a int)
CREATE TABLE dbo.n (id int IDENTITY, x int)
CREATE LOGIN reader WITH PASSWORD = 'Reader-Pass-1!', CHECK_POLICY = OFF
CREATE LOGIN other WITH PASSWORD = 'Other-Pass-1!', CHECK_POLICY = OFF
CREATE USER reader FOR LOGIN reader
CREATE USER other FOR LOGIN other
CREATE USER seller WITHOUT LOGIN
INSERT dbo.t VALUES (1, 10); INSERT dbo.u VALUES (1, 20)
GO
CREATE SCHEMA sales AUTHORIZATION seller
GO
CREATE SCHEMA empty
GO
CREATE TABLE sales.orders (a int); INSERT sales.orders VALUES (7)
GO
CREATE VIEW dbo.v AS SELECT a FROM dbo.t
GO
CREATE VIEW dbo.vv AS SELECT a FROM dbo.v
GO
CREATE VIEW dbo.mixed AS SELECT a FROM sales.orders
GO
CREATE PROCEDURE dbo.p AS SELECT a FROM dbo.t; INSERT dbo.u VALUES (9, 9); DELETE dbo.u WHERE a = 9
GO
CREATE PROCEDURE dbo.calls_p AS EXEC dbo.p
GO
CREATE PROCEDURE dbo.dynamic AS EXEC ('SELECT a FROM dbo.t')
GO
CREATE PROCEDURE dbo.dynamic_too AS EXEC sp_executesql N'SELECT a FROM dbo.t'
GO
CREATE PROCEDURE dbo.truncates AS TRUNCATE TABLE dbo.t
GO
CREATE PROCEDURE dbo.reads_sales AS SELECT a FROM sales.orders
GO
CREATE PROCEDURE dbo.as_owner WITH EXECUTE AS OWNER AS EXEC ('SELECT a FROM dbo.t'); TRUNCATE TABLE dbo.u
"""

MERGE = """
MERGE dbo.t AS x USING dbo.u AS y ON x.a = y.a
WHEN MATCHED THEN UPDATE SET b = y.b
WHEN NOT MATCHED THEN INSERT (a, b) VALUES (y.a, y.b)
WHEN NOT MATCHED BY SOURCE THEN DELETE;
"""

# The statement, and for each permission that it needs the error without it.
MATRIX: list[tuple[str, dict[str, int]]] = [
    ("SELECT a FROM dbo.t", {"SELECT ON dbo.t": 229}),
    ("SELECT COUNT(*) FROM dbo.t", {"SELECT ON dbo.t": 229}),
    ("WITH c AS (SELECT a FROM dbo.t) SELECT * FROM c", {"SELECT ON dbo.t": 229}),
    (
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM dbo.t) OR 1 IN (SELECT a FROM dbo.u)",
        {"SELECT ON dbo.t": 229, "SELECT ON dbo.u": 229},
    ),
    ("SELECT a FROM dbo.t UNION SELECT a FROM dbo.u", {"SELECT ON dbo.t": 229, "SELECT ON dbo.u": 229}),
    ("SELECT x.a FROM (SELECT a FROM dbo.t) AS x", {"SELECT ON dbo.t": 229}),
    ("SELECT a FROM dbo.t", {"SELECT ON SCHEMA::dbo": 229}),
    ("SELECT a FROM dbo.t", {"SELECT": 229}),
    ("SELECT a FROM dbo.t", {"CONTROL ON dbo.t": 229}),
    ("SELECT a FROM dbo.v", {"SELECT ON dbo.v": 229}),
    ("SELECT a FROM dbo.vv", {"SELECT ON dbo.vv": 229}),
    ("SELECT a FROM dbo.mixed", {"SELECT ON dbo.mixed": 229, "SELECT ON sales.orders": 229}),
    ("SELECT v.a FROM dbo.v AS v, dbo.t AS t", {"SELECT ON dbo.v": 229, "SELECT ON dbo.t": 229}),
    ("DECLARE @x int = (SELECT MAX(a) FROM dbo.t)", {"SELECT ON dbo.t": 229}),
    ("DECLARE @x int; SELECT @x = a FROM dbo.t", {"SELECT ON dbo.t": 229}),
    ("DECLARE @x int; SET @x = (SELECT MAX(a) FROM dbo.t)", {"SELECT ON dbo.t": 229}),
    ("IF EXISTS (SELECT 1 FROM dbo.t) PRINT 'x'", {"SELECT ON dbo.t": 229}),
    ("WHILE EXISTS (SELECT 1 FROM dbo.t WHERE a > 5) BREAK", {"SELECT ON dbo.t": 229}),
    ("EXEC sp_executesql N'SELECT a FROM dbo.t'", {"SELECT ON dbo.t": 229}),
    ("EXEC sp_describe_first_result_set N'SELECT a FROM dbo.t'", {"SELECT ON dbo.t": 229}),
    ("SELECT a INTO #x FROM dbo.t", {"SELECT ON dbo.t": 229}),
    (
        "SELECT a INTO dbo.x FROM dbo.t",
        {"SELECT ON dbo.t": 229, "CREATE TABLE": 262, "ALTER ON SCHEMA::dbo": 2760},
    ),
    ("INSERT dbo.t VALUES (1, 1)", {"INSERT ON dbo.t": 229}),
    ("INSERT dbo.t DEFAULT VALUES", {"INSERT ON dbo.t": 229}),
    ("INSERT dbo.t SELECT a, b FROM dbo.u", {"INSERT ON dbo.t": 229, "SELECT ON dbo.u": 229}),
    ("INSERT dbo.t OUTPUT inserted.a VALUES (1, 1)", {"INSERT ON dbo.t": 229, "SELECT ON dbo.t": 229}),
    (
        "INSERT dbo.t OUTPUT inserted.a, 0 INTO dbo.u VALUES (1, 1)",
        {"INSERT ON dbo.t": 229, "SELECT ON dbo.t": 229, "INSERT ON dbo.u": 229},
    ),
    (
        "INSERT dbo.k EXEC dbo.dynamic",
        {"INSERT ON dbo.k": 229, "EXECUTE ON dbo.dynamic": 229, "SELECT ON dbo.t": 229},
    ),
    ("INSERT dbo.k EXEC ('SELECT a FROM dbo.t')", {"INSERT ON dbo.k": 229, "SELECT ON dbo.t": 229}),
    ("DECLARE @r TABLE (a int); INSERT @r SELECT a FROM dbo.t", {"SELECT ON dbo.t": 229}),
    ("UPDATE dbo.t SET a = 1", {"UPDATE ON dbo.t": 229}),
    ("UPDATE dbo.t SET a = b", {"UPDATE ON dbo.t": 229, "SELECT ON dbo.t": 229}),
    ("UPDATE dbo.t SET a += 1", {"UPDATE ON dbo.t": 229, "SELECT ON dbo.t": 229}),
    ("UPDATE dbo.t SET a = 1 WHERE b = 2", {"UPDATE ON dbo.t": 229, "SELECT ON dbo.t": 229}),
    ("UPDATE dbo.t SET a = (SELECT MAX(a) FROM dbo.u)", {"UPDATE ON dbo.t": 229, "SELECT ON dbo.u": 229}),
    ("UPDATE dbo.t SET a = 1 OUTPUT deleted.a", {"UPDATE ON dbo.t": 229, "SELECT ON dbo.t": 229}),
    (
        "UPDATE x SET a = y.a FROM dbo.t AS x JOIN dbo.u AS y ON y.a = x.a",
        {"UPDATE ON dbo.t": 229, "SELECT ON dbo.t": 229, "SELECT ON dbo.u": 229},
    ),
    (
        "WITH c AS (SELECT TOP (1) a FROM dbo.t) UPDATE c SET a = 1",
        {"UPDATE ON dbo.t": 229, "SELECT ON dbo.t": 229},
    ),
    ("DELETE dbo.t", {"DELETE ON dbo.t": 229}),
    ("DELETE dbo.t WHERE a = 1", {"DELETE ON dbo.t": 229, "SELECT ON dbo.t": 229}),
    (
        MERGE,
        {
            "SELECT ON dbo.t": 229,
            "SELECT ON dbo.u": 229,
            "UPDATE ON dbo.t": 229,
            "INSERT ON dbo.t": 229,
            "DELETE ON dbo.t": 229,
        },
    ),
    ("EXEC dbo.p", {"EXECUTE ON dbo.p": 229}),
    ("EXEC dbo.p", {"EXECUTE ON SCHEMA::dbo": 229}),
    ("EXEC dbo.calls_p", {"EXECUTE ON dbo.calls_p": 229}),
    ("EXEC dbo.dynamic", {"EXECUTE ON dbo.dynamic": 229, "SELECT ON dbo.t": 229}),
    ("EXEC dbo.dynamic_too", {"EXECUTE ON dbo.dynamic_too": 229, "SELECT ON dbo.t": 229}),
    ("EXEC dbo.truncates", {"EXECUTE ON dbo.truncates": 229, "ALTER ON dbo.t": 1088}),
    ("EXEC dbo.reads_sales", {"EXECUTE ON dbo.reads_sales": 229, "SELECT ON sales.orders": 229}),
    ("EXEC dbo.as_owner", {"EXECUTE ON dbo.as_owner": 229}),
    ("TRUNCATE TABLE dbo.t", {"ALTER ON dbo.t": 1088}),
    ("TRUNCATE TABLE dbo.t", {"ALTER ON SCHEMA::dbo": 1088}),
    ("ALTER TABLE dbo.t ADD c int", {"ALTER ON dbo.t": 1088}),
    ("ALTER TABLE dbo.t DROP COLUMN b", {"ALTER ON dbo.t": 1088}),
    ("ALTER TABLE dbo.t ALTER COLUMN a bigint", {"ALTER ON dbo.t": 1088, "UPDATE ON dbo.t": 229}),
    (
        "ALTER TABLE dbo.child ADD FOREIGN KEY (a) REFERENCES dbo.k (a)",
        {"ALTER ON dbo.child": 1088, "REFERENCES ON dbo.k": 229},
    ),
    ("CREATE INDEX i ON dbo.t (a)", {"ALTER ON dbo.t": 1088}),
    ("SET IDENTITY_INSERT dbo.n ON", {"ALTER ON dbo.n": 1088}),
    ("DROP TABLE dbo.t", {"CONTROL ON dbo.t": 3701}),
    ("DROP TABLE dbo.t", {"ALTER ON SCHEMA::dbo": 3701}),
    ("DROP VIEW dbo.v", {"CONTROL ON dbo.v": 3701}),
    ("DROP PROCEDURE dbo.p", {"CONTROL ON dbo.p": 3701}),
    ("CREATE TABLE dbo.x (a int)", {"CREATE TABLE": 262, "ALTER ON SCHEMA::dbo": 2760}),
    (
        "CREATE VIEW dbo.x AS SELECT a FROM dbo.t",
        {"CREATE VIEW": 262, "ALTER ON SCHEMA::dbo": 2760, "SELECT ON dbo.t": 229},
    ),
    (
        "CREATE PROCEDURE dbo.x AS SELECT a FROM dbo.t",
        {"CREATE PROCEDURE": 262, "ALTER ON SCHEMA::dbo": 2760},
    ),
    (
        "CREATE PROCEDURE dbo.x WITH EXECUTE AS OWNER AS SELECT 1",
        {"CREATE PROCEDURE": 262, "ALTER ON SCHEMA::dbo": 2760, "IMPERSONATE ON USER::dbo": 15517},
    ),
    (
        "CREATE PROCEDURE dbo.x WITH EXECUTE AS 'seller' AS SELECT 1",
        {"CREATE PROCEDURE": 262, "ALTER ON SCHEMA::dbo": 2760, "IMPERSONATE ON USER::seller": 15517},
    ),
    ("ALTER PROCEDURE dbo.p AS SELECT 2", {"ALTER ON dbo.p": 3701}),
    ("CREATE OR ALTER PROCEDURE dbo.p AS SELECT 2", {"ALTER ON dbo.p": 3701}),
    ("CREATE OR ALTER VIEW dbo.v AS SELECT 2 AS a", {"ALTER ON dbo.v": 3701}),
    ("CREATE SCHEMA x", {"CREATE SCHEMA": 262}),
    ("DROP SCHEMA empty", {"CONTROL ON SCHEMA::empty": 15151}),
    ("DROP SCHEMA empty", {"ALTER ANY SCHEMA": 15151}),
    ("EXECUTE AS USER = 'seller'", {"IMPERSONATE ON USER::seller": 15517}),
    ("CREATE TABLE #t (a int); INSERT #t VALUES (1); SELECT a FROM #t; DROP TABLE #t", {}),
    ("DECLARE @t TABLE (a int); INSERT @t VALUES (1); UPDATE @t SET a = 2; SELECT a FROM @t", {}),
    ("SELECT name FROM sys.tables; SELECT 1", {}),
    ("EXEC sp_executesql N'SELECT @x', N'@x int', 1", {}),
]

ON_SERVER: list[tuple[str, dict[str, int]]] = [
    ("RECONFIGURE", {"ALTER SETTINGS": 5812}),
    ("EXEC sp_configure 'show advanced options', 0", {"ALTER SETTINGS": 15247}),
    ("EXEC sp_configure 'show advanced options'", {}),
    ("CREATE DATABASE made", {"CREATE ANY DATABASE": 262}),
    ("DROP DATABASE victim", {"ALTER ANY DATABASE": 3701}),
    ("EXECUTE AS LOGIN = 'other'", {"IMPERSONATE ON LOGIN::other": 15406}),
    ("EXECUTE AS LOGIN = 'sa'", {"IMPERSONATE ON LOGIN::sa": 15406}),
    ("SELECT name FROM sys.databases", {}),
]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = Instance(tmp_path_factory.mktemp("matrix"), sa_password=PASSWORD, threads=2)
    yield made
    made.close()


@pytest.fixture(scope="module")
def administrator(instance: Instance) -> Session:
    session = instance.login(Login("sa", PASSWORD))
    assert_ok(session.run_batch("CREATE DATABASE shop"))
    assert_ok(session.run_batch("CREATE DATABASE victim"))
    assert_ok(session.run_batch("USE shop"))
    for batch in SETUP.split("GO\n"):
        assert_ok(session.run_batch(batch))
    return session


@pytest.fixture(scope="module")
def reader(instance: Instance, administrator: Session) -> Session:
    return instance.login(Login("reader", "Reader-Pass-1!", "shop"))


def attempt(session: Session, statement: str) -> list[int]:
    """The statement's errors; what it did is undone."""
    try:
        assert_ok(session.run_batch("BEGIN TRANSACTION"))
        return errors(list(session.run_batch(statement)))
    finally:
        session.reset(keep_transaction=False)


def change(administrator: Session, verb: str, permissions: list[str], database: str = "shop") -> None:
    preposition = "FROM" if verb == "REVOKE" else "TO"
    for permission in permissions:
        assert_ok(administrator.run_batch(f"USE {database}; {verb} {permission} {preposition} reader"))


def cases(matrix: list[tuple[str, dict[str, int]]]) -> list[object]:
    return [
        pytest.param(statement, needs, missing, id=f"{statement.strip()[:50]} without {missing}")
        for statement, needs in matrix
        for missing in (None, *needs)
    ]


@pytest.mark.parametrize(("statement", "needs", "missing"), cases(MATRIX))
def test_what_a_statement_needs(administrator, reader, statement, needs, missing):
    given = [permission for permission in needs if permission != missing]
    change(administrator, "GRANT", given)
    try:
        expected = [needs[missing]] if missing is not None else []
        assert attempt(reader, statement) == expected
    finally:
        change(administrator, "REVOKE", given)


@pytest.mark.parametrize(
    ("statement", "needs"), [(statement, needs) for statement, needs in MATRIX if 229 in needs.values()]
)
def test_a_denial_beats_a_grant(administrator, reader, statement, needs):
    denied = next(permission for permission, number in needs.items() if number == 229)
    change(administrator, "GRANT", list(needs))
    change(administrator, "DENY", [denied])
    try:
        assert attempt(reader, statement) == [229]
    finally:
        change(administrator, "REVOKE", list(needs))


@pytest.mark.parametrize(
    "statement", [statement for statement, _ in MATRIX if "AS USER" not in statement], ids=lambda s: s[:50]
)
def test_members_of_db_owner_may_everything_in_their_database(administrator, reader, statement):
    assert_ok(administrator.run_batch("USE shop; ALTER ROLE db_owner ADD MEMBER reader"))
    try:
        assert attempt(reader, statement) == []
    finally:
        assert_ok(administrator.run_batch("ALTER ROLE db_owner DROP MEMBER reader"))


@pytest.mark.parametrize(("statement", "needs", "missing"), cases(ON_SERVER))
def test_what_a_statement_needs_on_the_server(instance, administrator, reader, statement, needs, missing):
    given = [permission for permission in needs if permission != missing]
    change(administrator, "GRANT", given, "master")
    try:
        found = errors(list(reader.run_batch(statement)))
        assert found == ([needs[missing]] if missing is not None else [])
    finally:
        reader.reset(keep_transaction=False)
        change(administrator, "REVOKE", given, "master")
        assert_ok(administrator.run_batch("DROP DATABASE IF EXISTS made"))
        if instance.database("victim") is None:
            assert_ok(administrator.run_batch("CREATE DATABASE victim"))


def test_one_plan_serves_everybody_and_is_judged_for_each(administrator, reader):
    """The plan that sa's statement left in the cache does not let the next one through."""
    text = "SELECT a, b FROM dbo.t WHERE a = 1"
    assert_ok(administrator.run_batch("USE shop"))
    assert errors(list(administrator.run_batch(text))) == []
    assert errors(list(reader.run_batch(text))) == [229]
    change(administrator, "GRANT", ["SELECT ON dbo.t"])
    assert errors(list(reader.run_batch(text))) == []
    change(administrator, "REVOKE", ["SELECT ON dbo.t"])
    assert errors(list(reader.run_batch(text))) == [229]
