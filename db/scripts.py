"""T-SQL script files: their hash, and their batches, split at GO lines as SSMS and sqlcmd do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from db.errors import DeploymentError

# What can hold a GO line that is no separator: comments (block comments nest) and quoted text.
_OPENING = re.compile(r"--|/\*|'|\"|\[")
_GO = re.compile(r"[ \t]*GO(?:[ \t]+(?P<count>[0-9]+))?[ \t]*(?:--.*)?", re.IGNORECASE)
_CLOSING = {"'": "'", '"': '"', "[": "]"}


@dataclass(frozen=True, slots=True)
class Batch:
    """The text between two GO lines; ``line`` is the 1-based line of the file where it begins."""

    text: str
    line: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Script:
    """One .sql file; ``name`` is its file name without the ending."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Hexadecimal hash of the text with LF line ends: a checkout on Windows does not change it."""
        return hashlib.sha256(self.text.replace("\r\n", "\n").encode("utf-8")).hexdigest()

    @property
    def batches(self) -> list[Batch]:
        return list(split_batches(self.text))


def read_scripts(folder: Path) -> list[Script]:
    """The .sql files of ``folder``, in the order of their names."""
    files = sorted(folder.glob("*.sql"))
    if not files:
        raise DeploymentError(f"there are no .sql files in {folder}")
    return [Script(file.stem, file.read_text(encoding="utf-8-sig")) for file in files]


def split_batches(text: str) -> Iterator[Batch]:
    """The batches of ``text`` that hold more than blanks. GO counts only on a line of its own."""
    lines = text.splitlines(keepends=True)
    start, depth_or_quote = 0, ""
    for number, line in enumerate(lines):
        go = _GO.fullmatch(line.rstrip("\r\n")) if not depth_or_quote else None
        if go is None:
            depth_or_quote = _state_after(line, depth_or_quote)
            continue
        yield from _batch(lines[start:number], start, int(go.group("count") or 1))
        start = number + 1
    yield from _batch(lines[start:], start, 1)


def _batch(lines: list[str], start: int, count: int) -> Iterator[Batch]:
    text = "".join(lines)
    if text.strip():
        yield Batch(text, start + 1, count)


def _state_after(line: str, state: str) -> str:
    """What is still open at the end of ``line``: '' nothing, a closing quote, or one '*' per open comment."""
    position = 0
    while position < len(line):
        if state.startswith("*"):
            position, state = _inside_comment(line, position, state)
        elif state:
            position, state = _inside_quotes(line, position, state)
        else:
            position, state = _outside(line, position)
    return state


def _outside(line: str, position: int) -> tuple[int, str]:
    opening = _OPENING.search(line, position)
    if opening is None or opening.group() == "--":
        return len(line), ""
    return opening.end(), "*" if opening.group() == "/*" else _CLOSING[opening.group()]


def _inside_comment(line: str, position: int, state: str) -> tuple[int, str]:
    mark = re.compile(r"/\*|\*/").search(line, position)
    if mark is None:
        return len(line), state
    return mark.end(), state + "*" if mark.group() == "/*" else state[:-1]


def _inside_quotes(line: str, position: int, closing: str) -> tuple[int, str]:
    end = line.find(closing, position)
    if end < 0:
        return len(line), closing
    if line[end + 1 : end + 2] == closing:
        return end + 2, closing
    return end + 1, ""
