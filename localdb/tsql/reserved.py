"""Words that Transact-SQL reserves: https://learn.microsoft.com/sql/t-sql/language-elements/reserved-keywords-transact-sql"""

from __future__ import annotations

from localdb.tsql.keywords import RESERVED

RESERVED_WORDS = RESERVED - {"PRECISION"}
"""Words that are never a name in an expression; ``precision`` is one in practice (sys.columns.precision)."""

FUNCTION_WORDS = frozenset(
    ("COALESCE", "LEFT", "NULLIF", "RIGHT", "UPDATE", "CONTAINS", "FREETEXT", "IDENTITY")
)
"""Reserved words that are also functions when a parenthesis follows."""

NILADIC_FUNCTIONS = frozenset(
    (
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "CURRENT_USER",
        "SESSION_USER",
        "SYSTEM_USER",
        "USER",
    )
)
"""Functions that are called without parentheses."""
