"""How long a warm one-row call of sp_execute_external_script takes over ODBC, next to a cold Python process.

python -m benchmarks.script_latency
python -m benchmarks.script_latency --calls 500
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from db.connection import Connection
from db.embedded import PASSWORD_VARIABLE, embedded_server
from db.external_scripts import require_external_scripts

CALL = """
EXEC sp_execute_external_script @language = N'Python', @script = N'OutputDataSet = InputDataSet',
     @input_data_1 = N'SELECT 1 AS hello' WITH RESULT SETS ((hello int NOT NULL))
"""
COLD = "import numpy, pandas, sklearn.cluster"


def _milliseconds(action: Callable[[], object], count: int) -> list[float]:
    times = []
    for _ in range(count):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1000)
    return times


def main(calls: Annotated[int, typer.Option(min=20, help="Warm calls to time.")] = 200) -> None:
    """Time warm calls on an embedded server, and cold starts of Python with scikit-learn, in one run."""
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_server(Path(folder) / "data", {**os.environ, PASSWORD_VARIABLE: "Benchmark-1234"}) as server,
        Connection(server.connection_string()) as connection,
    ):
        require_external_scripts(connection, may_enable=True)
        _milliseconds(lambda: connection.rows(CALL), 5)
        warm = _milliseconds(lambda: connection.rows(CALL), calls)
    cold = _milliseconds(lambda: subprocess.run([sys.executable, "-c", COLD], check=True), 5)
    table = Table(title=f"One row through a script, {calls} calls")
    for name in ("", "median, ms", "p99, ms"):
        table.add_column(name, justify="right")
    p99 = statistics.quantiles(warm, n=100)[98]
    table.add_row("warm call over ODBC", f"{statistics.median(warm):.1f}", f"{p99:.1f}")
    table.add_row("cold Python process", f"{statistics.median(cold):.1f}", "")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
