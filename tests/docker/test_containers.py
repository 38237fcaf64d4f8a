"""The container files, as far as they can be judged without a container engine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_compose_file_satisfies_the_compose_specification() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_copied_file_exists() -> None:
    for dockerfile, context in (
        ("docker/sqlserver/Dockerfile", "docker/sqlserver"),
        ("docker/localdb/Dockerfile", "."),
    ):
        for line in re.findall(r"^COPY (.+)$", (ROOT / dockerfile).read_text(), re.MULTILINE):
            for source in line.split()[:-1]:
                assert (ROOT / context / source).exists(), f"{dockerfile}: COPY {source}"


def test_shell_scripts_parse_and_stop_at_the_first_error() -> None:
    scripts = [*(ROOT / "docker").rglob("*.sh"), *(ROOT / "scripts").glob("*.sh")]
    assert scripts
    for script in scripts:
        subprocess.run(["bash", "-n", str(script)], check=True)
        assert "set -euo pipefail" in script.read_text(), script.name


def test_no_password_is_written_down_or_passed_as_an_argument() -> None:
    files = [ROOT / "docker-compose.yml", *(ROOT / "docker").rglob("*")]
    for file in (f for f in files if f.is_file()):
        text = file.read_text()
        assert not re.search(r"(?i)password=[\"']?\w", text), file
        assert " -P " not in text, file
