"""The DuckDB sequences behind IDENTITY columns."""

from __future__ import annotations

import re

from localdb.engine.duck import Connection

_START = re.compile(r"\bSTART (-?\d+)")


def sequence_range(seed: int, increment: int) -> str:
    """The options of the DuckDB sequence behind IDENTITY(seed, increment)."""
    lowest, highest = -(2**63), 2**63 - 1
    return f"START {seed} INCREMENT {increment} MINVALUE {lowest} MAXVALUE {highest}"


def next_value(connection: Connection, sequence: str) -> int:
    """What ``nextval`` will give, without taking it; ``sequence`` is a complete quoted name.

    DuckDB's ``last_value`` is not restored from the log; the definition it shows always starts at the next
    value.
    """
    database, schema, name = (part.replace('""', '"') for part in re.findall(r'"((?:[^"]|"")*)"', sequence))
    rows = connection.rows(
        "SELECT sql FROM duckdb_sequences() "
        "WHERE database_name = $database AND schema_name = $schema AND sequence_name = $name",
        {"database": database, "schema": schema, "name": name},
    )
    found = _START.search(rows[0][0]) if rows else None
    assert found is not None, sequence
    return int(found[1])
