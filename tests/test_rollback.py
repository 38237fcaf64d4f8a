"""Versions: pushed, activated, rolled back; the history tells all, and the scores follow."""

import pytest

from db.deployment import Folders, score, train_and_push
from db.errors import DatabaseError
from db.progress import Silent
from db.registry import Registry
from model.train import Settings

NAME = "customer_returns"


@pytest.fixture
def connection(small):
    with small.connect() as opened:
        yield opened


def push(connection, tmp_path, k, activate=True):
    return train_and_push(connection, Settings(k=k), Folders(tmp_path), Silent(), activate)[1]


def stored(connection):
    rows = connection.rows("SELECT DISTINCT model_version FROM dbo.py_customer_clusters")
    clusters = connection.value("SELECT COUNT(DISTINCT cluster) FROM dbo.py_customer_clusters")
    return [row[0] for row in rows], clusters


def test_back_to_version_1_after_version_2(connection, tmp_path):
    registry = Registry(connection, NAME)
    assert registry.active() == 1
    before = connection.rows("EXEC py_cluster_customers @version = 1")
    assert push(connection, tmp_path, k=5).version == 2
    assert registry.active() == 2
    score(connection, NAME, Silent())
    assert stored(connection) == ([2], 5)

    assert registry.roll_back("too many clusters") == 1
    assert registry.active() == 1
    assert sorted(connection.rows("EXEC py_cluster_customers")) == sorted(before)
    score(connection, NAME, Silent())
    assert stored(connection) == ([1], 4)

    history = connection.rows(
        "SELECT version, action, previous_version, reason FROM dbo.model_activations ORDER BY activation_id"
    )
    assert [row[:3] for row in history] == [(1, "activate", None), (2, "activate", 1), (1, "rollback", 2)]
    assert history[2][3] == "too many clusters"


def test_rollback_repeated_goes_further_back_and_then_says_no(connection, tmp_path):
    registry = Registry(connection, NAME)
    for k in (5, 6):
        push(connection, tmp_path, k)
    registry.activate(1, "back to the first")
    assert [registry.roll_back("") for _ in range(3)] == [3, 2, 1]
    with pytest.raises(DatabaseError, match="no earlier active version") as caught:
        registry.roll_back("")
    assert caught.value.numbers == (50005,)
    assert registry.active() == 1


def test_the_same_bytes_are_one_version(connection, tmp_path):
    first = push(connection, tmp_path, k=5, activate=False)
    again = push(connection, tmp_path, k=5, activate=False)
    assert (first.version, first.new) == (2, True)
    assert (again.version, again.new) == (2, False)
    assert Registry(connection, NAME).active() == 1


def test_activating_the_active_version_adds_no_history(connection):
    Registry(connection, NAME).activate(1, "again")
    assert connection.value("SELECT COUNT(*) FROM dbo.model_activations") == 1


def test_a_version_that_does_not_exist(connection):
    with pytest.raises(DatabaseError, match='"customer_returns" has no version 7') as caught:
        Registry(connection, NAME).activate(7, "")
    assert caught.value.numbers == (50002,)


def test_a_withdrawn_version_is_not_activated(connection, tmp_path):
    push(connection, tmp_path, k=5, activate=False)
    connection.run("UPDATE dbo.models SET status = 'withdrawn', status_reason = N'biased' WHERE version = 2")
    with pytest.raises(DatabaseError, match="withdrawn"):
        Registry(connection, NAME).activate(2, "")
    assert Registry(connection, NAME).active() == 1


def test_only_one_version_can_be_active(connection):
    with pytest.raises(DatabaseError, match="PK_active_models") as caught:
        connection.run(
            "INSERT INTO dbo.active_models (model_name, version, activation_id) VALUES (?, 1, 1)", [NAME]
        )
    assert 2627 in caught.value.numbers
