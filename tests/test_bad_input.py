"""What is wrong is refused with its reason, and nothing is left half done."""

import pickle

import pandas as pd
import pytest

from db.bulk import TableLoader
from db.connection import Connection
from db.connection_string import render
from db.data import load_tables
from db.drivers import FREETDS
from db.errors import DatabaseError
from db.generator.tutorial import tutorial_tables
from db.progress import Silent
from db.registry import Registry
from model.artifact import MAGIC, write
from model.train import Settings, train

NAME = "customer_returns"


@pytest.fixture
def connection(small):
    with small.connect() as opened:
        yield opened


def artifact_with(features=("orderRatio", "itemsRatio", "monetaryRatio", "frequency"), name=NAME):
    rows = pd.DataFrame([[0.0] * len(features), [1.0] * len(features)]).to_numpy()
    return write(train(rows, Settings(name=name, k=2, features=features), "0" * 64).model)


def test_a_wrong_password(driver_parts):
    with pytest.raises(DatabaseError, match="Login failed for user 'sa'") as caught:
        Connection(render({**driver_parts, "PWD": "wrong"}))
    assert 18456 in caught.value.numbers


def test_a_database_that_does_not_exist(driver_parts):
    with pytest.raises(DatabaseError) as caught:
        Connection(render({**driver_parts, "Database": "no_such_database"}))
    # The server sends 4060, then 18456; FreeTDS keeps the last one.
    wanted = (18456,) if driver_parts["Driver"] == FREETDS else (4060,)
    assert caught.value.numbers == wanted


@pytest.mark.parametrize(
    ("artifact", "reason"),
    [
        (pickle.dumps({"k": 4}), "pickles are never read"),
        (b"", "not a model artifact"),
        (MAGIC + bytes(60), "damaged"),
        (artifact_with()[:-1] + b" ", "damaged"),
        (b"INSITU\x00\x09" + artifact_with()[8:], "layout"),
    ],
)
def test_a_corrupt_or_foreign_artifact_is_not_pushed(connection, artifact, reason):
    with pytest.raises(DatabaseError, match=reason) as caught:
        connection.run("DECLARE @a varbinary(max) = ?; EXEC dbo.push_model @artifact = @a", [artifact])
    assert caught.value.numbers == (50003,)
    assert Registry(connection, NAME).newest() == 1


def test_a_null_model_is_refused(connection):
    with pytest.raises(DatabaseError, match="The model is NULL"):
        connection.run("EXEC dbo.push_model @artifact = NULL")


def test_an_artifact_of_another_model_is_not_pushed_under_this_name(connection):
    with pytest.raises(DatabaseError, match='of model "other", not of "customer_returns"'):
        Registry(connection, NAME).push(artifact_with(name="other"))


def test_a_stored_artifact_that_was_damaged_is_refused_on_scoring(connection):
    connection.run(
        "UPDATE dbo.models SET artifact = CAST(artifact AS varbinary(max)) + 0x20 WHERE version = 1"
    )
    with pytest.raises(DatabaseError, match="damaged") as caught:
        connection.run("EXEC py_cluster_customers")
    assert caught.value.numbers == (50003,)


def test_a_model_of_other_features_is_refused_before_python_starts(connection):
    registry = Registry(connection, NAME)
    pushed = registry.push(artifact_with(features=("orderRatio", "frequency")))
    with pytest.raises(DatabaseError, match=r'wants the features \["orderRatio","frequency"\]') as caught:
        connection.run("EXEC py_cluster_customers @version = ?", [pushed.version])
    assert caught.value.numbers == (50004,)


def test_no_active_version(connection):
    connection.run("DELETE FROM dbo.active_models")
    with pytest.raises(DatabaseError, match="has no active version") as caught:
        connection.run("EXEC py_cluster_customers")
    assert caught.value.numbers == (50001,)


def test_an_unknown_model(connection):
    with pytest.raises(DatabaseError, match='"unknown" has no active version'):
        connection.run("EXEC py_cluster_customers @model_name = N'unknown'")


