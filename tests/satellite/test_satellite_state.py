"""Nothing of one execution is visible in the next, and nothing of the server in any."""

from __future__ import annotations

import random
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


TRACES = {
    "import builtins; builtins.trace = 1": "import builtins; print(hasattr(builtins, 'trace'))",
    "import sys; sys.trace = 1": "import sys; print(hasattr(sys, 'trace'))",
    "import sys; sys.path.insert(0, '/trace')": "import sys; print('/trace' in sys.path)",
    "import sys, types; sys.modules['trace_'] = types.ModuleType('t')": (
        "import sys; print('trace_' in sys.modules)"
    ),
    "import sys; sys.stdout = open('x', 'w')": "import sys; print(sys.stdout.name)",
    "import sys; sys.setrecursionlimit(77777)": "import sys; print(sys.getrecursionlimit())",
    "import sys; sys.excepthook = print": "import sys; print(sys.excepthook is print)",
    "import numpy; numpy.trace_ = 1": "import numpy; print(hasattr(numpy, 'trace_'))",
    "import numpy; numpy.random.seed(5)": "import numpy; numpy.random.seed(5); print(numpy.random.rand())",
    "import numpy; numpy.set_printoptions(precision=1)": "import numpy; print(numpy.array([1.23456]))",
    "import numpy; numpy.seterr(all='raise')": "import numpy; print(numpy.geterr())",
    "import pandas; pandas.DataFrame.sum = None": "import pandas; print(pandas.DataFrame({'a': [1]}).sum())",
    "import pandas; pandas.set_option('display.precision', 1)": (
        "import pandas; print(pandas.get_option('display.precision'))"
    ),
    "import os; os.environ['TRACE'] = '1'": "import os; print('TRACE' in os.environ)",
    "import os; os.umask(0)": "import os; print(os.umask(0o22) or 'none')",
    "import os; os.mkdir('d'); os.chdir('d')": "import os; print(os.listdir('.'))",
    "import os, tempfile; open(tempfile.gettempdir() + '/t', 'w').close()": (
        "import os, tempfile; print('t' in os.listdir(tempfile.gettempdir()))"
    ),
    "import random; random.seed(1); random.random = lambda: 5": "import random; print(random.random() == 5)",
    "import decimal; decimal.getcontext().prec = 2": "import decimal; print(decimal.getcontext().prec)",
    "import locale; locale.setlocale(locale.LC_ALL, 'C')": (
        "import locale; print(locale.setlocale(locale.LC_ALL))"
    ),
    "import warnings; warnings.simplefilter('error')": "import warnings; print(len(warnings.filters))",
    "import gc; gc.disable()": "import gc; print(gc.isenabled())",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)": (
        "import signal; print(signal.getsignal(signal.SIGTERM))"
    ),
    "import atexit; atexit.register(print, 'trace')": "print('quiet')",
    "import socket; socket.setdefaulttimeout(1)": "import socket; print(socket.getdefaulttimeout())",
    "import logging; logging.disable()": (
        "import logging; logging.warning('w'); print(logging.root.manager.disable)"
    ),
    "import sklearn; sklearn.set_config(assume_finite=True)": (
        "import sklearn; print(sklearn.get_config()['assume_finite'])"
    ),
    "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()": (
        "import threading; print(threading.active_count())"
    ),
    "__name__ = 'trace'": "print(__name__)",
    "InputDataSet['trace'] = 1": "print(list(InputDataSet.columns))",
    "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (50, 60))": (
        "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    ),
    "import os; kept = [os.open('/dev/null', 0) for _ in range(9)]": (
        "import os; print(len(os.listdir('/proc/self/fd')))"
    ),
}
"""What leaves a trace, and what would show it."""


@pytest.fixture(scope="module")
def untouched(run) -> dict[str, str]:
    """What every look shows when nothing was done before it, twice the same."""
    seen = {look: run(look) for look in TRACES.values()}
    assert all(result.outcome is Outcome.OK for result in seen.values()), seen
    return {look: result.stdout for look, result in seen.items()}


@pytest.mark.parametrize("pair", range(50))
def test_nothing_of_an_execution_shows_in_the_next(run, untouched, pair):
    """A few traces in one script, a few looks in the scripts after it, drawn at random."""
    chance = random.Random(pair)
    traces = chance.sample(sorted(TRACES), 3)
    run("\n".join(traces))
    for trace in traces[:2]:
        look = TRACES[trace]
        assert run(look).stdout == untouched[look]
