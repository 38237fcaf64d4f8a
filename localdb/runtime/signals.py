"""How a statement that changes the flow of control unwinds the blocks around it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BreakLoop:
    pass


@dataclass(frozen=True, slots=True)
class ContinueLoop:
    pass


@dataclass(frozen=True, slots=True)
class ReturnFrom:
    """RETURN; ``status`` None when no value was given."""

    status: int | None


Signal = BreakLoop | ContinueLoop | ReturnFrom
