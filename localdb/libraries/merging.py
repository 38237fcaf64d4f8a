"""Several installed libraries as one folder, the way ``pip install --target`` would leave them."""

from __future__ import annotations

import filecmp
import os
from pathlib import Path

from localdb.libraries.archive import LibraryError


def link_all(folder: Path, target: Path) -> None:
    """Link every file of ``folder`` into ``target``.

    LibraryError when ``target`` has the same file with another content: half of one package and half of
    another would be worse than neither.
    """
    for where, _, files in os.walk(folder):
        inside = target / Path(where).relative_to(folder)
        if inside.is_file():
            raise LibraryError(f"Another library has a file {inside.relative_to(target)}")
        inside.mkdir(mode=0o755, exist_ok=True)
        inside.chmod(0o755)
        for name in files:
            _link(Path(where) / name, inside / name, target)


def _link(file: Path, link: Path, target: Path) -> None:
    if not link.exists():
        link.hardlink_to(file)
    elif not filecmp.cmp(file, link, shallow=False):
        raise LibraryError(f"Another library has a different file {link.relative_to(target)}")
