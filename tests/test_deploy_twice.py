"""The command line as a person uses it: up, up again, the other commands, and what fails."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from db.embedded import PASSWORD_VARIABLE, embedded_server
from deploy import application, shared_options_first

ROOT = Path(__file__).parents[1]
HIDDEN = {PASSWORD_VARIABLE, "MSSQL_CONNECTION_STRING"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where the commands run; the server's data is in ``data``."""
    return tmp_path_factory.mktemp("deploy")


@pytest.fixture(scope="module")
def environment():
    return {key: value for key, value in os.environ.items() if key not in HIDDEN}


@pytest.fixture(scope="module")
def twice(folder, environment):
    """``up`` as a process, twice; each starts and stops a server."""

    def up():
        words = ["up", "--data", "data", "--scale", "0.01"]
        script = [sys.executable, str(ROOT / "deploy.py"), *words]
        return subprocess.run(
            script,
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment | {"COLUMNS": "200"},
            check=False,
        )

    first = up()
    assert first.returncode == 0, first.stderr
    state = folder / "data" / "server.json"
    assert not state.exists() or not alive(json.loads(state.read_text())["pid"])
    return first, up()


@pytest.fixture(scope="module")
def served(twice, folder, environment):
    """A server on the folder, which the commands of this module find and use."""
    with embedded_server(folder / "data", environment) as server:
        yield server


@pytest.fixture
def deploy(served, folder, monkeypatch):
    """Runs a command of deploy.py in this process."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "200")
    for name in HIDDEN:
        monkeypatch.delenv(name, raising=False)

    def run(*words: str):
        return CliRunner().invoke(application, shared_options_first([*words, "--data", "data"]))

    return run


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_up_shows_its_steps_and_the_table(twice, folder):
    shown = twice[0].stdout
    for text in (
        "created database tpcxbb_1gb",
        "applied 001_shop.sql",
        "applied py_cluster_customers.sql",
        "stored as version 1 and active",
        "EXEC py_cluster_customers: 375 customers scored",
        "elbow picture: output/elbow.png",
        "monetaryRatio",
        "108.719154",
    ):
        assert text in shown
    assert (folder / "output" / "elbow.png").exists()


def test_a_second_up_applies_nothing_trains_nothing_and_scores_again(twice):
    again = twice[1]
    assert again.returncode == 0, again.stderr
    assert "nothing to apply" in again.stdout
    assert "nothing to train: version 1 is active" in again.stdout
    assert "customers scored by version 1 and stored" in again.stdout
    assert "108.719154" in again.stdout
    for text in ("applied ", "loading", "elbow for", "created"):
        assert text not in again.stdout


def test_train_activate_rollback_score_status(deploy):
    assert "stored as version 2" in deploy("train", "--k", "5").output
    assert "version 2 is active" in deploy("activate", "2").output
    assert "scored by version 2" in deploy("score").output
    assert "version 1 is active again" in deploy("rollback", "--reason", "too many").output
    shown = deploy("status")
    assert shown.exit_code == 0
    assert "pending scripts: none" in shown.output
    assert "tutorial, scale 0.01" in shown.output
    assert "already stored as version" in deploy("push", "output/customer_returns.model").output


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["activate", "99"], "has no version 99"),
        (["push", "no_such_file"], "no_such_file"),
        (["push", "data/sa_password"], "not a model artifact"),
        (["load", "online-retail", "no_such_file.csv"], "there is no file"),
        (["load", "something"], "load what?"),
        (["load", "tutorial", "--scale", "0"], "scale must be"),
        (["train", "--k", "5000"], "must be 1 to"),
        (["score", "--model", "unknown"], '"unknown" has no active version'),
        (["status", "--database", "nothing_here"], "there is no database nothing_here"),
        (["status", "--database", "master"], "nothing was deployed to master"),
        (["score", "--database", "master"], "nothing was deployed to master"),
        (["--target", "Server", "status"], "connection string"),
        (["--target", "UID=sa", "status"], "names no Server"),
    ],
)
def test_a_failure_is_one_message_and_status_1(deploy, words, reason):
    failed = deploy(*words)
    assert failed.exit_code == 1
    assert failed.stderr.startswith("failed: ")
    assert reason in failed.stderr
    assert "Traceback" not in failed.output


@pytest.mark.parametrize(
    "command", ["up", "load", "train", "push", "activate", "rollback", "status", "score"]
)
def test_help_shows_an_example(command):
    shown = CliRunner().invoke(application, [command, "--help"])
    assert shown.exit_code == 0
    assert "Example: python deploy.py" in shown.output


def test_the_password_is_in_no_argument_list(served, folder):
    pid = json.loads((folder / "data" / "server.json").read_text())["pid"]
    command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
    assert served.password.encode() not in command_line


def test_make_sql_prints_result_sets_and_messages(served, folder, environment):
    batch = (
        "PRINT 'told'; SELECT COUNT(*) AS versions FROM dbo.models; "
        "EXEC py_cluster_customers @customer = 97643;"
    )
    done = subprocess.run(
        [sys.executable, "-m", "db.console", "--data", str(folder / "data"), "--", batch],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for text in ("told", "versions", "97643", "(1 row)"):
        assert text in done.stdout
