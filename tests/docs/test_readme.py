"""What the README promises exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import deploy

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^    |`)make ([a-z]+)\b", README, re.MULTILINE))
    assert {"deploy", "test"} <= named
    assert named <= targets


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


@pytest.mark.parametrize("command", sorted(set(re.findall(r"deploy\.py (?:--target \S+ )?([a-z]+)", README))))
def test_every_subcommand_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(deploy.application, [command, "--help"])
    assert result.exit_code == 0, result.output
    assert "deploy.py" in result.output
