"""One script, run in a namespace of its own.

SQL Server's built-in Python puts the script into a function named ``transform``; a language extension
executes it as ``__main__``. Here both execute it in one module namespace, so that nested functions and
comprehensions see the script's variables; the code object is named ``transform``, so that tracebacks read the
same. A script that relies on ``transform`` having local variables (``global x`` meaning something else than
``x``) can tell.
"""

from __future__ import annotations

import os
import platform
import random
import sys
import traceback
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from localdb.satellite.contract import EXTENSION, Outcome, Part, ScriptRequest
from localdb.satellite.worker.input import input_frame, parameter_value
from localdb.satellite.worker.output import OutputError, output_table
from localdb.satellite.worker.values import output_values

SCRIPT_FILE = "sqlindb_0.py"
_FAILED = "Error in execution.  Check the output for more information."


def run_script(request: ScriptRequest, directory: Path) -> tuple[dict[str, Any], dict[str, Part]]:
    """The response's header (outcome and error text) and its other parts."""
    _fresh_state()
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    namespace = module.__dict__
    path = str(directory / SCRIPT_FILE)
    limit = request.limits.traceback
    try:
        _fill(namespace, request, path)
        _execute(request.script, path, namespace)
    except BaseException as error:
        # SystemExit too: both of SQL Server's runtimes take any exception for a failed script.
        return _failure(_traceback(error, path), limit), {}
    try:
        return {"outcome": Outcome.OK.value}, _parts(request, namespace)
    except OutputError as error:
        return _failure(f"{_FAILED}\nRuntimeError: {error}\n", limit), {}
    except MemoryError as error:
        return _failure(f"{_FAILED}\nMemoryError: {error}\n", limit), {}


def _fresh_state() -> None:
    """What a fork copies and a new process would draw anew."""
    random.seed()
    np.random.seed(None)


def _fill(namespace: dict[str, Any], request: ScriptRequest, path: str) -> None:
    namespace["__file__"] = path
    sys.argv = [path]
    namespace["DataFrame"] = pd.DataFrame
    if request.profile == EXTENSION:
        namespace.update(np=np, os=os, sys=sys, platform=platform)
    else:
        namespace["pandas"] = pd
    namespace[request.output_name] = pd.DataFrame()
    namespace[request.input_name] = input_frame(request)
    for parameter in request.parameters:
        namespace[parameter.name] = parameter_value(parameter, request.profile)


def _execute(script: str, path: str, namespace: dict[str, Any]) -> None:
    # The file is what the traceback quotes; lone surrogates cannot be written and would not compile either.
    Path(path).write_text(script, encoding="utf-8", errors="replace", newline="")
    code = compile(script, path, "exec", dont_inherit=True)
    exec(code.replace(co_name="transform", co_qualname="transform"), namespace)


def _parts(request: ScriptRequest, namespace: dict[str, Any]) -> dict[str, Part]:
    parts: dict[str, Part] = {}
    table = output_table(namespace.get(request.output_name), request.output_name, request.profile)
    if table is not None:
        parts["output"] = table
    if any(parameter.output for parameter in request.parameters):
        parts["values"] = output_values(request.parameters, namespace, request.profile)
    return parts


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
