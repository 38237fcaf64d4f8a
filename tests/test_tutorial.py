"""The tutorial's four steps on the generated data, with the numbers that the tutorial publishes."""

import pandas as pd
import pytest

from db.connection import Connection
from db.connection_string import render
from db.deployment import UpOptions, up
from db.progress import Silent
from db.training import FEATURE_QUERY
from model.artifact import read, sha256
from model.features import FEATURES, feature_matrix
from model.predict import nearest_centre
from tests.feature_judge import TUTORIAL, by_size, features_of


@pytest.fixture
def connection(tutorial, driver_parts):
    """A session in the tutorial's database, on each driver in turn."""
    with Connection(render({**driver_parts, "Database": tutorial[0].database})) as opened:
        yield opened


@pytest.fixture(scope="module")
def features(tutorial):
    with tutorial[0].connect() as connection:
        return connection.frame(FEATURE_QUERY)


@pytest.fixture(scope="module")
def labels(tutorial, features):
    """What the stored model says, computed outside."""
    model = read(tutorial[1].training.artifact)
    found = nearest_centre(feature_matrix(features), model.centroids)
    return dict(zip(features["customer"].tolist(), found.tolist(), strict=True))


def test_the_features_are_those_of_the_formula(tutorial, features):
    with tutorial[0].connect() as connection:
        tables = {
            "store_sales": connection.frame(
                "SELECT ss_customer_sk, ss_ticket_number, ss_item_sk, "
                "CAST(ss_net_paid AS float) AS ss_net_paid FROM dbo.store_sales"
            ),
            "store_returns": connection.frame(
                "SELECT sr_customer_sk, sr_ticket_number, sr_item_sk, "
                "CAST(sr_return_amt AS float) AS sr_return_amt FROM dbo.store_returns"
            ),
        }
    pd.testing.assert_frame_equal(features, features_of(tables), check_dtype=False, atol=1e-7)
    assert len(features) == 37_336


def test_up_reports_what_it_did(tutorial):
    _, report, folders = tutorial
    assert report.scripts[0] == "000_deployment_journal"
    assert "py_cluster_customers" in report.procedures
    assert report.loaded
    assert report.version == 1
    assert report.training.elbow.ks == tuple(range(1, 20))
    for file in (report.training.elbow_file, report.training.profile_file):
        assert file.parent == folders.output
        assert file.read_bytes().startswith(b"\x89PNG")


def test_the_summary_is_the_published_table(tutorial):
    found = by_size(tutorial[1].summary.rows)
    assert found.keys() == TUTORIAL.keys()
    for size, means in TUTORIAL.items():
        assert found[size] == pytest.approx(means, abs=5.1e-7)


def test_exec_py_cluster_customers(connection, labels, features):
    result = connection.run("EXEC py_cluster_customers").result_sets[0]
    assert result.columns == ("Customer", *FEATURES, "cluster")
    assert {row[0]: row[5] for row in result.rows} == labels
    scored = pd.DataFrame.from_records(result.rows, columns=["customer", *FEATURES, "cluster"])
    scored = scored.sort_values("customer", ignore_index=True)
    pd.testing.assert_frame_equal(scored[["customer", *FEATURES]], features, check_dtype=False)


def test_one_customer(connection, labels):
    rows = connection.rows("EXEC dbo.py_cluster_customers @customer = ?", [97643])
    assert len(rows) == 1
    assert rows[0][0] == 97643
    assert rows[0][1:5] == pytest.approx((0.0681818, 0.0781759, 0.037034, 3.0), abs=1e-6)
    assert rows[0][5] == labels[97643]


def test_a_customer_without_sales_is_an_empty_result(connection):
    assert connection.rows("EXEC dbo.py_cluster_customers @customer = ?", [-5]) == []


def test_insert_exec_and_join_to_addresses(connection, labels):
    found = connection.run(
        "SET NOCOUNT ON; "
        "DECLARE @c TABLE (customer bigint PRIMARY KEY, o float, i float, m float, f float, c int); "
        "INSERT INTO @c EXEC dbo.py_cluster_customers; "
        "SELECT p.c_customer_sk, p.c_email_address FROM @c AS c JOIN dbo.customer AS p "
        "ON p.c_customer_sk = c.customer WHERE c.c = ? ORDER BY 1",
        [labels[32549]],
    ).result_sets[-1]
    assert [row[0] for row in found.rows] == sorted(k for k, v in labels.items() if v == labels[32549])
    assert all(row[1].endswith("@example.org") for row in found.rows)


def test_customers_in_cluster_are_the_stored_ones(connection, labels):
    outlier = labels[57044]
    rows = connection.rows("EXEC dbo.customers_in_cluster @cluster = ?", [outlier])
    assert [row[1] for row in rows] == [57044]


def test_stored_clusters_name_version_and_time(connection, labels):
    rows = connection.rows(
        "SELECT Customer, cluster, model_name, model_version, scored_at FROM dbo.py_customer_clusters"
    )
    assert {row[0]: row[1] for row in rows} == labels
    assert {row[2:4] for row in rows} == {("customer_returns", 1)}
    assert len({row[4] for row in rows}) == 1


def test_the_tutorials_procedure_trains_and_labels_in_one_call(connection):
    frame = pd.DataFrame.from_records(connection.rows("EXEC py_generate_customer_return_clusters"))
    found = {len(group): tuple(group[[1, 2, 3, 4]].mean()) for _, group in frame.groupby(5)}
    assert found.keys() == TUTORIAL.keys()
    for size, means in TUTORIAL.items():
        assert found[size] == pytest.approx(means, abs=5.1e-7)


def test_training_inside_the_database_gives_the_very_same_artifact(connection, tutorial):
    inside = connection.value(
        "SET NOCOUNT ON; DECLARE @artifact varbinary(max); "
        "EXEC dbo.train_customer_model @artifact = @artifact OUTPUT; SELECT @artifact;"
    )
    outside = tutorial[1].training.artifact
    assert read(inside).sizes == read(outside).sizes
    if tutorial[0].embedded:
        # The same libraries, hence the same bits.
        assert sha256(inside) == sha256(outside)


def test_list_models(connection, tutorial):
    result = connection.run("EXEC dbo.list_models").result_sets[0]
    row = dict(zip(result.columns, result.rows[0], strict=True))
    assert (row["version"], row["is_active"], row["k"], row["training_rows"]) == (1, True, 4, 37_336)
    assert row["sha256"] == sha256(tutorial[1].training.artifact)
    assert row["created_by"]


def test_a_second_up_only_scores(tutorial):
    target, first, folders = tutorial
    second = up(target, UpOptions(), folders, Silent())
    assert (second.created_database, second.scripts, second.procedures) == (False, [], [])
    assert (second.loaded, second.training, second.version) == (None, None, 1)
    assert by_size(second.summary.rows) == {
        size: pytest.approx(means, rel=1e-12) for size, means in by_size(first.summary.rows).items()
    }
