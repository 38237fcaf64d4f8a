"""What scoring inside the database costs, next to the same work in one process without a server.

Inside: ``INSERT INTO ... EXEC py_cluster_customers`` over ODBC, against an embedded server (another process).
In process: the same query in DuckDB, KMeans.predict of scikit-learn, and an insert of the result, on a
database file of its own. Both read the same rows and write the same table; the runs alternate.

    python -m benchmarks.scoring                 # scale 1, and 2.75 million sales
    python -m benchmarks.scoring --only tutorial --repeats 9
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

import duckdb
import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from sklearn.cluster import KMeans

from db import connection_string
from db.connection import Connection
from db.data import load_tables
from db.deployment import Folders, apply_scripts, train_and_push
from db.embedded import PASSWORD_VARIABLE, embedded_server
from db.external_scripts import require_external_scripts
from db.generator.shape import shaped_tables
from db.generator.tutorial import Tables, tutorial_tables
from db.progress import Silent
from db.target import Target
from model.artifact import ClusterModel
from model.features import FEATURES
from model.train import Settings

DATA_SETS: dict[str, Callable[[], Tables]] = {
    "tutorial": tutorial_tables,
    "large": lambda: shaped_tables(customers=90_858, sales=2_750_000, returns=278_000),
}

# The text of dbo.customer_return_features in DuckDB's words.
QUERY = """
SELECT CAST(orders.customer AS BIGINT) AS customer,
       round(coalesce(returned.tickets::DOUBLE / nullif(orders.tickets::DOUBLE, 0), 0), 7) AS orderRatio,
       round(coalesce(returned.items::DOUBLE / nullif(orders.items::DOUBLE, 0), 0), 7) AS itemsRatio,
       round(coalesce(returned.money::DOUBLE / nullif(orders.money::DOUBLE, 0), 0), 7) AS monetaryRatio,
       coalesce(returned.tickets, 0)::DOUBLE AS frequency
FROM (
    SELECT ss_customer_sk AS customer, count(DISTINCT ss_ticket_number) AS tickets,
           count(ss_item_sk) AS items, sum(ss_net_paid) AS money
    FROM store_sales WHERE ss_customer_sk IS NOT NULL GROUP BY ss_customer_sk
) AS orders LEFT JOIN (
    SELECT sr_customer_sk AS customer, count(DISTINCT sr_ticket_number) AS tickets,
           count(sr_item_sk) AS items, sum(sr_return_amt) AS money
    FROM store_returns GROUP BY sr_customer_sk
) AS returned ON returned.customer = orders.customer
"""
COLUMNS = "customer bigint, orderRatio {f}, itemsRatio {f}, monetaryRatio {f}, frequency {f}, cluster int"


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each run, and the customers that each run scored."""

    inside: list[float]
    in_process: list[float]
    customers: int


class Way(Protocol):
    """One way to score all customers into the table ``scored``."""

    def empty(self) -> None: ...

    def score(self) -> None: ...


class InDatabase:
    """The product: an embedded server with the procedures deployed and a model active."""

    def __init__(self, target: Target, tables: Tables, output: Path) -> None:
        target.create_database()
        self.connection: Connection = target.connect()
        require_external_scripts(self.connection, may_enable=True)
        apply_scripts(self.connection, Folders(output), Silent())
        load_tables(self.connection, Silent(), tables, "benchmark")
        report, _ = train_and_push(self.connection, Settings(), Folders(output), Silent(), activate=True)
        self.model: ClusterModel = report.trained.model
        self.connection.run(f"CREATE TABLE dbo.scored ({COLUMNS.format(f='float')})")

    def empty(self) -> None:
        self.connection.run("TRUNCATE TABLE dbo.scored")

    def score(self) -> None:
        self.connection.run("INSERT INTO dbo.scored EXEC dbo.py_cluster_customers")

    def result(self) -> list[tuple[int, int]]:
        return [
            tuple(row) for row in self.connection.rows("SELECT customer, cluster FROM dbo.scored ORDER BY 1")
        ]


class InProcess:
    """The yardstick: DuckDB and scikit-learn in this process, on a file."""

    def __init__(self, file: Path, tables: Tables, model: ClusterModel) -> None:
        self._database = duckdb.connect(str(file))
        self._estimator = KMeans(n_clusters=model.k, n_init=1).fit(np.random.default_rng(1).random((50, 4)))
        self._estimator.cluster_centers_ = model.centroids
        for name, frame in tables.items():
            self._database.register("loaded", frame)
            money = {"store_sales": "ss_net_paid", "store_returns": "sr_return_amt"}.get(name)
            typed = f"* REPLACE (CAST({money} AS DECIMAL(15, 2)) AS {money})" if money else "*"
            self._database.execute(f"CREATE TABLE {name} AS SELECT {typed} FROM loaded")
            self._database.unregister("loaded")
        self._database.execute(f"CREATE TABLE scored ({COLUMNS.format(f='double')})")

    def empty(self) -> None:
        self._database.execute("TRUNCATE scored")

    def score(self) -> None:
        frame = self._database.execute(QUERY).df()
        frame["cluster"] = self._estimator.predict(np.ascontiguousarray(frame[list(FEATURES)].to_numpy()))
        self._database.register("frame", frame)
        self._database.execute("INSERT INTO scored SELECT * FROM frame")
        self._database.unregister("frame")

    def result(self) -> list[tuple[int, int]]:
        return self._database.execute("SELECT customer, cluster FROM scored ORDER BY 1").fetchall()


def measure(name: str, target: Target, folder: Path, repeats: int) -> Measured:
    """Both ways on data set ``name``, in turn, after one run each that is not counted."""
    tables = DATA_SETS[name]()
    inside = InDatabase(target, tables, folder)
    in_process = InProcess(folder / f"{name}.duckdb", tables, inside.model)
    ways: tuple[Way, Way] = (inside, in_process)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats + 1):
        for way, taken in zip(ways, times, strict=True):
            way.empty()
            start = time.perf_counter()
            way.score()
            taken.append(time.perf_counter() - start)
    result = inside.result()
    if result != in_process.result():
        raise SystemExit(f"{name}: the two ways do not give the same clusters")
    inside.connection.close()
    return Measured(times[0][1:], times[1][1:], len(result))


def main(
    only: Annotated[str | None, typer.Option(help="tutorial or large; both when left out.")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Counted runs of each way.")] = 7,
) -> None:
    """Time scoring inside the database against the same work in one process."""
    console = Console()
    table = Table(title="INSERT INTO ... EXEC py_cluster_customers, medians", title_justify="left")
    for column in ("data set", "customers", "inside, ms", "in process, ms", "ratio"):
        table.add_column(column, justify="right")
    environment = {key: value for key, value in os.environ.items() if key != PASSWORD_VARIABLE}
    with (
        tempfile.TemporaryDirectory() as scratch,
        embedded_server(Path(scratch) / "data", environment) as server,
    ):
        for name in [only] if only else list(DATA_SETS):
            console.print(f"{name}: loading and training", highlight=False)
            target = Target(
                connection_string.parse(server.connection_string()), f"bench_{name}", embedded=True
            )
            found = measure(name, target, Path(scratch), repeats)
            inside, in_process = statistics.median(found.inside), statistics.median(found.in_process)
            figures = (f"{found.customers:,}", f"{inside * 1000:.0f}", f"{in_process * 1000:.0f}")
            table.add_row(name, *figures, f"{inside / in_process:.2f}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
