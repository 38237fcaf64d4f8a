"""Every .sql file passes Microsoft's own parser, where the checker is present."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHECKER = ROOT.parent / "shared" / "tools" / "tsqlcheck"
FILES = sorted([*ROOT.glob("db/schema/*.sql"), *ROOT.glob("stored_procedures/*.sql")])


def test_there_are_files():
    assert len(FILES) >= 14


def test_microsofts_parser_accepts_every_file():
    if not CHECKER.exists():
        pytest.skip(f"the syntax checker is not at {CHECKER}")
    done = subprocess.run([str(CHECKER), *map(str, FILES)], capture_output=True, text=True, check=False)
    if done.returncode == 2:
        pytest.skip(f"the syntax checker cannot run: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.parent.name == "stored_procedures"], ids=lambda f: f.stem
)
def test_a_procedure_is_named_like_its_file_and_shows_an_example(file):
    text = file.read_text()
    header, _, rest = text.partition("*/")
    assert text.startswith("/*")
    assert f"EXEC {file.stem}" in header.replace("dbo.", "")
    assert f"CREATE OR ALTER PROCEDURE dbo.{file.stem}\n" in rest
