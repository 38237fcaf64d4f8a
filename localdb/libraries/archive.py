"""Archives that strangers uploaded: what may be in a zip, and the package in an external library's zip."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

MAX_CONTENT = 512 * 2**20
"""Bytes of an uploaded file."""

MAX_UNPACKED = 2**30
"""Bytes that an archive may unpack to."""

_MAX_RATIO = 200
_RATIO_FROM = 10 * 2**20
"""A small archive may be as well compressed as it likes."""

_MAX_FILES = 20_000
_MAX_PATH = 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(ValueError, KeyError, IndexError, RuntimeError),
)
"""What zipfile raises for archives that are none, or damaged, or made to confuse."""

_NO_PACKAGE = (
    "Could not find the package inside the zip - external library must be a python package inside a zip"
)


class LibraryError(Exception):
    """Why a library cannot be installed, in words that end without a full stop."""


@dataclass(frozen=True, slots=True)
class Package:
    """A wheel or a source distribution, under its file's name."""

    file_name: str
    content: bytes

    @property
    def is_wheel(self) -> bool:
        return self.file_name.lower().endswith(".whl")

    @property
    def has_plain_name(self) -> bool:
        """Whether the name leads nowhere else; a built wheel's is what its build says."""
        return PurePosixPath(self.file_name).name == self.file_name and self.file_name.isprintable()


def find_package(content: bytes) -> Package:
    """The one package in the zip ``content``; LibraryError when it is no zip or holds none, or several.

    https://learn.microsoft.com/sql/t-sql/statements/create-external-library-transact-sql: a bare wheel, or a
    bare zip of sources, is not accepted.
    """
    with open_archive(content) as archive:
        names = [name for name in archive.namelist() if _is_package(name)]
        if not names:
            raise LibraryError(_NO_PACKAGE)
        if len(names) > 1:
            raise LibraryError(f"The zip holds {len(names)} packages; an external library is one package")
        return Package(PurePosixPath(names[0]).name, archive.read(names[0]))


def _is_package(name: str) -> bool:
    path = PurePosixPath(name)
    return path.parts[0] != "__MACOSX" and name.lower().endswith((".whl", ".zip", ".tar.gz"))


@contextmanager
def open_archive(content: bytes) -> Iterator[zipfile.ZipFile]:
    """The zip ``content``, checked; every way in which it is not one is a LibraryError."""
    if len(content) > MAX_CONTENT:
        raise LibraryError(f"The file has more than {MAX_CONTENT} bytes")
    with archive_errors(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        check_archive(archive, len(content))
        yield archive


@contextmanager
def archive_errors() -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise LibraryError(f"The zip cannot be read: {_sentence(error)}") from error


def check_archive(archive: zipfile.ZipFile, size: int) -> None:
    """LibraryError for an archive of ``size`` bytes that is too large, leads out of its folder, or has
    anything but plain files.

    The declared sizes count: zipfile never reads more of a member than its entry declares.
    """
    members = archive.infolist()
    if len(members) > _MAX_FILES:
        raise LibraryError(f"The archive has more than {_MAX_FILES} files")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or unpacked > max(_RATIO_FROM, size * _MAX_RATIO):
        raise LibraryError(f"The archive unpacks to {unpacked} bytes, which is more than may be")
    seen: set[str] = set()
    for member in members:
        _check_member(member)
        name = member.filename.rstrip("/")
        if name in seen:
            raise LibraryError(f"The archive has the file {name} twice")
        seen.add(name)


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    if not _is_safe(name):
        raise LibraryError(f"The archive has a file of the unsafe name {name!r}")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise LibraryError(f"{name} in the archive is not a plain file")
    if member.flag_bits & 1 or member.compress_type not in _METHODS:
        raise LibraryError(f"{name} in the archive is encrypted or compressed in an unknown way")


def _is_safe(name: str) -> bool:
    """A relative path that stays below its folder, of printable characters."""
    parts = name.rstrip("/").split("/")
    return (
        bool(name)
        and len(name) <= _MAX_PATH
        and name.isprintable()
        and "\\" not in name
        and all(part not in ("", ".", "..") for part in parts)
    )


def _sentence(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
