"""PATINDEX: where a LIKE pattern first matches. https://learn.microsoft.com/sql/t-sql/functions/patindex-transact-sql"""

from __future__ import annotations

from localdb.tsql import like_patterns, sqltext
from localdb.tsql.binding import Bound


def patindex(pattern: Bound, value: Bound) -> str:
    """The 1-based position of the first match, 0 without one.

    Only a pattern that begins with % is searched for; any other has to match from the first character on.
    """
    unicode = any(bound.type is not None and bound.type.is_unicode for bound in (pattern, value))
    blanks = "" if unicode else " *"
    subject = f"lower({value.sql})"
    if isinstance(pattern.constant, str):
        return _constant(subject, pattern.constant, blanks)
    regex = f"ldb_like_regex(ltrim(lower({pattern.sql}), '%'), '')"
    return f"ldb_patindex({subject}, starts_with({pattern.sql}, '%'), {regex} || '{blanks}')"


def _constant(subject: str, pattern: str, blanks: str) -> str:
    inner = pattern.lstrip("%")
    compiled = like_patterns.compile_pattern(inner, None)
    assert compiled is not None
    searched = "true" if pattern.startswith("%") else "false"
    return f"ldb_patindex({subject}, {searched}, {sqltext.text(compiled.regex + blanks)})"
