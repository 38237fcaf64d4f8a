"""External libraries inside the sandbox: a script imports its own, and knows of no other."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

COMPILED = """
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *nothing) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "fast", NULL, -1, methods};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&definition); }
"""

Install = Callable[..., str]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module written in C."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    include = Path(sysconfig.get_paths()["include"])
    if compiler is None or not (include / "Python.h").exists():
        pytest.skip("no C compiler, or no headers of Python")
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "fast.c").write_text(COMPILED)
    target = folder / f"fast{sysconfig.get_config_var('EXT_SUFFIX')}"
    command = [compiler, "-shared", "-fPIC", f"-I{include}", "fast.c", "-o", str(target)]
    subprocess.run(command, cwd=folder, check=True)
    return target


@pytest.fixture
def install(full) -> Iterator[Install]:
    """``install(name, {file: text})`` makes a library after the server has started; ``full`` runs scripts."""
    made: list[Path] = []

    def install(name: str, files: dict[str, str]) -> str:
        folder = full.shelf / name
        made.append(folder)
        for file, text in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            path.write_text(text)
        folder.mkdir(exist_ok=True)
        return name

    yield install
    for folder in made:
        shutil.rmtree(folder)


def _run(server, script: str, *libraries: str) -> str:
    result = server.run(script, libraries=libraries, wall_clock=30)
    assert result["outcome"] == "OK", result
    return str(result["stdout"])


def test_a_pure_package(full, install):
    one = install("one", {"pure/__init__.py": "from pure.part import x", "pure/part.py": "x = 'pure'"})
    assert _run(full, "import pure; print(pure.x)", one) == "pure\n"


def test_a_compiled_package(full, install, compiled):
    one = install("one", {"wrapper.py": "from fast import answer"})
    shutil.copy(compiled, full.shelf / one)
    assert _run(full, "import wrapper; print(wrapper.answer())", one) == "42\n"


def test_the_first_folder_wins(full, install):
    private = install("private", {"thing.py": "x = 'private'"})
    public = install("public", {"thing.py": "x = 'public'", "other.py": "x = 'other'"})
    script = "import thing, other; print(thing.x, other.x)"
    assert _run(full, script, private, public) == "private other\n"
    assert _run(full, script, public, private) == "public other\n"


def test_a_library_comes_before_what_the_server_has(full, install):
    """Whether the zygote has imported it or not; what the worker itself runs on stays."""
    names = ("joblib", "threadpoolctl", "numpy", "json")
    mine = install("mine", {f"{name}.py": "x = 'mine'" for name in names})
    script = f"import {', '.join(names)}\nprint([hasattr(m, 'x') for m in ({', '.join(names)})])"
    assert _run(full, script, mine) == "[True, True, False, False]\n"
    assert _run(full, script) == "[False, False, False, False]\n"


@pytest.mark.parametrize("libraries", [(), ("own",)])
def test_others_are_invisible(full, install, libraries):
    hidden = install("hidden", {"private_module.py": "x = 1"})
    script = f"""
import os, sys
shelf = {str(full.shelf)!r}
def names():
    try: return os.listdir(shelf)
    except OSError: return []
sys.path.append(shelf + '/' + {hidden!r})
try: import private_module
except ModuleNotFoundError: print('invisible', sorted(set(names()) - {{'own'}}))
"""
    assert _run(full, script, *libraries) == "invisible []\n"


def test_a_library_in_a_folder_of_others(full, install):
    """One of several in a common folder: its neighbours are as invisible."""
    install("database", {"first/module_of_it.py": "x = 1", "second/private_module.py": "x = 2"})
    script = (
        "import os, module_of_it\nplace = os.path.dirname(module_of_it.__file__)\n"
        "try: os.listdir(place + '/../second')\nexcept OSError: print('invisible')"
    )
    assert _run(full, script, "database/first") == "invisible\n"


def test_a_library_is_read_only(full, install):
    one = install("one", {"pure.py": "x = 1"})
    script = (
        "import os, pure\nplace = os.path.dirname(pure.__file__)\n"
        "for name in ('pure.py', 'new.py'):\n"
        "    try: open(place + '/' + name, 'a').close()\n    except OSError: print('refused')"
    )
    assert _run(full, script, one) == "refused\nrefused\n"


@pytest.mark.parametrize("name", ["missing", "../satellites", "..", ".", "/usr/lib", "link"])
def test_other_folders_are_refused(full, name):
    link = full.shelf / "link"
    link.symlink_to("/usr/lib")
    result = full.run("print(1)", libraries=[name])
    link.unlink()
    assert (result["outcome"], result["stdout"]) == ("NOT_STARTED", "")
    assert "installed librar" in result["error"]


def test_names_that_are_too_long_together(usual):
    result = usual.run("print(1)", libraries=["own"] * 1000)
    assert result["outcome"] == "NOT_STARTED" and "longer than" in result["error"]
    assert usual.run("import own_library; print(1)", libraries=["own"] * 100)["stdout"] == "1\n"


def test_the_disk_is_as_large_as_the_request_says(usual):
    """A spare knows no limits before its order."""
    script = "import os; s = os.statvfs('.'); print(s.f_blocks * s.f_frsize // 2**20)"
    assert [usual.run(script, disk=n * 2**20)["stdout"] for n in (20, 30, 40)] == ["20\n", "30\n", "40\n"]


def test_the_servers_own_packages_come_last(full):
    script = "import sys; print(sys.path[-1].endswith('/localdb/script_packages'))"
    assert _run(full, script) == "True\n"
