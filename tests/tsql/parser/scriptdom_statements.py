"""Microsoft's ScriptDom as judge of where statements end: run as a process of its own.

Argument: the path of tsqlcheck. Standard input: a JSON list of batches. Standard output: a JSON list that has
for each batch None (rejected) or its statements as [kind, line, depth, text], nested ones behind.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import sys
from collections.abc import Iterator
from typing import Any

GRAMMAR = 150
_NESTED = {
    "BeginEndBlockStatement": lambda node: node.StatementList.Statements,
    "IfStatement": lambda node: [
        part for part in (node.ThenStatement, node.ElseStatement) if part is not None
    ],
    "WhileStatement": lambda node: [node.Statement],
    "TryCatchStatement": lambda node: [*node.TryStatements.Statements, *node.CatchStatements.Statements],
}


def load_parsers(path: str) -> Any:
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("tsqlcheck", path)
    spec = importlib.util.spec_from_loader("tsqlcheck", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module.Parsers(GRAMMAR)


def statements(node: Any, depth: int, batch: str) -> Iterator[list[Any]]:
    kind = node.GetType().Name
    text = batch[node.StartOffset : node.StartOffset + node.FragmentLength]
    yield [kind, node.StartLine, depth, text.rstrip("; \t\r\n")]
    inner = _NESTED.get(kind, lambda _: [])(node)
    if "ProcedureStatement" in kind and hasattr(node, "StatementList") and node.StatementList is not None:
        inner = node.StatementList.Statements
    for child in inner:
        yield from statements(child, depth + 1, batch)


def judge(parsers: Any, batch: str) -> list[list[Any]] | None:
    errors, tree = parsers.scriptdom(batch, True)
    if errors:
        return None
    return [line for part in tree.Batches for node in part.Statements for line in statements(node, 0, batch)]


if __name__ == "__main__":
    judges = load_parsers(sys.argv[1])
    json.dump([judge(judges, batch) for batch in json.load(sys.stdin)], sys.stdout)
