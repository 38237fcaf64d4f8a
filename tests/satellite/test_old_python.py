"""What runs in a zygote runs on Python 3.10, too: an external language has its own interpreter."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIST = """
import json, sys
import localdb.satellite.zygote
names = [name for name in sys.modules if name.partition('.')[0] == 'localdb']
print(json.dumps([sys.modules[name].__file__ for name in names]))
"""
NEWER = {
    "enum": {"StrEnum", "verify", "EnumCheck", "FlagBoundary", "member", "nonmember"},
    "datetime": {"UTC"},
    "typing": {"Self", "Never", "LiteralString", "assert_never", "assert_type", "override", "reveal_type"},
    "contextlib": {"chdir"},
    "itertools": {"batched"},
    "asyncio": {"TaskGroup", "Runner", "timeout"},
    "hashlib": {"file_digest"},
    "operator": {"call"},
}
"""Names of the standard library that came after 3.10, by module."""

MODULES = {"tomllib", "wsgiref.types"}
BUILTINS = {"ExceptionGroup", "BaseExceptionGroup", "PythonFinalizationError"}


def _files() -> list[Path]:
    done = subprocess.run([sys.executable, "-c", LIST], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [Path(name) for name in json.loads(done.stdout)]
    return sorted({*files, ROOT / "localdb/satellite/bootstrap.py"})


@pytest.mark.parametrize("file", _files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_syntax_and_names(file):
    tree = ast.parse(file.read_text(), feature_version=(3, 10))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            newer = NEWER.get(node.module or "", set())
            found += [alias.name for alias in node.names if alias.name in newer]
            found += [node.module] if node.module in MODULES else []
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name in MODULES]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found += [node.attr] if node.attr in NEWER.get(node.value.id, set()) else []
        elif isinstance(node, ast.Name) and node.id in BUILTINS:
            found.append(node.id)
        elif isinstance(node, ast.Try) and type(node).__name__ == "TryStar":
            found.append("except*")
    assert not found


def test_the_list_is_not_empty():
    names = {path.name for path in _files()}
    assert {"zygote.py", "child.py", "serve.py", "contract.py", "isolation.py", "bootstrap.py"} <= names


def test_the_bootstrap_can_be_read_by_older_ones():
    """It has to say what is wrong with them."""
    ast.parse((ROOT / "localdb/satellite/bootstrap.py").read_text(), feature_version=(3, 7))
