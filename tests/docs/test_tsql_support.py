"""The generated lists of docs/tsql-support.md are those of the registries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_generated_sections_are_up_to_date() -> None:
    check = [sys.executable, "scripts/tsql_support.py", "--check"]
    result = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, "run: python scripts/tsql_support.py\n" + result.stderr
