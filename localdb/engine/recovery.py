"""Replays the logs that a killed server left behind, in a process of its own.

DuckDB does it when it opens a database file. A log that it cannot replay is mostly an exception, but may
also end the process (a failed assertion, memory); in a process of its own that is a message as well.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

_PR_SET_PDEATHSIG = 1
_REFUSED = 3
"""Exit status of the process when DuckDB has said why."""


class DamagedDatabase(Exception):
    """A database file or its log cannot be opened; the text names it and says what can be done."""

    def __init__(self, file: Path, reason: str) -> None:
        log = log_of(file)
        advice = "Restore the data folder from a copy."
        if log.exists() and log.stat().st_size:
            advice += (
                f" Or move '{log}' elsewhere: the database then opens as of its last checkpoint, "
                "without what was committed since."
            )
        super().__init__(f"The database file '{file}' cannot be opened: {reason}\n{advice}")
        self.file = file


def log_of(file: Path) -> Path:
    return file.with_name(file.name + ".wal")


def recover(files: Sequence[Path]) -> None:
    """Replay the logs of ``files`` into them; those without a log are not touched. Raises DamagedDatabase."""
    logged = [file for file in files if log_of(file).exists() and log_of(file).stat().st_size]
    if logged:
        replay([sys.executable, "-m", "localdb.engine.recovery", str(os.getpid())], logged)


def replay(command: Sequence[str], files: Sequence[Path]) -> None:
    """Run the process that opens ``files``; it prints the number of each when it begins with it."""
    done = subprocess.run(
        [*command, *map(str, files)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    if done.returncode == 0:
        return
    begun = [int(line) for line in done.stdout.split() if line.isdigit()]
    said = " ".join(done.stderr.split())[-2000:]
    if done.returncode != _REFUSED:
        said = f"the process that replays its log ended with status {done.returncode}. {said}".strip()
    raise DamagedDatabase(files[begun[-1] if begun else 0], said)


def _die_with(parent: int) -> None:
    """The kernel ends this process with the server: the next server must find the files free."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: Sequence[str]) -> int:
    _die_with(int(arguments[0]))
    for number, file in enumerate(arguments[1:]):
        print(number, flush=True)
        try:
            # Closing writes the log into the file.
            duckdb.connect(file).close()
        except duckdb.Error as error:
            print(error, file=sys.stderr)
            return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
