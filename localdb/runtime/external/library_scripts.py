"""Scripts of the server's own about external libraries, which run in the sandbox like anybody's: a library's
build runs its code, and its language's Python is asked what it has.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from importlib import resources
from threading import Event
from typing import Any

from localdb.libraries.archive import LibraryError, Package
from localdb.libraries.wheels import Wheel
from localdb.runtime.aborts import Cancelled
from localdb.runtime.scripts.host import ScriptRunner
from localdb.satellite.launcher import Limits, Outcome, ScriptParameter, ScriptRequest, ScriptResult

_MAX = -1
"""The length of nvarchar(max)."""


class NotPossibleNow(Exception):
    """A script that could not be run to its end, for a reason that another attempt may not meet."""


@dataclass(frozen=True, slots=True)
class Findings:
    """``python`` is the language's version; ``installed`` the version that it has of the wheel's package,
    None for none; ``taken`` are the wheel's modules that it has from elsewhere."""

    python: tuple[int, int, int]
    installed: str | None
    taken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LibraryScripts:
    """Runs them under the Python ``interpreter`` ('' is the server's own) until ``cancelled`` is set."""

    runner: ScriptRunner
    interpreter: str
    limits: Limits
    cancelled: Event

    def examine(self, wheel: Wheel) -> Findings:
        names = json.dumps([wheel.name, sorted(wheel.top_level)])
        parameters = (
            ScriptParameter("names", "nvarchar", names, length=_MAX),
            ScriptParameter("facts", "nvarchar", output=True, length=_MAX),
        )
        facts = json.loads(self._run("examine_script", "facts = examine(names)", parameters)["facts"])
        major, minor, micro = facts["python"]
        return Findings((major, minor, micro), facts["installed"], tuple(facts["taken"]))

    def build(self, package: Package) -> Package:
        """The wheel of a source distribution; LibraryError when it cannot be built here."""
        parameters = (
            ScriptParameter("source_name", "nvarchar", package.file_name, length=_MAX),
            ScriptParameter("content", "varbinary", package.content, length=_MAX),
            ScriptParameter("wheel_name", "nvarchar", output=True, length=_MAX),
            ScriptParameter("wheel", "varbinary", output=True, length=_MAX),
        )
        values = self._run("build_script", "wheel_name, wheel = build(source_name, content)", parameters)
        if not values["wheel_name"] or not values["wheel"]:
            raise LibraryError(f"Building {package.file_name} gave no wheel")
        return Package(values["wheel_name"], values["wheel"])

    def _run(self, script: str, call: str, parameters: tuple[ScriptParameter, ...]) -> dict[str, Any]:
        source = resources.files("localdb.libraries").joinpath(f"{script}.py").read_text("utf-8")
        request = ScriptRequest(
            f"{source}\n{call}\n",
            str(uuid.uuid4()).upper(),
            parameters=parameters,
            limits=self.limits,
            interpreter=self.interpreter,
        )
        result = self.runner.run(request, self.cancelled)
        if result.outcome is not Outcome.OK:
            raise self._failure(result)
        return dict(result.values)

    def _failure(self, result: ScriptResult) -> Exception:
        if result.outcome is Outcome.CANCELLED:
            return Cancelled()
        if result.outcome in (Outcome.NOT_STARTED, Outcome.REFUSED, Outcome.DIED):
            return NotPossibleNow(result.error)
        return LibraryError(_last_line(result.error))


def _last_line(text: str) -> str:
    """Of a traceback: the error itself."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip().rstrip(".") if lines else "it failed without a word"
