"""Nothing of one execution is visible in the next, and nothing of the server in any."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from localdb.satellite.launcher import Outcome

PAIRS = {
    "globals": ("leak = 1", "leak", "NameError"),
    "builtins": ("import builtins; builtins.leak = 1", "leak", "NameError"),
    "a patched module": ("import numpy; numpy.leak = 1", "import numpy; numpy.leak", "AttributeError"),
    "a patched frame": ("DataFrame.leak = 1", "DataFrame.leak", "AttributeError"),
    "a module": ("import sys; sys.modules['leak'] = sys", "import leak", "ModuleNotFoundError"),
    "the environment": ("import os; os.environ['LEAK'] = '1'", "import os; os.environ['LEAK']", "KeyError"),
    "a file": ("open('leak', 'w').close()", "open('leak')", "FileNotFoundError"),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs(run, pair):
    first, second, error = PAIRS[pair]
    assert run(first).outcome is Outcome.OK
    assert error in run(second).error


def test_settings_of_libraries(run):
    script = (
        "import pandas, numpy, decimal\nprint(pandas.get_option('display.max_rows'), "
        "numpy.geterr()['divide'], decimal.getcontext().prec)"
    )
    before = run(script).stdout
    run(
        "import pandas, numpy, decimal\npandas.set_option('display.max_rows', "
        "1)\nnumpy.seterr(all='raise')\ndecimal.getcontext().prec = 3"
    )
    assert run(script).stdout == before


def test_random_numbers_are_new_in_every_run(run):
    script = (
        "import random, numpy\nprint(random.random(), "
        "numpy.random.rand(), numpy.random.default_rng().random())"
    )
    outputs = {run(script).stdout for _ in range(3)}
    assert len(outputs) == 3
    assert len({number for output in outputs for number in output.split()}) == 9


def test_the_same_seed_gives_the_same_result(run):
    script = (
        "import numpy\nnumpy.random.seed(7)\n"
        "from sklearn.cluster import KMeans\nx = numpy.random.rand(50, 2)\n"
        "print(KMeans(3, n_init=1, random_state=1).fit(x).inertia_)"
    )
    first = run(script).stdout
    run("import numpy; numpy.random.seed(1); numpy.random.rand(10)")
    assert run(script).stdout == first


def test_the_world_of_a_script(run, work, monkeypatch):
    monkeypatch.setenv("MSSQL_SA_PASSWORD", "secret")
    script = (
        "import os\nprint(sorted(os.environ))\n"
        "print(sorted(int(f) for f in os.listdir('/proc/self/fd')))\nprint(os.getcwd())"
    )
    environment, descriptors, directory = run(script, request_id="the-request").stdout.splitlines()
    assert "MSSQL_SA_PASSWORD" not in environment and "PYTHONPATH" not in environment
    # 4 is the listing itself; the last three are for the response.
    assert descriptors == "[0, 1, 2, 3, 4, 5, 6, 7]"
    assert directory == str(work / "the-request")


def test_a_script_does_not_see_the_folder_of_the_server(run):
    assert "ModuleNotFoundError" in run("import tests").error
    assert repr(str(Path.cwd())) not in run("import sys; print(sys.path)").stdout


def test_no_socket_of_the_server(run):
    with socket.create_server(("127.0.0.1", 0)):
        result = run(
            "import os\nfor fd in os.listdir('/proc/self/fd'):\n"
            "  try: print(os.readlink('/proc/self/fd/' + fd))\n  except OSError: pass"
        )
    assert sum("socket:" in line for line in result.stdout.splitlines()) == 1


def test_one_thread_for_linear_algebra(run):
    script = (
        "import os\nprint([os.environ[n] for n in "
        "('OMP_NUM_THREADS','OPENBLAS_NUM_THREADS','MKL_NUM_THREADS','LOKY_MAX_CPU_COUNT')])\n"
        "import numpy; numpy.ones((500, 500)) @ numpy.ones((500, "
        "500)); print(len(os.listdir('/proc/self/task')))"
    )
    assert run(script).stdout == "['1', '1', '1', '1']\n1\n"
