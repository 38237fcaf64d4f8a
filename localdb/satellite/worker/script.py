"""One script, run in a namespace of its own.

SQL Server's built-in Python puts the script into a function named ``transform``; a language extension
executes it as ``__main__``. Here both execute it in one module namespace, so that nested functions and
comprehensions see the script's variables; the code object is named ``transform``, so that tracebacks read the
same. A script that relies on ``transform`` having local variables (``global x`` meaning something else than
``x``) can tell.

A script that runs several times, once for every chunk of its input, begins each time with new variables, as
``transform`` would; as a language extension it keeps those of the run before, except for the data sets.
"""

from __future__ import annotations

import os
import platform
import random
import sys
import tempfile
import traceback
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from localdb.satellite.contract import EXTENSION, Outcome, Part, ScriptRequest
from localdb.satellite.worker.input import input_frame, parameter_value
from localdb.satellite.worker.output import OutputError, output_table
from localdb.satellite.worker.values import output_values

SCRIPT_FILE = "sqlindb_0.py"
SCRIPT_VARIABLE = "INSITU_EXTERNAL_SCRIPT"
"""Tells packages that they are in a script's sandbox; its value is the request's id."""

_FAILED = "Error in execution.  Check the output for more information."


class Script:
    """The script of ``request``, with ``directory`` as its work directory."""

    def __init__(self, request: ScriptRequest, directory: Path) -> None:
        self._request = request
        self._path = str(directory / SCRIPT_FILE)
        self._code: types.CodeType | None = None
        self._namespace: dict[str, Any] = {}

    def run(self, rows: pa.Table | None, *, last: bool) -> tuple[dict[str, Any], dict[str, Part]]:
        """Run it with the input ``rows``: the answer's header (outcome and error text) and its other parts.
        Only the ``last`` run has values of OUTPUT parameters."""
        limit = self._request.limits.traceback
        try:
            if self._code is None:
                _prepare(self._request, self._path)
                self._code = _compiled(self._request.script, self._path)
            self._fill(rows)
            exec(self._code, self._namespace)
        except BaseException as error:
            # SystemExit too: both of SQL Server's runtimes take any exception for a failed script.
            return _failure(_traceback(error, self._path), limit), {}
        try:
            return {"outcome": Outcome.OK.value}, self._parts(last)
        except OutputError as error:
            return _failure(f"{_FAILED}\nRuntimeError: {error}\n", limit), {}
        except MemoryError as error:
            return _failure(f"{_FAILED}\nMemoryError: {error}\n", limit), {}

    def _fill(self, rows: pa.Table | None) -> None:
        """The variables that the script finds."""
        request = self._request
        if not self._namespace or request.profile != EXTENSION:
            self._namespace = _new_namespace(request, self._path)
        self._namespace[request.output_name] = pd.DataFrame()
        self._namespace[request.input_name] = input_frame(replace(request, input=rows))

    def _parts(self, last: bool) -> dict[str, Part]:
        request, namespace = self._request, self._namespace
        parts: dict[str, Part] = {}
        table = output_table(namespace.get(request.output_name), request.output_name, request.profile)
        if table is not None:
            parts["output"] = table
        if last and any(parameter.output for parameter in request.parameters):
            parts["values"] = output_values(request.parameters, namespace, request.profile)
        return parts


def _prepare(request: ScriptRequest, path: str) -> None:
    """The process's own state: what a fork copies and a new process would draw anew, and what the request
    adds."""
    random.seed()
    np.random.seed(None)
    tempfile.tempdir = None
    sys.argv = [path]
    sys.path[:0] = request.libraries
    os.environ[SCRIPT_VARIABLE] = request.request_id
    os.environ.update(request.environment)


def _new_namespace(request: ScriptRequest, path: str) -> dict[str, Any]:
    """That of a new module ``__main__``, with the names and parameters that a script expects."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    namespace = module.__dict__
    namespace["__file__"] = path
    namespace["DataFrame"] = pd.DataFrame
    if request.profile == EXTENSION:
        namespace.update(np=np, os=os, sys=sys, platform=platform)
    else:
        namespace["pandas"] = pd
    for parameter in request.parameters:
        namespace[parameter.name] = parameter_value(parameter, request.profile)
    return namespace


def _compiled(script: str, path: str) -> types.CodeType:
    # The file is what the traceback quotes; lone surrogates cannot be written and would not compile either.
    Path(path).write_text(script, encoding="utf-8", errors="replace", newline="")
    code = compile(script, path, "exec", dont_inherit=True).replace(co_name="transform")
    return code.replace(co_qualname="transform") if hasattr(code, "co_qualname") else code


def _failure(text: str, limit: int) -> dict[str, Any]:
    return {"outcome": Outcome.SCRIPT_ERROR.value, "error": _shortened(text, limit)}


def _traceback(error: BaseException, path: str) -> str:
    """The traceback from the script's first line on: our own frames are left out."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != path:
        frames = frames.tb_next
    try:
        lines = traceback.format_exception(type(error), error, frames)
    except Exception:  # a broken __str__, or no memory for the whole: the type alone must do
        lines = [f"{type(error).__name__}\n"]
    return f"{_FAILED}\n{''.join(lines)}"


def _shortened(text: str, limit: int) -> str:
    """The first and last halves of ``limit`` bytes; where an exception was raised stands at the end."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= limit:
        return data.decode()
    half = limit // 2
    left_out = f"\n... {len(data) - 2 * half} bytes of the error are left out ...\n"
    return data[:half].decode("utf-8", "ignore") + left_out + data[-half:].decode("utf-8", "ignore")
