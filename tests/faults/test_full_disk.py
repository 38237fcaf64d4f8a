"""The disk of the data folder is full: changes fail with a number, everything else goes on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyodbc
import pytest

from tests.faults.server import ServerProcess, number, rows, until

_SIZE_MB = 40


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None:
        pytest.skip("there is no mount command to make a small disk with")
    command = [mount, "-t", "tmpfs", "-o", f"size={_SIZE_MB}m", "tmpfs", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no small disk can be mounted: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        # What the killed server had started is ending.
        until(
            lambda: subprocess.run(["umount", folder], capture_output=True, check=False).returncode == 0,
            "umount",
        )


@pytest.mark.parametrize("count", [10_000, 300_000])
def test_changes_fail_and_reads_go_on(small_disk: Path, count: int) -> None:
    """By statements that fill the log, and by one that is written into the file."""
    with ServerProcess(small_disk / "data") as server:
        server.start()
        server.run("CREATE DATABASE d")
        server.run("CREATE TABLE n(v int); CREATE TABLE t(v int, text varchar(100))", "d")
        values = ", ".join(f"({value})" for value in range(1000))
        server.run(f"INSERT INTO n VALUES {values}", "d")
        connection = server.connect("d")
        insert = (
            f"INSERT INTO t SELECT TOP {count} a.v, "
            "CONCAT(a.v * 7919, b.v * 104729, a.v * b.v * 31, REPLICATE('x', a.v % 7), b.v * 65537) "
            "FROM n a CROSS JOIN n b"
        )
        acknowledged = fill(connection, insert, count)
        assert rows(connection, "SELECT COUNT(*) FROM t") == [(acknowledged,)]
        # Also in a transaction, of which nothing stays.
        rows(connection, "BEGIN TRANSACTION")
        with pytest.raises(pyodbc.Error) as caught:
            rows(connection, insert)
            rows(connection, "COMMIT")
        assert number(caught.value) == 1105
        rows(connection, "IF @@TRANCOUNT > 0 ROLLBACK")
        assert rows(connection, "SELECT COUNT(*) FROM t") == [(acknowledged,)]
        assert server.run("SELECT COUNT(*) FROM n", "d") == [(1000,)]
        connection.close()
        server.kill()
        server.start()
        assert server.run("SELECT COUNT(*) FROM t", "d") == [(acknowledged,)], "on a disk that is still full"
        # Space comes back, and with it everything.
        subprocess.run(["mount", "-o", f"remount,size={3 * _SIZE_MB}m", small_disk], check=True)
        server.run(insert, "d")
        assert server.run("SELECT COUNT(*) FROM t", "d") == [(acknowledged + count,)]
        server.run("CREATE TABLE more(v int)", "d")
        assert "Traceback" not in server.log


def fill(connection: object, insert: str, count: int) -> int:
    """Insert until the disk is full; the rows that were acknowledged."""
    acknowledged = 0
    while True:
        try:
            rows(connection, insert)
        except pyodbc.Error as error:
            assert number(error) == 1105, error
            return acknowledged
        acknowledged += count
