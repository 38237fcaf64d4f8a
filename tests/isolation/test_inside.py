# ruff: noqa: E501 (one script, one line)
"""What scripts do for a living works inside, whatever user the server runs as."""

from __future__ import annotations

import pytest

WORK = {
    "KMeans": "import numpy as np\nfrom sklearn.cluster import KMeans\nx = np.random.default_rng(1).random((2000, 4))\n"
    "print(len(set(KMeans(4, n_init=3, random_state=1).fit(x).labels_)) == 4)",
    "split and forest": "import numpy as np\nfrom sklearn.ensemble import RandomForestClassifier\n"
    "from sklearn.model_selection import train_test_split\nx = np.random.default_rng(1).random((300, 4))\n"
    "a, b, c, d = train_test_split(x, x[:, 0] > 0.5, random_state=1)\n"
    "print(RandomForestClassifier(20, n_jobs=1, random_state=1).fit(a, c).score(b, d) > 0.9)",
    "forest on two threads": "import numpy as np\nfrom sklearn.ensemble import RandomForestRegressor\n"
    "x = np.random.default_rng(1).random((100, 2))\nprint(len(RandomForestRegressor(8, n_jobs=2).fit(x, x[:, 0]).estimators_) == 8)",
    "cross validation": "import numpy as np\nfrom sklearn.linear_model import Ridge\n"
    "from sklearn.model_selection import GridSearchCV\nx = np.random.default_rng(1).random((60, 3))\n"
    "print(GridSearchCV(Ridge(), {'alpha': [1, 2]}, n_jobs=-1).fit(x, x[:, 0]).best_params_['alpha'] in (1, 2))",
    "dates": "import pandas as pd\ns = pd.Series(pd.date_range('2024-01-01', periods=5, freq='D', tz='Europe/Berlin'))\n"
    "print(list(s.dt.tz_convert('UTC').dt.hour) == [23] * 5 and len(s.to_frame('d').resample('2D', on='d').size()) == 3)",
    "pickle": "import pickle\nfrom sklearn.linear_model import LinearRegression\nm = LinearRegression().fit([[0], [1]], [0, 2])\n"
    "print(pickle.loads(pickle.dumps(m)).predict([[2]])[0].round(6) == 4)",
    "joblib in the work directory": "import joblib\njoblib.dump({'a': 1}, 'model.bin')\nprint(joblib.load('model.bin') == {'a': 1})",
    "a submodule that was not preloaded": "import sys\nassert 'sklearn.gaussian_process' not in sys.modules\n"
    "from sklearn.manifold import MDS\nimport sklearn.gaussian_process, sklearn.neural_network\nprint(True)",
    "what pandas imports late": "import pandas as pd, io\nf = pd.DataFrame({'a': [1, 2]})\n"
    "f.to_csv('x.csv'); f.to_json('x.json'); f.to_parquet('x.parquet')\n"
    "print(len(pd.read_csv('x.csv')) == len(pd.read_json('x.json')) == len(pd.read_parquet('x.parquet')) == 2\n"
    "  and len(f.to_html()) > 10)",
    "codecs": "print('bücher.de'.encode('idna') == b'xn--bcher-kva.de' and 'ä'.encode('cp1252') == b'\\xe4' and 'x'.encode('utf-7') == b'x')",
    "time zones": "import zoneinfo, datetime\nprint(datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo('America/New_York')).utcoffset().total_seconds() == -14400)",
    "temporary files": "import tempfile, os\nwith tempfile.NamedTemporaryFile() as f: f.write(b'x'); f.flush(); print(os.path.getsize(f.name) == 1)",
    "sqlite": "import sqlite3\nc = sqlite3.connect('x.db'); c.execute('create table t (a)'); c.commit(); print(len(c.execute('select * from t').fetchall()) == 0)",
    "threads": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(8) as p: print(sum(p.map(abs, range(-9, 0))) == 45)",
    "asyncio": "import asyncio\nprint(asyncio.run(asyncio.sleep(0, True)))",
    "machine": "import os, platform\nprint(os.cpu_count() > 0 and bool(platform.platform()) and 'MemTotal' in open('/proc/meminfo').read())",
    "scipy": "import numpy as np, scipy.optimize, scipy.sparse.linalg, scipy.signal\nprint(scipy.optimize.minimize(lambda v: (v[0] - 3) ** 2, [0.0]).x.round(3)[0] == 3)",
    "large result": "import numpy as np\nOutputDataSet = DataFrame({'x': np.arange(2_000_000)})\nprint(True)",
    "a plot": "import matplotlib.pyplot as p, io\nb = io.BytesIO(); p.plot([1, 2]); p.savefig(b, format='png'); print(len(b.getvalue()) > 1000)",
}


@pytest.mark.parametrize("name", WORK)
def test_work(full, name):
    result = full.run(WORK[name], wall_clock=60)
    assert result["stdout"].endswith("True\n"), result
    assert result["outcome"] == "OK", result


def test_onnxruntime(full):
    """It is imported by the script: it starts a thread, which a fork would not copy."""
    numpy, linear = pytest.importorskip("numpy"), pytest.importorskip("sklearn.linear_model")
    skl2onnx = pytest.importorskip("skl2onnx")
    rows = numpy.array([[0.0], [1.0]], dtype=numpy.float32)
    model = skl2onnx.to_onnx(linear.LinearRegression().fit(rows, [0, 2]), rows).SerializeToString()
    script = (
        "import sys\nassert 'onnxruntime' not in sys.modules\nimport numpy as np, onnxruntime as ort\n"
        f"s = ort.InferenceSession({model!r}, providers=['CPUExecutionProvider'])\n"
        "print(s.run(None, {'X': np.array([[2]], dtype=np.float32)})[0].round(3)[0][0] == 4)"
    )
    result = full.run(script, wall_clock=60)
    assert result["stdout"].endswith("True\n"), result


@pytest.mark.parametrize("name", ["KMeans", "split and forest", "dates"])
def test_work_with_the_least_memory(usual, name):
    result = usual.run(WORK[name], memory=512 * 2**20, wall_clock=30)
    assert (result["outcome"], result["stdout"]) == ("OK", "True\n"), result


def test_nothing_of_one_script_is_in_the_next(usual):
    first = (
        "import numpy, os, builtins\nnumpy.leak = builtins.leak = 1\nnumpy.random.seed(1)\nos.environ['LEAK'] = '1'\n"
        "open('leak', 'w').write('x')\nopen('../leak', 'w').write('x') if os.access('..', os.W_OK) else None"
    )
    second = (
        "import numpy, os, builtins\nprint(hasattr(numpy, 'leak') or hasattr(builtins, 'leak') or 'LEAK' in os.environ\n"
        "  or os.path.exists('leak') or os.path.exists('../leak'), numpy.random.rand())"
    )
    seen = set()
    for _ in range(20):
        usual.run(first)
        leak, number = usual.run(second)["stdout"].split()
        assert leak == "False"
        seen.add(number)
    assert len(seen) == 20


def test_latency(usual, record_property):
    times = sorted(usual.run("x = 1")["seconds"] * 1000 for _ in range(40))
    record_property("median", times[20])
    print(f"\n{usual.user}: warm call, fully isolated: median {times[20]:.1f} ms, worst {times[-1]:.1f} ms")
