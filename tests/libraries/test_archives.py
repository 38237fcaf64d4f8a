"""What is let out of an uploaded zip, and what is not."""

from __future__ import annotations

import ast
import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localdb.libraries import archive
from localdb.libraries.archive import LibraryError, Package, find_package
from localdb.libraries.merging import link_all
from localdb.libraries.wheels import Wheel, supported_tags
from tests.external_objects.packages import library, wheel, zipped

PYTHON = (3, 11, 4)


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def zip_of(*entries: zipfile.ZipInfo, data: bytes = b"x") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for one in entries:
            made.writestr(one, data)
    return content.getvalue()


def test_the_package_is_found_in_a_folder_and_beside_other_files() -> None:
    content = zipped({"__MACOSX/._a.whl": "", "README": "", "dist/a-1.0-py3-none-any.whl": b"wheel"})
    assert find_package(content) == Package("a-1.0-py3-none-any.whl", b"wheel")


@pytest.mark.parametrize(
    "name",
    [
        "../a.whl", "/a.whl", "x/../../a.whl", "./a.whl", "x//a.whl", "..\\a.whl", "C:\\a.whl", "a\nb.whl",
        "x" * 2000 + ".whl", "a\x7fb.whl",
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere(name: str) -> None:
    with pytest.raises(LibraryError, match="unsafe name"):
        find_package(zip_of(entry(name)))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_only_plain_files(kind: int) -> None:
    with pytest.raises(LibraryError, match="not a plain file"):
        find_package(zip_of(entry("a.whl", kind | 0o777)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_twice() -> None:
    with pytest.raises(LibraryError, match="twice"):
        find_package(zip_of(entry("a.whl"), entry("a.whl")))


def test_a_bomb() -> None:
    with pytest.raises(LibraryError, match="unpacks to"):
        find_package(zip_of(entry("a.whl"), data=bytes(50 * 2**20)))


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MAX_FILES", 10)
    with pytest.raises(LibraryError, match="more than 10 files"):
        find_package(zip_of(*(entry(f"f{number}") for number in range(11))))


def test_too_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_CONTENT", 10)
    with pytest.raises(LibraryError, match="more than 10 bytes"):
        find_package(zip_of(entry("a.whl")))


def test_a_wheel_is_checked_like_the_zip_around_it() -> None:
    inner = wheel("a", {"../../outside.py": ""})
    with pytest.raises(LibraryError, match="unsafe name"):
        Wheel(Package(*inner))


def test_an_encrypted_zip() -> None:
    content = bytearray(zip_of(entry("a.whl")))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(LibraryError, match="encrypted"):
        find_package(bytes(content))


@given(st.binary(max_size=300), st.integers(0, 10_000), st.booleans())
@settings(deadline=None, max_examples=1000)
def test_a_damaged_zip_is_refused_or_read(noise: bytes, place: int, truncate: bool) -> None:
    """Nothing but LibraryError comes out of any content."""
    content = bytearray(library(wheel("a", {"a.py": "pass\n" * 20})))
    start = place % len(content)
    content[start : start + len(noise)] = noise
    damaged = bytes(content[:start]) if truncate else bytes(content)
    try:
        found = find_package(damaged)
        Wheel(found)
    except LibraryError:
        return
    assert found.file_name == "a-1.0-py3-none-any.whl"


# --- wheels ---


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("py311-none-any", True),
        ("cp311-cp311-manylinux2014_x86_64", True),
        ("cp38-abi3-manylinux_2_17_x86_64", True),
        ("cp310-cp310-manylinux2014_x86_64", False),
        ("cp311-cp311-win_amd64", False),
        ("cp311-cp311-manylinux_2_99_x86_64", False),
        ("cp312-abi3-manylinux2014_x86_64", False),
        ("py2-none-any", False),
    ],
)
def test_tags(tag: str, fits: bool) -> None:
    made = Wheel(Package(*wheel("a", {"a.py": ""}, tag=tag)))
    assert (not made.tags.isdisjoint(supported_tags(PYTHON))) is fits
    if not fits:
        with pytest.raises(LibraryError, match=r"not a wheel for CPython 3\.11\.4"):
            made.check_fits(PYTHON)


@pytest.mark.parametrize(
    "name", ["../a-1.0-py3-none-any.whl", "a-1.0-py3-none-any./x.whl", "a\n-1.0-py3-none-any.whl"]
)
def test_a_built_wheel_with_another_place_in_its_name(name: str) -> None:
    with pytest.raises(LibraryError, match="is not the name of a file"):
        Wheel(Package(name, wheel("a", {"a.py": ""})[1]))


def test_top_level_names() -> None:
    files = {
        "pack/__init__.py": "", "mod.py": "", "ext.cpython-311-x86_64-linux-gnu.so": "", "data.txt": "",
        "a-1.0.data/platlib/moved/x.py": "", "a-1.0.data/scripts/run.py": "", "space/inner/y.py": "",
    }  # fmt: skip
    assert Wheel(Package(*wheel("a", files))).top_level == {"pack", "mod", "ext", "moved", "space"}


def test_an_installed_wheel_can_be_read_by_everybody(tmp_path: Path) -> None:
    files = {
        "pack/__init__.py": "X = 1",
        "a-1.0.data/scripts/run": "#!python\n",
        "a-1.0.data/data/share/t": "t",
    }
    folder = tmp_path / "a"
    Wheel(Package(*wheel("a", files))).install(folder)
    found = {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert {name for name, mode in found.items() if mode == 0o644} == {
        "pack/__init__.py", "bin/run", "share/t",
        *(f"a-1.0.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "INSTALLER")),
    }  # fmt: skip
    assert set(found.values()) == {0o644, 0o755}


# --- scripts of the server's own ---


@pytest.mark.parametrize("name", ["build_script.py", "examine_script.py"])
def test_they_run_under_python_3_10(name: str) -> None:
    file = Path(archive.__file__).with_name(name)
    ast.parse(file.read_text(), feature_version=(3, 10))


# --- several in one folder ---


def test_links_keep_what_is_there(tmp_path: Path) -> None:
    for name, files in (("one", {"common/a": "1", "same": "x"}), ("two", {"common/b": "2", "same": "x"})):
        for path, text in files.items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    target = tmp_path / "both"
    link_all(tmp_path / "one", target)
    link_all(tmp_path / "two", target)
    texts = {str(path.relative_to(target)): path.read_text() for path in target.rglob("*") if path.is_file()}
    assert texts == {"common/a": "1", "common/b": "2", "same": "x"}
    (tmp_path / "two" / "same").write_text("y")
    with pytest.raises(LibraryError, match="different file same"):
        link_all(tmp_path / "two", target)
    (tmp_path / "three" / "same").mkdir(parents=True)
    with pytest.raises(LibraryError, match="a file same"):
        link_all(tmp_path / "three", target)
