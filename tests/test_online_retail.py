"""The tutorial's four steps on real data, with the reference table of the data's README."""

import pytest

from db.data import load_online_retail
from db.deployment import Folders, apply_scripts, score, train_and_push
from db.external_scripts import require_external_scripts
from db.progress import Silent
from model.train import Settings
from tests.feature_judge import ONLINE_RETAIL, by_size


@pytest.fixture(scope="module")
def loaded(online_retail_file, new_database, tmp_path_factory):
    target = new_database("retail")
    target.create_database()
    folders = Folders(tmp_path_factory.mktemp("retail"))
    with target.connect() as connection:
        require_external_scripts(connection, may_enable=True)
        apply_scripts(connection, folders, Silent())
        load_online_retail(connection, Silent(), online_retail_file)
        report, _ = train_and_push(connection, Settings(), folders, Silent(), activate=True)
        summary = score(connection, "customer_returns", Silent())
        yield connection, report, summary


def test_every_line_arrived(loaded):
    connection, _, _ = loaded
    counts = connection.rows(
        "SELECT (SELECT COUNT(*) FROM dbo.store_sales), (SELECT COUNT(*) FROM dbo.store_returns), "
        "(SELECT COUNT(*) FROM dbo.customer), (SELECT COUNT(*) FROM dbo.customer_return_features)"
    )[0]
    assert counts == (397_924, 8_905, 4_372, 4_339)


def test_clusters_are_the_reference(loaded):
    _, report, summary = loaded
    assert report.trained.model.inertia == pytest.approx(5779.9748, abs=0.01)
    found = by_size(summary.rows)
    assert found.keys() == ONLINE_RETAIL.keys()
    for size, means in ONLINE_RETAIL.items():
        assert found[size] == pytest.approx(means, abs=2e-6)


def test_the_largest_line_is_not_cut(loaded):
    connection, _, _ = loaded
    assert float(connection.value("SELECT MAX(ss_net_paid) FROM dbo.store_sales")) == 168_469.60
