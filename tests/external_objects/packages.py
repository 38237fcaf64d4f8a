"""Tiny packages, made here: wheels, source distributions, and the zips around them."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping

PURE = "py3-none-any"


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def wheel(
    name: str,
    files: Mapping[str, str | bytes],
    *,
    version: str = "1.0",
    tag: str = PURE,
    metadata_name: str | None = None,
    requires_python: str | None = None,
    record: Mapping[str, str] | None = None,
) -> tuple[str, bytes]:
    """(file name, content). ``record`` replaces entries of RECORD, which is right otherwise."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {metadata_name or name}\nVersion: {version}\n"
    if requires_python:
        metadata += f"Requires-Python: {requires_python}\n"
    members = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    lines = [f"{path},{(record or {}).get(path) or _hash(data)}" for path, data in members.items()]
    members[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    return f"{name}-{version}-{tag}.whl", zipped(members)


def library(package: tuple[str, bytes]) -> bytes:
    """A package inside a zip: what CREATE EXTERNAL LIBRARY wants."""
    return zipped({package[0]: package[1]})


def pure_library(name: str, source: str, version: str = "1.0") -> bytes:
    """The library with the module ``name``."""
    return library(wheel(name, {f"{name}.py": source}, version=version))


def sdist(
    name: str, files: Mapping[str, str], version: str = "1.0", suffix: str = "tar.gz"
) -> tuple[str, bytes]:
    """(file name, content) of a source distribution with these files."""
    root = f"{name}-{version}"
    inside = {f"{root}/{path}": text for path, text in files.items()}
    if suffix == "zip":
        return f"{root}.zip", zipped(inside)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, text in inside.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return f"{root}.tar.gz", content.getvalue()


def project(name: str, version: str = "1.0") -> str:
    """A pyproject.toml of one module, for setuptools."""
    return (
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\n[tool.setuptools]\npy-modules = ["{name}"]\n'
    )


def hexadecimal(content: bytes) -> str:
    return "0x" + content.hex()


def _hash(data: str | bytes) -> str:
    raw = data.encode() if isinstance(data, str) else data
    digest = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(raw)}"
