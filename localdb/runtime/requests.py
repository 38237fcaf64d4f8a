"""What the wire asks of the runtime: a login, a remote procedure call, a transaction-manager request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localdb.types import SqlType


@dataclass(frozen=True, slots=True)
class Transport:
    """How the client is connected, as (address, port) of both ends; None for one that is in this process.

    ``encrypted`` says whether all of the conversation is, not the login alone.
    """

    client: tuple[str, int] | None = None
    server: tuple[str, int] | None = None
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """What LOGIN7 says, and over which connection; ``database`` is '' when the client names none."""

    user: str
    password: str
    database: str = ""
    application: str = ""
    host: str = ""
    library: str = ""
    transport: Transport = Transport()


@dataclass(frozen=True, slots=True)
class ProcedureArgument:
    """One parameter of a remote procedure call; ``name`` is '' when it is positional.

    ``value`` is a Python value as ``localdb.types`` lists them; ``default`` asks for the parameter's default.
    """

    name: str
    type: SqlType
    value: Any
    output: bool = False
    default: bool = False


@dataclass(frozen=True, slots=True)
class TransactionRequest:
    """``kind``: begin, commit or rollback; after commit and rollback, ``then_begin`` starts a new one."""

    kind: str
    name: str = ""
    isolation_level: int = 0
    then_begin: bool = False
