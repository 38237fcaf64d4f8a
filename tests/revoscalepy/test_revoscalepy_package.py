"""The package as a whole: its names, what importing it loads, and the versions it is written for."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import revoscalepy
from conftest import PACKAGES

FILES = [file for name in ("revoscalepy", "microsoftml") for file in sorted((PACKAGES / name).rglob("*.py"))]
PATHS = [file.relative_to(PACKAGES / "revoscalepy") for file in FILES if file.stem.startswith("Rx")]
DOCUMENT = Path(__file__).parents[2] / "docs" / "revoscalepy.md"


def loaded(statement):
    """Which of the large packages ``statement`` loads in a new process."""
    program = (
        f"import sys; sys.path.append({str(PACKAGES)!r})\n{statement}\n"
        "print(*sorted({'numpy', 'pandas', 'sklearn', 'scipy', 'pyodbc', 'dill'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return found.stdout.split()


def test_importing_loads_nothing():
    assert loaded("import revoscalepy") == []


def test_importing_all_names_loads_no_learner_and_no_driver():
    assert set(loaded("from revoscalepy import *")) <= {"numpy", "pandas"}


def test_every_name_is_there():
    for name in revoscalepy.__all__:
        assert callable(getattr(revoscalepy, name)), name


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_the_module_names_of_the_tutorials_lead_to_the_same_functions(path):
    module = importlib.import_module(".".join(["revoscalepy", *path.with_suffix("").parts]))
    assert module.__all__
    for name in module.__all__:
        assert getattr(module, name) is getattr(revoscalepy, name)


@pytest.mark.parametrize("name", ["rx_spark_connect", "RxTextData", "rx_get_job_results", "RxOptions"])
def test_a_documented_name_that_is_missing_says_so(name):
    with pytest.raises(NotImplementedError, match=rf"revoscalepy\.{name} is not supported"):
        getattr(revoscalepy, name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'rx_nothing'"):
        _ = revoscalepy.rx_nothing


def test_xdf_is_refused():
    with pytest.raises(NotImplementedError, match=r"\.xdf files are not supported"):
        revoscalepy.RxXdfData("AirlineDemoSmall.xdf")


def test_microsoftml_says_what_is_missing():
    module = importlib.import_module("microsoftml")
    with pytest.raises(NotImplementedError, match=r"microsoftml\.rx_fast_trees is not supported"):
        _ = module.rx_fast_trees
    with pytest.raises(AttributeError):
        _ = module.rx_nothing


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}.{file.stem}")
def test_the_syntax_is_that_of_python_3_10(file):
    ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 10))


def test_the_document_names_every_function():
    text = DOCUMENT.read_text(encoding="utf-8")
    missing = [name for name in revoscalepy.__all__ if not re.search(rf"`{name}`", text)]
    assert not missing
