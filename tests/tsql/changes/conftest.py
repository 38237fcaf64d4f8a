from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from change_database import ChangeDatabase, connect


@pytest.fixture(scope="session")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as shared:
        yield shared


@pytest.fixture
def db(connection: duckdb.DuckDBPyConnection) -> Iterator[ChangeDatabase]:
    database = ChangeDatabase(connection)
    yield database
    database.close()
