"""External languages and libraries of one database: immutable descriptions, part of its snapshot.

https://learn.microsoft.com/sql/relational-databases/system-catalog-views/external-libraries-catalog-views-transact-sql
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from localdb.catalog.security import DBO_ID

PLATFORM_IDS: Mapping[str, int] = MappingProxyType({"WINDOWS": 1, "LINUX": 2})
"""``platform`` of the views sys.external_language_files and sys.external_library_files."""

HOST_PLATFORM = "LINUX"
"""Whose files are used; those of the other platform are only kept."""

PYTHON = "Python"

SYSTEM_LANGUAGES: Mapping[str, int] = MappingProxyType({"R": 1, PYTHON: 2})
"""The languages that every database has, with their ids in sys.external_languages."""


@dataclass(frozen=True, slots=True)
class LanguageFile:
    """``path`` is what CONTENT said: a Python executable."""

    platform: str
    path: str
    file_name: str
    parameters: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class ExternalLanguage:
    """A language made by CREATE EXTERNAL LANGUAGE."""

    language_id: int
    name: str
    owner_id: int
    created: datetime.datetime
    files: tuple[LanguageFile, ...]

    def file(self, platform: str) -> LanguageFile | None:
        return next((file for file in self.files if file.platform == platform), None)

    def with_file(self, file: LanguageFile) -> ExternalLanguage:
        files = sorted((*self.files, file), key=lambda one: PLATFORM_IDS[one.platform])
        return replace(self, files=tuple(files))

    def without_file(self, platform: str) -> ExternalLanguage:
        return replace(self, files=tuple(file for file in self.files if file.platform != platform))


@dataclass(frozen=True, slots=True)
class LibraryFile:
    """``digest`` is the SHA-256 of the content, in hexadecimal; the store keeps the content itself."""

    platform: str
    digest: str


@dataclass(frozen=True, slots=True)
class ExternalLibrary:
    library_id: int
    name: str
    owner_id: int
    language: str
    files: tuple[LibraryFile, ...]

    def with_file(self, file: LibraryFile) -> ExternalLibrary:
        """Instead of the platform's present file."""
        files = tuple(file if one.platform == file.platform else one for one in self.files)
        return replace(self, files=files)

    @property
    def is_public(self) -> bool:
        """Libraries of dbo are everybody's, others their owner's alone."""
        return self.owner_id == DBO_ID

    @property
    def digest(self) -> str | None:
        """That of the content for this platform, None when there is none."""
        return next((file.digest for file in self.files if file.platform == HOST_PLATFORM), None)


@dataclass(frozen=True)
class External:
    """``languages`` by name in lower case, without R and Python."""

    languages: Mapping[str, ExternalLanguage] = field(default_factory=dict)
    libraries: tuple[ExternalLibrary, ...] = ()

    def language(self, name: str) -> ExternalLanguage | None:
        return self.languages.get(name.lower())

    def library(self, name: str, owner_id: int) -> ExternalLibrary | None:
        folded = name.lower()
        found = (one for one in self.libraries if one.name.lower() == folded and one.owner_id == owner_id)
        return next(found, None)

    def libraries_of(self, language: str, owners: Iterable[int]) -> Iterator[ExternalLibrary]:
        """The libraries of a language that these principals own, the oldest first."""
        wanted, folded = set(owners), language.lower()
        for one in self.libraries:
            if one.language.lower() == folded and one.owner_id in wanted:
                yield one

    # --- changes: each gives a new description ---

    def with_language(self, language: ExternalLanguage) -> External:
        return replace(self, languages={**self.languages, language.name.lower(): language})

    def without_language(self, language: ExternalLanguage) -> External:
        folded = language.name.lower()
        return replace(self, languages={k: v for k, v in self.languages.items() if k != folded})

    def with_library(self, library: ExternalLibrary) -> External:
        """Add a library, or replace the one with its id."""
        libraries = [*self.without_library(library).libraries, library]
        return replace(self, libraries=tuple(sorted(libraries, key=lambda one: one.library_id)))

    def without_library(self, library: ExternalLibrary) -> External:
        others = (one for one in self.libraries if one.library_id != library.library_id)
        return replace(self, libraries=tuple(others))
