"""What a script needs to connect back to its server: a connection string, and ODBC drivers by their names.

The script sees no /etc: the work directory holds the list of drivers that unixODBC reads.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

CONNECTION_VARIABLE = "INSITU_LOOPBACK_CONNECTION"
"""Read by ``revoscalepy.rx_get_sql_loopback_connection_string``."""

_NAMES = (
    "ODBC Driver 18 for SQL Server",
    "ODBC Driver 17 for SQL Server",
    "ODBC Driver 13 for SQL Server",
    "SQL Server",
)
"""What scripts call the driver; all mean the one that is there."""

_WHEEL = "mssql_python_odbc/libs/linux/debian_ubuntu/*/lib/libmsodbcsql-*.so*"
_SYSTEM = "*/odbc/libtdsodbc.so"


def offer_loopback(directory: Path, port: int, login: str) -> None:
    """Set the environment so that a driver finds itself and the server. Without a driver the connection
    string has none; the script's own attempt then says so."""
    lines = [f"[{name}]\nDriver={driver}\n" for driver in _drivers() for name in _NAMES]
    (directory / "odbcinst.ini").write_text("".join(lines))
    os.environ["ODBCSYSINI"] = str(directory)
    server = f"Driver={{{_NAMES[0]}}};Server=tcp:127.0.0.1,{port}"
    os.environ[CONNECTION_VARIABLE] = f"{server};Encrypt=no;TrustServerCertificate=yes;{login}"


def _drivers() -> Iterator[Path]:
    """The first driver that there is: Microsoft's in the environment's packages, else FreeTDS."""
    places = [*((Path(folder), _WHEEL) for folder in sys.path), (Path("/usr/lib"), _SYSTEM)]
    found = (driver for folder, pattern in places for driver in sorted(folder.glob(pattern)))
    yield from itertools.islice(found, 1)
