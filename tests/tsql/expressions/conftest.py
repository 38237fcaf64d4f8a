"""The evaluator that every test of expressions uses: one DuckDB for all, nothing shared in it."""

from collections.abc import Iterator

import duckdb
import pytest
from evaluation import Evaluator, connect


@pytest.fixture(scope="session")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect()
    yield connection
    connection.close()


@pytest.fixture
def evaluator(duck: duckdb.DuckDBPyConnection) -> Evaluator:
    return Evaluator(duck)


@pytest.fixture(scope="session")
def judge(duck: duckdb.DuckDBPyConnection) -> Evaluator:
    """For property tests, which may not use a fixture of one test."""
    return Evaluator(duck)
