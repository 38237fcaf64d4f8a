"""Statements about external languages, libraries and resource pools."""

from __future__ import annotations

from dataclasses import dataclass

from localdb.tsql.ast import Slice, Statement


@dataclass(frozen=True, slots=True)
class FileSpecification:
    """One ``(CONTENT = ..., ...)``; ``platform`` is WINDOWS, LINUX or '' for the server's own.

    ``content`` is None in REMOVE PLATFORM. The last three are a language's, '' where nothing is said.
    """

    content: Slice | None
    platform: str
    file_name: str = ""
    parameters: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class CreateExternalLanguage(Statement):
    name: str
    owner: str | None
    files: tuple[FileSpecification, ...]


@dataclass(frozen=True, slots=True)
class AlterExternalLanguage(Statement):
    """``action`` is SET, ADD or REMOVE."""

    name: str
    owner: str | None
    action: str
    file: FileSpecification


@dataclass(frozen=True, slots=True)
class DropExternalLanguage(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class CreateExternalLibrary(Statement):
    name: str
    owner: str | None
    files: tuple[FileSpecification, ...]
    language: str


@dataclass(frozen=True, slots=True)
class AlterExternalLibrary(Statement):
    name: str
    owner: str | None
    file: FileSpecification
    language: str


@dataclass(frozen=True, slots=True)
class DropExternalLibrary(Statement):
    name: str
    owner: str | None
