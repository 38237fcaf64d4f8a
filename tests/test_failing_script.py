"""A script that fails in the middle leaves nothing behind; a changed script is refused."""

import shutil

import pytest

from db.deployment import PROCEDURES_FOLDER, SCHEMA_FOLDER, Folders, apply_scripts
from db.errors import DatabaseError, DeploymentError
from db.journal import Journal
from db.progress import Silent


@pytest.fixture
def folders(tmp_path):
    made = Folders(tmp_path / "output", tmp_path / "schema", tmp_path / "procedures")
    shutil.copytree(SCHEMA_FOLDER, made.schema)
    shutil.copytree(PROCEDURES_FOLDER, made.procedures)
    return made


@pytest.fixture
def connection(new_database):
    target = new_database("scripts")
    target.create_database()
    with target.connect() as opened:
        yield opened


def objects(connection):
    return sorted(
        row[0] for row in connection.rows("SELECT name FROM sys.objects WHERE type IN ('U', 'V', 'P')")
    )


def apply(connection, folders):
    return apply_scripts(connection, folders, Silent())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CREATE TABLE dbo.extra (a int);\nGO\nINSERT INTO dbo.no_such_table VALUES (1);", 208),
        ("CREATE TABLE dbo.extra (a int);\nGO\nSELEC nonsense;", None),
        (
            "CREATE TABLE dbo.extra (a int NOT NULL PRIMARY KEY);\nGO\nINSERT dbo.extra VALUES (1), (1);",
            2627,
        ),
        ("CREATE TABLE dbo.extra (a int);\nGO\nTHROW 50000, 'no', 1;", 50000),
        ("CREATE TABLE dbo.extra (a int);\nGO\nSELECT 1 / 0;", 8134),
    ],
)
def test_a_failing_script_in_the_middle_leaves_nothing_behind(connection, folders, text, number):
    (folders.schema / "002_a_failure.sql").write_text(text)
    with pytest.raises(DatabaseError, match=r"script 002_a_failure.sql, batch at line 3") as caught:
        apply(connection, folders)
    if number is not None:
        assert number in caught.value.numbers
    assert objects(connection) == []
    assert connection.value("SELECT @@TRANCOUNT") == 0

    (folders.schema / "002_a_failure.sql").unlink()
    assert len(apply(connection, folders)[0]) == len(list(SCHEMA_FOLDER.glob("*.sql")))


def test_a_failing_procedure_takes_the_schema_back_too(connection, folders):
    (folders.procedures / "zz_broken.sql").write_text(
        "CREATE OR ALTER PROCEDURE dbo.zz AS SELECT FROM WHERE;"
    )
    with pytest.raises(DatabaseError, match="zz_broken"):
        apply(connection, folders)
    assert objects(connection) == []


def test_a_failing_second_deployment_keeps_the_first(connection, folders):
    apply(connection, folders)
    before = objects(connection)
    (folders.schema / "900_more.sql").write_text(
        "CREATE TABLE dbo.more (a int);\nGO\nSELECT * FROM dbo.nothing;"
    )
    with pytest.raises(DatabaseError):
        apply(connection, folders)
    assert objects(connection) == before
    assert "900_more" not in Journal(connection).entries("schema")


def test_a_script_runs_once(connection, folders):
    apply(connection, folders)
    (folders.schema / "900_more.sql").write_text(
        "CREATE TABLE dbo.more (a int);\nGO\nINSERT dbo.more VALUES (1)\nGO 3\n"
    )
    assert apply(connection, folders) == (["900_more"], [])
    assert apply(connection, folders) == ([], [])
    assert connection.value("SELECT COUNT(*) FROM dbo.more") == 3


def test_a_changed_script_is_refused_by_name(connection, folders):
    apply(connection, folders)
    file = folders.schema / "001_shop.sql"
    file.write_text(file.read_text() + "\n-- changed\n")
    with pytest.raises(DeploymentError, match=r"changed after they had been applied: 001_shop"):
        apply(connection, folders)


def test_a_missing_script_is_noticed(connection, folders):
    apply(connection, folders)
    (folders.schema / "004_customer_clusters.sql").unlink()
    with pytest.raises(DeploymentError, match="older checkout"):
        apply(connection, folders)


def test_only_changed_procedures_are_applied_again(connection, folders):
    apply(connection, folders)
    file = folders.procedures / "list_models.sql"
    file.write_text(file.read_text().replace("Every stored version", "All versions"))
    assert apply(connection, folders) == ([], ["list_models"])
    definition = connection.value("SELECT OBJECT_DEFINITION(OBJECT_ID(N'dbo.list_models'))")
    assert "list_models" in definition
