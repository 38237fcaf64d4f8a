"""How an unsupported part of a parsed statement is refused: by number and name, never by silence."""

from __future__ import annotations

from sqlglot import exp

from localdb.errors import SqlError, sql_error


def refuse_unread(node: exp.Expr, *read: str) -> None:
    """Raise 40517 for the first argument of ``node`` that carries something and that its handler does not
    read.
    """
    for name, value in node.args.items():
        if name not in read and value is not None and value is not False and value != []:
            raise sql_error(40517, f"{node.key} {name.strip('_')}".upper())


def unsupported(node: exp.Expr) -> SqlError:
    """The refusal of a node class that has no handler here."""
    return sql_error(40514, node.key.upper())


def raise_in_duckdb(number: int, *arguments: str) -> str:
    """DuckDB SQL that raises error ``number`` when it is evaluated; the arguments must be plain words."""
    text = "\x1f".join(arguments).replace("'", "''")
    return f"error('ldb:{number}:{text}')"
