"""The case files: ``expression => type | value``, ``expression => error number``, ``? condition => true``.

Most expected values are the examples of Microsoft Learn's pages; each file names its pages.
"""

import datetime
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from evaluation import Evaluator

from localdb.errors import SqlError

FILES = sorted(Path(__file__).with_name("cases").glob("*.txt"))
TRUTH = {True: "true", False: "false", None: "unknown"}


def cases() -> list[Any]:
    found = []
    for file in FILES:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                expression, expected = line.rsplit(" => ", 1)
                found.append(pytest.param(expression, expected, id=f"{file.stem}:{number}"))
    return found


def show(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(int(value))
        case bytes():
            return "0x" + value.hex().upper()
        case str():
            return "'" + value.replace("'", "''") + "'"
        case Decimal():
            return f"{value:f}"
        case uuid.UUID():
            return str(value).upper()
        case {"utc": utc, "offset": minutes}:
            local = utc + datetime.timedelta(minutes=minutes)
            sign = "-" if minutes < 0 else "+"
            return f"{local} {sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    return str(value)


@pytest.mark.parametrize(("expression", "expected"), cases())
def test_case(evaluator: Evaluator, expression: str, expected: str) -> None:
    try:
        if expression.startswith("? "):
            found = TRUTH[evaluator.condition(expression[2:])]
        else:
            value, type_name = evaluator.typed(expression)
            found = f"{type_name} | {show(value)}"
    except SqlError as error:
        found = f"error {error.number}"
    assert found == expected
