"""What is known of an error by its number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """``{}`` in the template stands for an argument."""

    severity: int
    template: str
