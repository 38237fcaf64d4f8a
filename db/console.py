"""Runs one batch of T-SQL and prints what comes back: ``python -m db.console -- "SELECT 1"``."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from db.connection import Outcome, ResultSet
from db.errors import DeploymentError
from db.target import EMBEDDED, open_target

# A definition must be alone in its batch; anything else may stand in a TRY block, which shows more errors.
_DEFINES = re.compile(r"\s*(CREATE|ALTER)\b", re.IGNORECASE)

application = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@application.command()
def run(
    batch: Annotated[str, typer.Argument(help="T-SQL.")],
    target: Annotated[
        str, typer.Option(envvar="MSSQL_CONNECTION_STRING", help="'embedded' or an ODBC connection string.")
    ] = EMBEDDED,
    data: Annotated[Path, typer.Option(help="Folder of the embedded server's data.")] = Path(".localdb"),
    database: Annotated[str | None, typer.Option(help="Database, by default tpcxbb_1gb.")] = None,
    rows: Annotated[int, typer.Option(min=0, help="Rows of a result set to show; 0 shows all.")] = 50,
) -> None:
    """Run one batch in the database and print its result sets and messages.

    Example: python -m db.console -- "EXEC py_cluster_customers"
    """
    console = Console()
    try:
        with open_target(target, data, os.environ, database) as opened, opened.connect() as connection:
            run_batch = connection.run if _DEFINES.match(batch) else connection.call
            show(console, run_batch(batch), rows)
    except (DeploymentError, OSError) as error:
        Console(stderr=True).print(str(error), highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def show(console: Console, outcome: Outcome, rows: int) -> None:
    """Print everything a batch returned."""
    for message in outcome.messages:
        console.print(message.text, highlight=False, markup=False, soft_wrap=True)
    for result in outcome.result_sets:
        show_result(console, result, rows)
    if not outcome.result_sets and outcome.row_count >= 0:
        console.print(f"({outcome.row_count:,} rows affected)", highlight=False)


def show_result(console: Console, result: ResultSet, rows: int) -> None:
    """Print one result set, at most ``rows`` rows of it (0: all)."""
    shown = result.rows[:rows] if rows else result.rows
    table = Table()
    for index, name in enumerate(result.columns):
        numeric = all(isinstance(row[index], (int, float)) for row in shown)
        table.add_column(name, justify="right" if numeric else "left")
    for row in shown:
        table.add_row(*(_text(value) for value in row))
    console.print(table)
    more = f", the first {len(shown):,} shown" if len(shown) < len(result.rows) else ""
    unit = "row" if len(result.rows) == 1 else "rows"
    console.print(f"({len(result.rows):,} {unit}{more})", highlight=False)


def _text(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return "0x" + value[:32].hex().upper() + ("..." if len(value) > 32 else "")
    return str(value)


if __name__ == "__main__":
    sys.exit(application())
