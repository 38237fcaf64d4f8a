"""Wheels: whether one fits an interpreter, and how it becomes a folder.

https://packaging.python.org/specifications/binary-distribution-format
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.exceptions import InstallerError
from installer.sources import WheelFile
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, platform_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from localdb.libraries.archive import LibraryError, Package, archive_errors, check_archive

_SUFFIXES = (".py", ".so")


class Wheel:
    """The wheel ``package``; LibraryError when it is not a valid one."""

    def __init__(self, package: Package) -> None:
        self._package = package
        if not package.has_plain_name:
            raise LibraryError(f"{package.file_name!r} is not the name of a file")
        try:
            name, self.version, _, self.tags = parse_wheel_filename(package.file_name)
        except InvalidWheelFilename as error:
            raise LibraryError(f"{package.file_name} is not the name of a wheel: {error}") from error
        self.name = canonicalize_name(name)
        with self._open() as archive:
            check_archive(archive, len(package.content))
            self.top_level = _top_level(archive.namelist())
            self._requires_python = self._read_metadata(archive)

    def _open(self) -> zipfile.ZipFile:
        with archive_errors():
            return zipfile.ZipFile(io.BytesIO(self._package.content))

    def _read_metadata(self, archive: zipfile.ZipFile) -> str | None:
        """Requires-Python of METADATA, whose name must be that of the file."""
        names = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        if len(names) != 1:
            raise LibraryError(f"{self._package.file_name} has no METADATA, or several")
        with archive_errors():
            metadata = HeaderParser().parsestr(archive.read(names[0]).decode("utf-8", "replace"))
        if canonicalize_name(metadata["Name"] or "") != self.name:
            raise LibraryError(
                f"{self._package.file_name} is the package {metadata['Name']!r} by its METADATA"
            )
        return metadata["Requires-Python"]

    def check_fits(self, python: tuple[int, int, int]) -> None:
        """LibraryError when the wheel is for other versions of Python or other platforms."""
        version = ".".join(map(str, python))
        if self.tags.isdisjoint(supported_tags(python)):
            raise LibraryError(
                f"{self._package.file_name} is not a wheel for CPython {version} on this platform"
            )
        try:
            wanted = SpecifierSet(self._requires_python or "")
        except InvalidSpecifier as error:
            raise LibraryError(f"{self._package.file_name} has the Requires-Python {error}") from error
        if not wanted.contains(version):
            raise LibraryError(
                f"{self._package.file_name} requires Python {wanted}, this is Python {version}"
            )

    def install(self, folder: Path) -> None:
        """Unpack into the new ``folder``, as ``pip install --no-deps --target`` does but without compiling.

        The files are checked against the wheel's own RECORD first.
        """
        folder.mkdir()
        file = folder / self._package.file_name
        file.write_bytes(self._package.content)
        with archive_errors():
            try:
                with WheelFile.open(file) as source:
                    source.validate_record()
                    install(source, _destination(folder), {"INSTALLER": b"localdb"})
            except (InstallerError, ValueError, KeyError, AssertionError, FileExistsError) as error:
                raise LibraryError(f"{self._package.file_name} is not a valid wheel: {error}") from error
        file.unlink()
        _make_readable(folder)


def supported_tags(python: tuple[int, int, int]) -> frozenset[Tag]:
    """What CPython of that version can load on this machine."""
    interpreter = f"cp{python[0]}{python[1]}"
    platforms = list(platform_tags())
    own = cpython_tags(python[:2], [interpreter], platforms)
    return frozenset((*own, *compatible_tags(python[:2], interpreter, platforms)))


def _destination(folder: Path) -> SchemeDictionaryDestination:
    schemes = {"purelib": "", "platlib": "", "data": "", "scripts": "bin", "headers": "include"}
    return SchemeDictionaryDestination(
        {scheme: str(folder / name) for scheme, name in schemes.items()}, "/usr/bin/python3", "posix"
    )


def _top_level(names: Iterable[str]) -> frozenset[str]:
    """The names that the wheel's files can be imported by."""
    found = set()
    for name in names:
        parts = PurePosixPath(name).parts
        if len(parts) > 2 and parts[0].endswith(".data") and parts[1] in ("purelib", "platlib", "data"):
            parts = parts[2:]
        first = parts[0]
        if len(parts) > 1 or first.endswith(_SUFFIXES):
            found.add(first.partition(".")[0] if len(parts) == 1 else first)
    return frozenset(name for name in found if name.isidentifier())


def _make_readable(folder: Path) -> None:
    """For the user that a script runs as, whatever the server's umask."""
    for where, _, files in os.walk(folder):
        Path(where).chmod(0o755)
        for name in files:
            (Path(where) / name).chmod(0o644)
