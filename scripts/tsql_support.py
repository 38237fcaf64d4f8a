"""Writes the generated sections of docs/tsql-support.md from the server's own registries.

python scripts/tsql_support.py            # rewrite them
python scripts/tsql_support.py --check    # exit 1 when they are out of date
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from localdb.runtime.interpreter import HANDLERS
from localdb.runtime.options import ALWAYS_OFF, ALWAYS_ON, ISOLATION_LEVELS
from localdb.runtime.sysprocs.registry import SYSTEM_PROCEDURES
from localdb.runtime.views.system_views import SystemViews
from localdb.tsql.functions.aggregates import AGGREGATES
from localdb.tsql.functions.catalogue import SCALAR_FUNCTIONS, UNSUPPORTED
from localdb.tsql.system_functions import SYSTEM_VALUES
from localdb.tsql.windows import WINDOW_FUNCTIONS
from localdb.types import APPROXIMATE_NUMERICS, BINARIES, CHARACTERS, EXACT_NUMERICS, INTEGERS, TEMPORALS

PAGE = Path(__file__).parents[1] / "docs" / "tsql-support.md"

_SECTION = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names, key=str.lower)) + "\n"


def _statements() -> str:
    return _listed(re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).upper() for kind in HANDLERS)


def _types() -> str:
    families = (
        ("bit", "uniqueidentifier"),
        INTEGERS,
        EXACT_NUMERICS,
        APPROXIMATE_NUMERICS,
        CHARACTERS,
        BINARIES,
        TEMPORALS,
    )
    return _listed(name for family in families for name in family)


def sections() -> dict[str, str]:
    """The text of every generated section by its name."""
    views = [f"{view.schema}.{view.name}" for view in SystemViews().names()]
    return {
        "statements": _statements(),
        "types": _types(),
        "functions": _listed([*SCALAR_FUNCTIONS, *AGGREGATES, *WINDOW_FUNCTIONS, "STRING_AGG"]),
        "unsupported": _listed(UNSUPPORTED),
        "values": _listed(SYSTEM_VALUES),
        "procedures": _listed(SYSTEM_PROCEDURES),
        "views": _listed(views),
        "options": f"ON only: {_listed(ALWAYS_ON)}\nOFF only: {_listed(ALWAYS_OFF)}\n"
        f"Isolation levels: {_listed(ISOLATION_LEVELS)}",
    }


def rewritten(page: str) -> str:
    """The page with every generated section made anew."""
    made = sections()
    return _SECTION.sub(lambda match: match.group(1) + made[match.group(2)] + match.group(3), page)


def main(arguments: list[str]) -> int:
    page = PAGE.read_text(encoding="utf-8")
    fresh = rewritten(page)
    if arguments == ["--check"]:
        return int(fresh != page)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
