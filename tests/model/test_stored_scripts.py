"""The Python inside the stored procedures, run here on frames, agrees with the package model."""

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model.artifact import read, write
from model.features import FEATURES
from model.predict import nearest_centre
from model.train import Settings, train

PROCEDURES = Path(__file__).parents[2] / "stored_procedures"
SCRIPT = re.compile(r"@script = N'((?:[^']|'')*)'")
HASH = "ab" * 32
TRAINERS = {"py_generate_customer_return_clusters", "train_customer_model"}


def script_of(name):
    found = SCRIPT.search((PROCEDURES / f"{name}.sql").read_text())
    assert found is not None
    return found.group(1).replace("''", "'")


def run(procedure, /, **variables):
    exec(compile(script_of(procedure), f"{procedure}.py", "exec"), variables)
    return variables


def all_scripts():
    return sorted(
        file.stem for file in PROCEDURES.glob("*.sql") if "sp_execute_external_script" in file.read_text()
    )


@pytest.fixture(scope="module")
def customers():
    rng = np.random.default_rng(9)
    frame = pd.DataFrame(rng.random((500, 4)), columns=list(FEATURES))
    # A key that float64 cannot hold: 2**53 + 1 and its like.
    frame.insert(0, "customer", [str(2**53 + 1 + number) for number in range(500)])
    return frame


@pytest.fixture(scope="module")
def artifact(customers):
    return write(train(customers[list(FEATURES)].to_numpy(), Settings(), HASH).model)


def test_there_are_scripts():
    assert set(all_scripts()) == {"py_cluster_customers", *TRAINERS}


@pytest.mark.parametrize("name", all_scripts())
def test_scripts_are_python_3_7_and_import_little(name):
    tree = ast.parse(script_of(name), feature_version=(3, 7))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).split(".")[0])
    allowed = {"numpy", "pandas", "json", "hashlib", "platform"}
    if name in TRAINERS:
        allowed |= {"sklearn", "threadpoolctl"}
    assert imported <= allowed


def test_scoring_gives_the_labels_of_the_model(customers, artifact):
    after = run("py_cluster_customers", InputDataSet=customers, model=artifact, skip_unusable=False)
    output = after["OutputDataSet"]
    wanted = nearest_centre(customers[list(FEATURES)].to_numpy(), read(artifact).centroids)
    assert output["cluster"].tolist() == wanted.tolist()
    assert output["cluster"].dtype == np.int32
    assert output["customer"].tolist() == customers["customer"].tolist()
    assert list(output.columns) == ["customer", *FEATURES, "cluster"]
    assert after["skipped"] == 0


@pytest.mark.parametrize("columns", [["customer", *FEATURES], []])
def test_scoring_no_rows_gives_no_rows(artifact, columns):
    empty = pd.DataFrame(columns=columns)
    output = run("py_cluster_customers", InputDataSet=empty, model=artifact, skip_unusable=False)[
        "OutputDataSet"
    ]
    assert output.shape == (0, 6)


@pytest.mark.parametrize("bad", [None, np.nan, np.inf, -np.inf])
def test_unusable_features_are_refused_by_name_or_skipped_and_counted(customers, artifact, bad, capsys):
    broken = customers.copy()
    broken["frequency"] = broken["frequency"].astype(object)
    broken.loc[3, "frequency"] = bad
    with pytest.raises(ValueError, match=r"1 customer\(s\): 9007199254740996"):
        run("py_cluster_customers", InputDataSet=broken, model=artifact, skip_unusable=False)
    after = run("py_cluster_customers", InputDataSet=broken, model=artifact, skip_unusable=True)
    assert after["skipped"] == 1
    assert len(after["OutputDataSet"]) == 499
    assert "9007199254740996" in capsys.readouterr().out


def test_a_damaged_model_is_refused_inside_too(customers, artifact):
    with pytest.raises(ValueError, match="damaged"):
        run("py_cluster_customers", InputDataSet=customers, model=artifact[:-1], skip_unusable=False)


def test_training_inside_makes_the_very_bytes_of_training_outside(customers, artifact):
    after = run(
        "train_customer_model",
        InputDataSet=customers,
        k=4,
        seed=111,
        n_init=10,
        name="customer_returns",
        query_sha256=HASH,
    )
    assert after["model"] == artifact


def test_the_tutorials_procedure_labels_as_scikit_learn_does(customers):
    after = run("py_generate_customer_return_clusters", InputDataSet=customers, k=4, seed=111)
    wanted = train(customers[list(FEATURES)].to_numpy(), Settings(), HASH).labels
    assert after["OutputDataSet"]["cluster"].tolist() == wanted.tolist()


@pytest.mark.parametrize("name", sorted(TRAINERS))
def test_training_on_nobody_says_so(name):
    empty = pd.DataFrame(columns=["customer", *FEATURES])
    with pytest.raises(ValueError, match="customers"):
        run(name, InputDataSet=empty, k=4, seed=111, n_init=10, name="x", query_sha256=HASH)
