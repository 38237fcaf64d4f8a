"""Fills the shop's tables: with the generated data set, or with a file that the user has."""

from __future__ import annotations

import hashlib
from pathlib import Path

from db.bulk import CHUNK_ROWS, TableLoader
from db.connection import Connection
from db.errors import DeploymentError
from db.generator.tutorial import DEFAULT_SEED, Tables, tutorial_tables
from db.journal import Journal
from db.online_retail import OnlineRetail, read_chunks
from db.progress import Progress

TABLES = ("customer", "store_sales", "store_returns")


def load_generated(connection: Connection, progress: Progress, scale: float, seed: int = DEFAULT_SEED) -> str:
    """Generate data at ``scale`` and put it in place of what the tables hold; returns its name."""
    try:
        tables = tutorial_tables(scale, seed)
    except ValueError as error:
        raise DeploymentError(str(error)) from error
    name = f"tutorial, scale {scale:g}, seed {seed}"
    load_tables(connection, progress, tables, name)
    return name


def load_tables(connection: Connection, progress: Progress, tables: Tables, name: str) -> None:
    """Put ``tables`` in place of what the tables hold, in one transaction, and journal it as ``name``."""
    with connection.transaction():
        loaders = _emptied(connection)
        for table, frame in tables.items():
            with progress.bar(f"loading dbo.{table}", len(frame)) as advance:
                for start in range(0, len(frame), CHUNK_ROWS):
                    piece = frame.iloc[start : start + CHUNK_ROWS]
                    loaders[table].insert(piece)
                    advance(len(piece))
        Journal(connection).record("data", name, hashlib.sha256(name.encode()).hexdigest())


def load_online_retail(connection: Connection, progress: Progress, file: Path) -> str:
    """Put the lines of ``file`` (UCI Online Retail) in place of what the tables hold, in one transaction."""
    retail = OnlineRetail()
    with connection.transaction():
        loaders = _emptied(connection)
        with progress.bar(f"loading {file.name}", None) as advance:
            for chunk in read_chunks(file):
                for table, frame in retail.tables(chunk).items():
                    loaders[table].insert(frame)
                advance(len(chunk))
        loaders["customer"].insert(retail.customer_rows())
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        name = f"online-retail, {file.name}"
        Journal(connection).record("data", name, digest)
    progress.say(
        f"{retail.lines:,} lines read, {retail.without_customer:,} without a customer left out, "
        f"{len(retail.customers):,} customers"
    )
    return name


def current_data(connection: Connection) -> str | None:
    """The name of the data set that was loaded last, None if none was."""
    sql = "SELECT TOP (1) name FROM dbo.deployment_journal WHERE kind = 'data' ORDER BY entry_id DESC"
    found = connection.value(sql)
    return None if found is None else str(found)


def has_sales(connection: Connection) -> bool:
    """Whether there is anything in dbo.store_sales, from whatever source."""
    return connection.value("SELECT TOP (1) 1 FROM dbo.store_sales") is not None


def _emptied(connection: Connection) -> dict[str, TableLoader]:
    loaders = {table: TableLoader(connection, table) for table in TABLES}
    for loader in loaders.values():
        loader.empty()
    return loaders
