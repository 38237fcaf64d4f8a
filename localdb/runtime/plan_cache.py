"""Compiled statements, kept while everything they were compiled from stays the same."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localdb.errors import SqlError
from localdb.runtime.names import ScopeNames
from localdb.tsql.names import Relation
from localdb.types import ObjectName, SqlType


@dataclass(frozen=True, slots=True)
class Compiled:
    """A plan and the meanings of names that it rests on."""

    plan: Any
    relations: Mapping[ObjectName, Relation]
    variables: Mapping[str, SqlType]

    def holds(self, names: ScopeNames) -> bool:
        """Whether every name still means the same."""
        try:
            return all(names.variable(name) == known for name, known in self.variables.items()) and all(
                _same(names.relation(name), known) for name, known in self.relations.items()
            )
        except SqlError:
            return False


def _same(found: Relation, known: Relation) -> bool:
    return found is known or found == known


LONGEST_TEXT = 100_000
"""Statements longer than this are hardly ever sent twice, and would fill the memory."""


class PlanCache:
    """The least recently used plans go first. Shared by all sessions."""

    def __init__(self, capacity: int = 1000) -> None:
        self._capacity = capacity
        self._plans: OrderedDict[tuple[Any, ...], Compiled] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[Any, ...], names: ScopeNames) -> Compiled | None:
        with self._lock:
            compiled = self._plans.get(key)
            if compiled is not None:
                self._plans.move_to_end(key)
        return compiled if compiled is not None and compiled.holds(names) else None

    def put(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        if any(isinstance(part, str) and len(part) > LONGEST_TEXT for part in key):
            return
        with self._lock:
            self._plans[key] = compiled
            self._plans.move_to_end(key)
            while len(self._plans) > self._capacity:
                self._plans.popitem(last=False)
