"""The role customer_scorer: its members score, and can do nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from db.connection import Connection
from db.errors import DatabaseError
from db.target import Target

PASSWORD = "Scorer-Pass-123!"
TABLES = ("active_models", "customer", "model_activations", "models", "py_customer_clusters", "store_sales")
VIEWS = ("customer_cluster_summary", "customer_return_features", "training_query")


@pytest.fixture
def analyst(small: Target) -> Iterator[Connection]:
    """A session of a login whose user is in the role, in the deployed database."""
    name = f"analyst_{uuid.uuid4().hex[:12]}"
    with small.connect("master") as administrator:
        administrator.run(f"CREATE LOGIN {name} WITH PASSWORD = '{PASSWORD}', CHECK_POLICY = OFF")
    with small.connect() as administrator:
        administrator.run(
            f"CREATE USER {name} FOR LOGIN {name}; ALTER ROLE customer_scorer ADD MEMBER {name}"
        )
    parts = {**small.parts, "UID": name, "PWD": PASSWORD}
    try:
        with Target(parts, small.database, small.embedded).connect() as connection:
            yield connection
    finally:
        with small.connect("master") as administrator:
            administrator.run(f"DROP LOGIN {name}")


def refused(connection: Connection, text: str) -> tuple[int, ...]:
    with pytest.raises(DatabaseError) as caught:
        connection.run(text)
    return tuple(caught.value.numbers)


def test_the_role_scores_and_nothing_else(small, analyst):
    with small.connect() as administrator:
        customers = administrator.value("SELECT COUNT(*) FROM dbo.customer_return_features")
        one = administrator.value("SELECT MIN(customer) FROM dbo.customer_return_features")
        cluster = administrator.value(
            "SELECT cluster FROM dbo.py_customer_clusters WHERE Customer = ?", [one]
        )
    assert len(analyst.rows("EXEC dbo.py_cluster_customers")) == customers
    ((customer, *_, found),) = analyst.rows("EXEC dbo.py_cluster_customers @customer = ?", [one])
    assert (customer, found) == (one, cluster)

    for name in (*TABLES, *VIEWS):
        assert 229 in refused(analyst, f"SELECT TOP (1) * FROM dbo.{name}"), name
    for name in TABLES:
        assert 229 in refused(analyst, f"DELETE FROM dbo.{name}"), name
    for procedure in ("push_model @artifact = 0x00", "activate_model @version = 1", "rollback_model"):
        assert 229 in refused(analyst, f"EXEC dbo.{procedure}")
    for procedure in (
        "store_customer_clusters",
        "train_customer_model",
        "list_models",
        "customers_in_cluster 1",
    ):
        assert 229 in refused(analyst, f"EXEC dbo.{procedure}")
    # The number for sp_execute_external_script is unconfirmed on a SQL Server.
    script = "EXEC sp_execute_external_script @language = N'Python', @script = N'pass'"
    numbers = refused(analyst, script)
    assert 262 in numbers if small.embedded else numbers
    assert 262 in refused(analyst, "CREATE TABLE dbo.mine (a int)")
    assert 3701 in refused(analyst, "DROP PROCEDURE dbo.py_cluster_customers")
    assert 15517 in refused(analyst, "EXECUTE AS USER = 'dbo'")
    assert 5812 in refused(analyst, "RECONFIGURE")
    names = [row[0] for row in analyst.rows("SELECT name FROM sys.objects WHERE type IN ('U', 'V', 'P')")]
    assert names == ["py_cluster_customers"]
    text = "SELECT OBJECT_DEFINITION(OBJECT_ID('dbo.py_cluster_customers'))"
    assert analyst.value(text) is None


def test_who_scores_stays_who_he_is(analyst):
    before = analyst.rows("SELECT USER_NAME(), SUSER_SNAME(), ORIGINAL_LOGIN()")
    analyst.rows("EXEC dbo.py_cluster_customers")
    assert analyst.rows("SELECT USER_NAME(), SUSER_SNAME(), ORIGINAL_LOGIN()") == before


@pytest.mark.parametrize("partitions", ["", ", @input_data_1_partition_by_columns = N'model_name'"])
def test_a_script_reads_what_its_caller_may_read(small, analyst, partitions):
    script = (
        "EXEC sp_execute_external_script @language = N'Python', @script = N'OutputDataSet = InputDataSet', "
        f"@input_data_1 = N'SELECT model_name, version FROM dbo.models'{partitions}"
    )
    user = analyst.value("SELECT USER_NAME()")
    with small.connect() as administrator:
        administrator.run(f"GRANT EXECUTE ANY EXTERNAL SCRIPT TO {user}")
        assert 229 in refused(analyst, script)
        administrator.run(f"GRANT SELECT ON dbo.models TO {user}")
        assert analyst.rows(script) == [("customer_returns", 1)]
