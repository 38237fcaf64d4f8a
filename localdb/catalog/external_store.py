"""The tables of external languages and libraries in schema ``_ldb``: made, read and written here only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localdb.catalog.external import (
    PLATFORM_IDS,
    External,
    ExternalLanguage,
    ExternalLibrary,
    LanguageFile,
    LibraryFile,
)
from localdb.catalog.objects import CATALOG_SCHEMA
from localdb.catalog.security_store import Executor
from localdb.types import quote_name

_DEFINITION = (
    "CREATE TABLE IF NOT EXISTS {s}.external_languages (external_language_id INTEGER, language VARCHAR, "
    "principal_id INTEGER, create_date TIMESTAMP)",
    "CREATE TABLE IF NOT EXISTS {s}.external_language_files (external_language_id INTEGER, platform VARCHAR, "
    "path VARCHAR, file_name VARCHAR, parameters VARCHAR, environment_variables VARCHAR)",
    "CREATE TABLE IF NOT EXISTS {s}.external_libraries (external_library_id INTEGER, name VARCHAR, "
    "principal_id INTEGER, language VARCHAR)",
    "CREATE TABLE IF NOT EXISTS {s}.external_library_files (external_library_id INTEGER, platform VARCHAR, "
    "digest VARCHAR, content BLOB)",
)


@dataclass(frozen=True, slots=True)
class ExternalStore:
    """Reads and writes the languages and libraries of ``database``; changes belong to the executor's
    transaction.
    """

    database: str
    executor: Executor

    @property
    def _schema(self) -> str:
        return f"{quote_name(self.database)}.{CATALOG_SCHEMA}"

    def upgrade(self) -> None:
        """Make the tables where they are missing."""
        for statement in _DEFINITION:
            self.executor.execute(statement.format(s=self._schema))

    def load(self) -> External:
        language_files, library_files = (
            self._files("language", LanguageFile),
            self._files("library", LibraryFile),
        )
        languages = (
            ExternalLanguage(number, name, owner, created, tuple(language_files[number]))
            for number, name, owner, created in self._rows("external_languages")
        )
        libraries = (
            ExternalLibrary(number, name, owner, language, tuple(library_files[number]))
            for number, name, owner, language in self._rows("external_libraries")
        )
        return External(
            {language.name.lower(): language for language in languages},
            tuple(sorted(libraries, key=lambda library: library.library_id)),
        )

    def write_language(self, language: ExternalLanguage) -> None:
        """Write a language, replacing what was stored under its id."""
        self.remove_language(language)
        number = language.language_id
        columns = (number, language.name, language.owner_id, language.created)
        self._insert("external_languages", columns)
        for file in language.files:
            row = (number, file.platform, file.path, file.file_name, file.parameters, file.environment)
            self._insert("external_language_files", row)

    def remove_language(self, language: ExternalLanguage) -> None:
        self._remove("language", language.language_id)

    def add_library(self, library: ExternalLibrary) -> None:
        """Write a new library; ``write_content`` adds its files."""
        row = (library.library_id, library.name, library.owner_id, library.language)
        self._insert("external_libraries", row)

    def remove_library(self, library: ExternalLibrary) -> None:
        self._remove("library", library.library_id)

    def write_content(self, library: ExternalLibrary, file: LibraryFile, content: bytes) -> None:
        """Write the file of one platform in the place of the one that there was."""
        self.executor.execute(
            f"DELETE FROM {self._schema}.external_library_files "
            "WHERE external_library_id = $id AND platform = $platform",
            {"id": library.library_id, "platform": file.platform},
        )
        row = (library.library_id, file.platform, file.digest, content)
        self._insert("external_library_files", row)

    def content(self, library: ExternalLibrary, platform: str) -> bytes:
        """The file of a platform, which must be there."""
        rows = self.executor.rows(
            f"SELECT content FROM {self._schema}.external_library_files "
            "WHERE external_library_id = $id AND platform = $platform",
            {"id": library.library_id, "platform": platform},
        )
        return bytes(rows[0][0])

    def _rows(self, table: str) -> list[tuple[Any, ...]]:
        return self.executor.rows(f"SELECT * FROM {self._schema}.{table}")

    def _files(self, kind: str, make: Any) -> defaultdict[int, list[Any]]:
        columns = "digest" if kind == "library" else "path, file_name, parameters, environment_variables"
        rows = self.executor.rows(
            f"SELECT external_{kind}_id, platform, {columns} FROM {self._schema}.external_{kind}_files"
        )
        grouped: defaultdict[int, list[Any]] = defaultdict(list)
        for number, *values in sorted(rows, key=lambda row: PLATFORM_IDS[row[1]]):
            grouped[number].append(make(*values))
        return grouped

    def _insert(self, table: str, row: Sequence[Any]) -> None:
        values = {f"v{i}": value for i, value in enumerate(row)}
        marks = ", ".join(f"${name}" for name in values)
        self.executor.execute(f"INSERT INTO {self._schema}.{table} VALUES ({marks})", values)

    def _remove(self, kind: str, number: int) -> None:
        table = {"language": "external_languages", "library": "external_libraries"}[kind]
        for name in (table, f"external_{kind}_files"):
            self.executor.execute(
                f"DELETE FROM {self._schema}.{name} WHERE external_{kind}_id = $id", {"id": number}
            )
