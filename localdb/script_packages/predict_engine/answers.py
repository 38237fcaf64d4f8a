"""What the engines answer, and how they refuse."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

CORRUPT, UNSUPPORTED, SCHEMA, MEMORY, FAILED = "corrupt", "unsupported", "schema", "memory", "failed"
"""The kinds of a refusal. SCHEMA: WITH asks for what the model does not return."""


@dataclass(frozen=True)
class Answer:
    """``frame`` has one row for each input row and the columns ``names``, their SQL types still the model's.

    With a ``kind``, there is no answer: ``reason`` says why; for SCHEMA it is the schema that the model has.
    """

    frame: pd.DataFrame
    names: tuple[str, ...] = ()
    kind: str = ""
    reason: str = ""


class Refusal(Exception):
    """There is no answer."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason

    def answer(self) -> Answer:
        return Answer(pd.DataFrame(), kind=self.kind, reason=self.reason)


def find_name(name: str, names: list[str]) -> int | None:
    """The position of ``name``: written the same, or else the only one that differs in case alone."""
    if name in names:
        return names.index(name)
    folded = [position for position, other in enumerate(names) if other.lower() == name.lower()]
    return folded[0] if len(folded) == 1 else None


def choose(wanted: list[str] | None, outputs: list[tuple[str, str]]) -> list[int]:
    """The positions of the ``wanted`` ones among the model's ``outputs`` (name and SQL type); all without.

    Refusal (SCHEMA) when one is not there.
    """
    if wanted is None:
        return list(range(len(outputs)))
    names = [name for name, _ in outputs]
    found = [find_name(name, names) for name in wanted]
    if None in found:
        raise Refusal(SCHEMA, ", ".join(f"{name} {sql_type}" for name, sql_type in outputs))
    return [position for position in found if position is not None]
