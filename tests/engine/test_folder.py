from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.engine.folder import DataFolderInUse, FolderLock, database_file


def test_second_lock_is_refused_with_the_pid(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    with pytest.raises(DataFolderInUse) as refused:
        FolderLock(tmp_path)
    assert refused.value.pid == os.getpid()
    assert str(tmp_path) in str(refused.value)
    lock.release()
    FolderLock(tmp_path).release()


def test_lock_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from localdb.engine.folder import FolderLock; "
        "lock = FolderLock(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert ended.returncode == -9
    FolderLock(tmp_path).release()


@given(st.text(min_size=1, max_size=128))
def test_file_names_stay_in_the_folder(name: str) -> None:
    file = database_file(name)
    assert Path(file).name == file
    assert len(file.encode()) < 200
    assert file not in (".", "..", "lock")


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_different_names_have_different_files(one: str, two: str) -> None:
    assert (database_file(one) == database_file(two)) == (one.lower() == two.lower())
