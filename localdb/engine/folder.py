"""The data folder: one server at a time, and a safe file name for any database name."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from pathlib import Path
from typing import IO


class DataFolderInUse(Exception):
    """Another server holds the data folder; ``pid`` is its process id, 0 when it cannot be read."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(f"The data folder {folder} is in use by another server (process {pid}).")
        self.folder = folder
        self.pid = pid


class FolderLock:
    """An exclusive lock on ``DATA/lock``. The kernel releases it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file: IO[str] = (folder / "lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            pid = self._file.read().strip()
            self._file.close()
            raise DataFolderInUse(folder, int(pid) if pid.isdigit() else 0) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def database_file(name: str) -> str:
    """The file of a database: its name in lower case; anything unusual is told apart by a hash.

    >>> database_file("TPCxBB_1GB")
    'tpcxbb_1gb.duckdb'
    """
    plain = name.lower()
    if re.fullmatch(r"[a-z0-9_]{1,64}", plain):
        return f"{plain}.duckdb"
    readable = re.sub(r"[^a-z0-9_]+", "_", plain)[:40]
    return f"{readable}-{hashlib.sha256(plain.encode()).hexdigest()[:16]}.duckdb"
