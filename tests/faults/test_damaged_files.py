"""Files that were damaged while no server ran: it starts or says which file is wrong, and never guesses."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from localdb.engine.recovery import DamagedDatabase, replay
from tests.faults.server import ServerProcess

ROWS = 60


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a killed server: a table in the file, and in the log its rows."""
    folder = tmp_path_factory.mktemp("killed") / "data"
    with ServerProcess(folder) as server:
        server.start()
        server.run("CREATE DATABASE d")
        server.run("CREATE TABLE t(id int IDENTITY PRIMARY KEY, v varchar(100))", "d")
        connection = server.connect("d")
        for _ in range(ROWS):
            connection.execute("INSERT INTO t(v) VALUES (REPLICATE('x', 100))")
        connection.close()
    assert (folder / "d.duckdb.wal").stat().st_size > ROWS * 100
    return folder


@pytest.fixture
def damaged(killed: Path, tmp_path: Path) -> Path:
    """A copy to do damage to."""
    folder = tmp_path / "data"
    shutil.copytree(killed, folder, ignore=shutil.ignore_patterns("satellites"))
    return folder


def flip(file: Path, offset: int, bit: int = 0) -> None:
    data = bytearray(file.read_bytes())
    data[offset] ^= 1 << bit
    file.write_bytes(data)


@pytest.mark.parametrize("name", ["d.duckdb.wal", "d.duckdb", "master.duckdb"])
def test_a_flipped_bit_is_told(damaged: Path, name: str) -> None:
    file = damaged / name
    # In the log: within an entry in its middle. In a file: within the database header.
    flip(file, file.stat().st_size // 2 if name.endswith("wal") else 4096 + 30)
    flip(file, 8192 + 30) if name.endswith("duckdb") else None
    before = file.read_bytes()
    with ServerProcess(damaged) as server:
        said = server.refusal()
        assert str(damaged / name.removesuffix(".wal")) in said
        assert ("Corrupt WAL file" if name.endswith("wal") else "Corrupt database file") in said
        assert "Traceback" not in said
        assert server.refusal() == said, "the second start is like the first"
    assert file.read_bytes() == before


def test_the_advice_works(damaged: Path, tmp_path: Path) -> None:
    log = damaged / "d.duckdb.wal"
    flip(log, log.stat().st_size // 2)
    with ServerProcess(damaged) as server:
        assert f"move '{log}' elsewhere" in server.refusal()
        log.rename(tmp_path / "elsewhere")
        server.start()
        assert server.run("SELECT COUNT(*) FROM t", "d") == [(0,)]


def test_a_missing_file(damaged: Path) -> None:
    for name in ("d.duckdb", "master.duckdb"):
        (damaged / name).rename(damaged / "kept")
        with ServerProcess(damaged) as server:
            said = server.refusal()
        assert f"'{damaged / name}' cannot be opened: the file is missing" in said
        assert not (damaged / name).exists()
        (damaged / "kept").rename(damaged / name)
    with ServerProcess(damaged) as server:
        server.start()
        assert server.run("SELECT COUNT(*) FROM t", "d") == [(ROWS,)]


def test_a_truncated_log_is_a_prefix(damaged: Path) -> None:
    """It looks like one that was being written when the server died: complete transactions count."""
    log = damaged / "d.duckdb.wal"
    with log.open("r+b") as stream:
        stream.truncate(log.stat().st_size // 2)
    with ServerProcess(damaged) as server:
        server.start()
        [(count, highest)] = server.run("SELECT COUNT(*), MAX(id) FROM t", "d")
        assert 0 < count == highest < ROWS
        server.run("INSERT INTO t(v) VALUES ('more')", "d")
        [(following,)] = server.run("SELECT MAX(id) FROM t", "d")
        assert following > count


def test_damage_anywhere_in_the_log(killed: Path, tmp_path: Path, seed: int) -> None:
    """What the server's recovery does with 60 damaged logs: nothing but success and a plain message."""
    chance = random.Random(seed)
    results: Counter[str] = Counter()
    whole = (killed / "d.duckdb.wal").read_bytes()
    files = []
    for number in range(60):
        file = tmp_path / f"{number}.duckdb"
        shutil.copy(killed / "d.duckdb", file)
        data = bytearray(whole)
        match chance.choice(["flip", "truncate", "append", "zeros"]):
            case "flip":
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case "truncate":
                del data[chance.randrange(len(data)) :]
            case "append":
                data += chance.randbytes(chance.randint(1, 5000))
            case _:
                start = chance.randrange(len(data))
                data[start : start + 512] = bytes(len(data[start : start + 512]))
        file.with_name(file.name + ".wal").write_bytes(data)
        files.append(file)
    while files:
        try:
            # The real process, on many files at once.
            replay([sys.executable, "-m", "localdb.engine.recovery", str(os.getpid())], files)
        except DamagedDatabase as damage:
            results["refused"] += 1
            assert "Failure while replaying WAL file" in str(damage)
            assert "ended with status" not in str(damage)
            results["opened"] += files.index(damage.file)
            files = files[files.index(damage.file) + 1 :]
        else:
            results["opened"] += len(files)
            files = []
    print(dict(results))
    assert sum(results.values()) == 60


def test_a_crash_of_the_recovery_is_a_message(tmp_path: Path) -> None:
    """DuckDB may end the process instead of raising: that must name the file too."""
    crash = (
        "import os; print(0, flush=True); print(1, flush=True); os.write(2, b'terminate called'); os.abort()"
    )
    files = [tmp_path / "a.duckdb", tmp_path / "b.duckdb"]
    with pytest.raises(DamagedDatabase) as caught:
        replay([sys.executable, "-c", crash], files)
    assert caught.value.file == files[1]
    assert "the process that replays its log ended with status -6. terminate called" in str(caught.value)


def test_damaged_rows_are_an_error_of_the_query(damaged: Path) -> None:
    """Blocks of rows are read when they are needed: the query fails, the server and its other data do not."""
    with ServerProcess(damaged) as server:
        server.start()
        server.run("CREATE TABLE good(a int); INSERT INTO good VALUES (1)", "d")
        server.run("CREATE TABLE bad(a int, v varchar(100))", "d")
        server.run(
            "INSERT INTO bad SELECT a.id, CAST(a.id * b.id * c.id * 7919 AS varchar(20)) + 'needle' "
            "FROM t a CROSS JOIN t b CROSS JOIN t c",
            "d",
        )
        assert server.terminate() == 0
        file = damaged / "d.duckdb"
        data = file.read_bytes()
        place = data.rindex(b"needle")
        flip(file, place)
        server.start()
        assert server.run("SELECT a FROM good", "d") == [(1,)]
        with pytest.raises(Exception, match="Corrupt database file") as caught:
            server.run("SELECT MAX(v) FROM bad", "d")
        print(caught.value)
        assert server.run("SELECT a FROM good", "d") == [(1,)]
        server.run("INSERT INTO good VALUES (2)", "d")
