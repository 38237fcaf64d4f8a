"""LIKE patterns as regular expressions of RE2.

https://learn.microsoft.com/sql/t-sql/language-elements/like-transact-sql
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NEVER = r"[^\x00-\x{10FFFF}]"
"""Matches no character: an empty set, and a bracket that is not closed."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """``regex`` is for a string in lower case when ``folded``; ``plain`` is the text itself when it has no
    wildcard."""

    regex: str
    plain: str | None


def compile_pattern(pattern: str, escape: str | None, *, folded: bool = True) -> Pattern | None:
    """None when the pattern ends with the escape character: then nothing matches."""
    text = pattern.lower() if folded else pattern
    if escape is not None and folded:
        escape = escape.lower()
    parts: list[str] = []
    plain: list[str] | None = []
    position = 0
    while position < len(text):
        character = text[position]
        if escape is not None and character == escape:
            if position + 1 == len(text):
                return None
            parts.append(re_quote(text[position + 1]))
            plain = [*plain, text[position + 1]] if plain is not None else None
            position += 2
            continue
        if character in "%_[":
            plain = None
        if character == "%":
            parts.append(".*")
        elif character == "_":
            parts.append(".")
        elif character == "[":
            regex, position = _bracket(text, position, escape)
            parts.append(regex)
            continue
        else:
            parts.append(re_quote(character))
            if plain is not None:
                plain.append(character)
        position += 1
    return Pattern("".join(parts), None if plain is None else "".join(plain))


def _bracket(text: str, start: int, escape: str | None) -> tuple[str, int]:
    """``[a-f]``, ``[^abc]``: the set as a regular expression, and the position behind it."""
    position = start + 1
    negated = text.startswith("^", position)
    position += negated
    members: list[str] = []
    while position < len(text) and text[position] != "]":
        member, position = _member(text, position, escape)
        if text.startswith("-", position) and position + 1 < len(text) and text[position + 1] != "]":
            high, position = _member(text, position + 1, escape)
            if member <= high:
                members.append(f"{_set_quote(member)}-{_set_quote(high)}")
        else:
            members.append(_set_quote(member))
    if position >= len(text):
        return _NEVER, len(text)
    if not members:
        return ("." if negated else _NEVER), position + 1
    return f"[{'^' if negated else ''}{''.join(members)}]", position + 1


def _member(text: str, position: int, escape: str | None) -> tuple[str, int]:
    if escape is not None and text[position] == escape and position + 1 < len(text):
        return text[position + 1], position + 2
    return text[position], position + 1


def re_quote(character: str) -> str:
    """The character itself in RE2."""
    return (
        character
        if character.isalnum() or character in " _" or ord(character) > 127
        else f"\\x{ord(character):02x}"
    )


def _set_quote(character: str) -> str:
    return re_quote(character)


def is_valid(regex: str) -> bool:
    """Whether Python, too, reads the expression (used by tests to judge RE2's)."""
    try:
        re.compile(regex)
    except re.error:
        return False
    return True