@pytest.fixture
def unusable(connection):
    """The feature view, with customer 97643's money ratio made NULL."""
    definition = connection.value("SELECT OBJECT_DEFINITION(OBJECT_ID(N'dbo.customer_return_features'))")
    connection.run(definition.replace("customer_return_features", "all_features"))
    connection.run(
        "CREATE OR ALTER VIEW dbo.customer_return_features AS "
        "SELECT customer, orderRatio, itemsRatio, "
        "CASE WHEN customer = 97643 THEN NULL ELSE monetaryRatio END AS monetaryRatio, frequency "
        "FROM dbo.all_features"
    )
    return connection


@pytest.mark.parametrize("statement", ["EXEC py_cluster_customers", "EXEC dbo.store_customer_clusters"])
def test_null_features_are_refused_with_the_customer_named(unusable, statement):
    before = unusable.rows("SELECT * FROM dbo.py_customer_clusters ORDER BY Customer")
    with pytest.raises(
        DatabaseError, match=r"NULL or infinite features for 1 customer\(s\): 97643"
    ) as caught:
        unusable.call(statement)
    assert 39019 in caught.value.numbers
    assert unusable.rows("SELECT * FROM dbo.py_customer_clusters ORDER BY Customer") == before


def test_null_features_are_skipped_and_counted_when_asked(unusable):
    everyone = unusable.value("SELECT COUNT(*) FROM dbo.customer_return_features")
    outcome = unusable.run(
        "SET NOCOUNT ON; DECLARE @skipped int; "
        "EXEC dbo.py_cluster_customers @skip_unusable = 1, @skipped = @skipped OUTPUT; SELECT @skipped;"
    )
    customers = {row[0] for row in outcome.result_sets[0].rows}
    assert len(customers) == everyone - 1
    assert 97643 not in customers
    assert outcome.result_sets[1].rows == [(1,)]
    assert any("97643" in message.text for message in outcome.messages)


def test_training_inside_refuses_null_features(unusable):
    with pytest.raises(DatabaseError, match="97643"):
        unusable.call("DECLARE @a varbinary(max); EXEC dbo.train_customer_model @artifact = @a OUTPUT")


def test_keys_that_a_float_cannot_hold_come_back_unchanged(connection):
    keys = [2**53 + 1, 2**63 - 1, -(2**63)]
    loader = TableLoader(connection, "store_sales")
    loader.insert(
        pd.DataFrame(
            {"ss_customer_sk": keys, "ss_ticket_number": [1, 2, 3], "ss_item_sk": 1, "ss_net_paid": 1.5}
        )
    )
    scored = {row[0] for row in connection.rows("EXEC py_cluster_customers")}
    assert set(keys) <= scored
    assert [row[0] for row in connection.rows("EXEC py_cluster_customers @customer = ?", [keys[0]])] == [
        keys[0]
    ]


def test_scoring_nobody_gives_no_rows(connection):
    connection.run("TRUNCATE TABLE dbo.store_sales")
    assert connection.rows("EXEC py_cluster_customers") == []
    rows = connection.value(
        "SET NOCOUNT ON; DECLARE @rows int; "
        "EXEC dbo.store_customer_clusters @rows = @rows OUTPUT; SELECT @rows;"
    )
    assert rows == 0


def test_a_failed_load_leaves_what_was_there(connection):
    before = connection.value("SELECT COUNT(*) FROM dbo.store_sales")
    tables = tutorial_tables(0.01, seed=7)
    tables["store_returns"].loc[5, "sr_return_amt"] = 1e20
    with pytest.raises(DatabaseError):
        load_tables(connection, Silent(), tables, "broken")
    assert connection.value("SELECT COUNT(*) FROM dbo.store_sales") == before
    assert connection.value("SELECT COUNT(*) FROM dbo.deployment_journal WHERE name = N'broken'") == 0
    assert connection.value("SELECT @@TRANCOUNT") == 0


def test_all_messages_of_a_failure_are_collected(connection):
    with pytest.raises(DatabaseError) as caught:
        connection.call(
            "PRINT 'before'; SELECT 1 AS one; "
            "EXEC sp_execute_external_script @language = N'Python', "
            '@script = N\'print("hello from the script"); raise KeyError("the cause")\'; '
            "SELECT 2 AS two;"
        )
    text = str(caught.value)
    for part in ("KeyError: 'the cause'", "hello from the script", "before"):
        assert part in text
    assert {39019, 39005} <= set(caught.value.numbers)
