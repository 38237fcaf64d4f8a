from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.behaviour import slt

FILES = sorted(Path(__file__).parent.glob("*.slt"))


@pytest.mark.parametrize("path", FILES, ids=[file.stem for file in FILES])
def test_behaviour(path: Path, open_door: Callable[[], slt.Door]) -> None:
    doors = {"main": open_door()}
    current = "main"
    for record in slt.parse(path):
        if record.kind == "connection":
            current = record.argument
            if current not in doors:
                doors[current] = open_door()
        else:
            slt.check(record, doors[current])
