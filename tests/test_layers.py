"""Who may import whom: the table of the design, read from the imports."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"db", "model", "localdb", "deploy", "tests", "benchmarks"}
SHARED = {"localdb.error_texts", "localdb.errors", "localdb.types", "localdb.events"}

# Package: what of ours it may import, and which third-party packages.
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "localdb.error_texts": (set(), set()),
    "localdb.errors": (SHARED, set()),
    "localdb.types": (SHARED, set()),
    "localdb.events": (SHARED, {"pyarrow"}),
    "localdb.tds": ({"localdb.errors", "localdb.types"}, {"numpy"}),
    "localdb.tsql": ({"localdb.errors", "localdb.types"}, {"sqlglot"}),
    "localdb.catalog": ({"localdb.errors", "localdb.types"}, set()),
    "localdb.engine": ({"localdb.error_texts", "localdb.errors", "localdb.types"}, {"duckdb", "pyarrow"}),
    "localdb.libraries": (set(), {"installer", "packaging"}),
    "localdb.satellite.contract": (set(), {"pyarrow"}),
    "localdb.satellite.worker": ({"localdb.satellite.contract"}, {"pyarrow", "numpy", "pandas"}),
    "localdb.script_packages": (set(), {"numpy", "pandas", "sklearn", "scipy", "pyodbc", "dill"}),
    "localdb.script_packages.predict_engine": (set(), {"numpy", "pandas", "onnxruntime", "revoscalepy"}),
    "localdb.satellite": ({"localdb.errors", "localdb.types"}, {"pyarrow"}),
    "localdb.runtime": (
        {
            *SHARED,
            *("localdb.tsql", "localdb.catalog", "localdb.engine", "localdb.libraries", "localdb.satellite"),
        },
        {"pyarrow", "numpy"},
    ),
    "localdb.server": (
        {*SHARED, "localdb.tds", "localdb.runtime"},
        {"pyarrow", "numpy", "cryptography"},
    ),
    "localdb": ({"localdb"}, {"typer"}),
    "model": (set(), {"numpy", "pandas", "sklearn", "matplotlib", "threadpoolctl"}),
    "db": ({"model"}, {"pyodbc", "numpy", "pandas", "openpyxl", "rich", "typer"}),
    "deploy": ({"db", "model"}, {"rich", "typer"}),
}


def modules():
    for package in ("localdb", "model", "db"):
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file
    yield "deploy", ROOT / "deploy.py"


def owner(module):
    """The longest entry of the table that contains ``module``."""
    matches = [name for name in ALLOWED if module == name or module.startswith(name + ".")]
    return max(matches, key=len)


def imports(file, module):
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            full = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            # "from localdb import types" imports localdb.types.
            yield from (f"{full}.{alias.name}" if full in OURS else full for alias in node.names)


@pytest.mark.parametrize(
    ("module", "file"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_imports_follow_the_table(module, file):
    package = owner(module)
    ours, others = ALLOWED[package]
    wrong = []
    for name in imports(file, module):
        top = name.split(".")[0]
        if top in OURS:
            inside = name == package or name.startswith(package + ".")
            if not inside and not any(name == other or name.startswith(other + ".") for other in ours):
                wrong.append(name)
        elif top not in sys.stdlib_module_names and top not in others:
            wrong.append(name)
    assert not wrong, f"{module} ({package}) imports {', '.join(sorted(set(wrong)))}"


def test_the_codec_knows_no_sockets_and_no_threads():
    for module, file in modules():
        if module.startswith("localdb.tds"):
            found = {name.split(".")[0] for name in imports(file, module)}
            assert not found & {"socket", "asyncio", "threading", "ssl", "selectors"}, module
