"""The private folder of one execution, removed whatever the script did to it."""

from __future__ import annotations

import logging
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)


@contextmanager
def work_directory(parent: Path, name: str) -> Iterator[Path]:
    """``parent/name``, mode 0700, gone afterwards. No process of the script may live when the block ends."""
    directory = parent / name
    directory.mkdir(mode=0o700)
    try:
        yield directory
    finally:
        remove(directory)


def remove(directory: Path) -> None:
    """Remove a folder with everything in it; symbolic links are removed, never followed."""
    shutil.rmtree(directory, onerror=_try_harder)
    if directory.exists():
        _log.error("The work directory %s could not be removed.", directory)


def _try_harder(function: Callable[..., Any], name: str, _: Any) -> None:
    """A script may have taken its own rights away from a folder: give them back and try again."""
    path = Path(name)
    for place in (path.parent, path):
        with suppress(OSError):
            if stat.S_ISDIR(place.lstat().st_mode):
                place.chmod(0o700)
    with suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
