"""The command line as a person uses it: up, up again, the other commands, and what fails."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from db.embedded import PASSWORD_VARIABLE

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def deploy(tmp_path_factory):
    """Runs deploy.py on a data folder of its own; each call starts and stops the server."""
    folder = tmp_path_factory.mktemp("deploy")
    hidden = {PASSWORD_VARIABLE, "MSSQL_CONNECTION_STRING"}
    environment = {key: value for key, value in os.environ.items() if key not in hidden} | {"COLUMNS": "200"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "deploy.py"), *words, "--data", str(folder / "data")],
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def deployed(deploy):
    first = deploy("up", "--scale", "0.01")
    assert first.returncode == 0, first.stderr
    return deploy, first.stdout


def test_up_shows_its_steps_and_the_table(deployed):
    _, shown = deployed
    for text in (
        "created database tpcxbb_1gb",
        "applied 001_shop.sql",
        "applied py_cluster_customers.sql",
        "stored as version 1 and active",
        "EXEC py_cluster_customers: 373 customers scored",
        "elbow.png",
        "monetaryRatio",
        "108.719154",
    ):
        assert text in shown


def test_a_second_up_applies_nothing_trains_nothing_and_scores_again(deployed):
    again = deployed[0]("up", "--scale", "0.01")
    assert again.returncode == 0, again.stderr
    assert "nothing to apply" in again.stdout
    assert "nothing to train: version 1 is active" in again.stdout
    assert "customers scored by version 1 and stored" in again.stdout
    assert "108.719154" in again.stdout
    for text in ("applied ", "loading", "elbow for", "created"):
        assert text not in again.stdout


def test_train_activate_rollback_score_status(deployed):
    deploy, _ = deployed
    trained = deploy("train", "--k", "5")
    assert "stored as version 2" in trained.stdout, trained.stderr
    assert "version 2 is active" in deploy("activate", "2").stdout
    assert "scored by version 2" in deploy("score").stdout
    assert "version 1 is active again" in deploy("rollback", "--reason", "too many").stdout
    shown = deploy("status")
    assert shown.returncode == 0, shown.stderr
    assert "pending scripts: none" in shown.stdout
    assert "tutorial, scale 0.01" in shown.stdout


def test_push_takes_the_file_that_train_wrote(deployed):
    pushed = deployed[0]("push", "output/customer_returns.model")
    assert "already stored as version" in pushed.stdout, pushed.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["activate", "99"], "has no version 99"),
        (["push", "no_such_file"], "no_such_file"),
        (["push", "data/sa_password"], "not a model artifact"),
        (["load", "online-retail", "no_such_file.csv"], "there is no file"),
        (["load", "something"], "load what?"),
        (["status", "--database", "nothing_here"], "there is no database nothing_here"),
        (["--target", "Server", "status"], "connection string"),
        (["--target", "UID=sa", "status"], "names no Server"),
    ],
)
def test_a_failure_is_one_message_and_status_1(deployed, words, reason):
    failed = deployed[0](*words)
    assert failed.returncode == 1
    assert failed.stderr.startswith("failed: ")
    assert reason in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    "command", ["up", "load", "train", "push", "activate", "rollback", "status", "score"]
)
def test_help_shows_an_example(deploy, command):
    shown = subprocess.run(
        [sys.executable, str(ROOT / "deploy.py"), command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Example: python deploy.py" in shown


def test_no_server_is_left_running(deployed, tmp_path_factory):
    folder = next(tmp_path_factory.getbasetemp().glob("deploy*"))
    state = folder / "data" / "server.json"
    if state.exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(json.loads(state.read_text())["pid"]), 0)
