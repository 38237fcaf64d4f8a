"""The script's world: what it finds, what it prints, and where its errors point to."""

from __future__ import annotations

import itertools
import re
import textwrap

import pytest

from localdb.satellite.launcher import EXTENSION, Limits, Outcome
from localdb.satellite.worker.script import SCRIPT_FILE


def lines_of(error: str) -> list[int]:
    """The line numbers of the script that a traceback names."""
    return [int(number) for number in re.findall(rf'{SCRIPT_FILE}", line (\d+)', error)]


def error_of(run, script: str, **fields) -> str:
    result = run(script, **fields)
    assert result.outcome is Outcome.SCRIPT_ERROR
    assert "localdb" not in result.error
    return result.error


@pytest.mark.parametrize(
    ("script", "lines", "last"),
    [
        ("x = 1\ny = (\n  2 +\n  )\n", [4], "SyntaxError"),
        ("def f():\n  def g():\n    return 1 / 0\n  return g()\n\nf()", [6, 4, 3], "ZeroDivisionError"),
        ("x = [1 / n\n     for n in (1, 0)]", [1], "ZeroDivisionError"),
        ("\n\nraise ValueError('v') from KeyError('k')", [3], "ValueError: v"),
        ("try:\n  1 / 0\nexcept ZeroDivisionError:\n  int('x')", [2, 4], "ValueError"),
        (
            "try:\n  {}['a']\nexcept KeyError as e:\n  raise OSError(5, 'io') from e",
            [2, 4],
            "OSError: [Errno 5] io",
        ),
        ("import json\n\njson.loads('{')", [3], "JSONDecodeError"),
        ("code = 'x = 1\\n1 / 0'\nexec(code)", [2], "ZeroDivisionError: division by zero"),
        ("eval('1 +')", [1], "SyntaxError"),
        ("f = lambda: 1 / 0\n\nf()", [3, 1], "ZeroDivisionError"),
        ("class A:\n  x = 1 / 0", [1, 2], "ZeroDivisionError"),
        ("import pandas as pd\npd.DataFrame({'a': [1]})['b']", [2], "KeyError: 'b'"),
        ("assert False, 'said'", [1], "AssertionError: said"),
    ],
)
def test_a_traceback_names_the_lines_of_the_script(run, script, lines, last):
    error = error_of(run, script)
    # A comprehension has a frame of its own before Python 3.12.
    assert [number for number, _ in itertools.groupby(lines_of(error))] == lines
    assert last in error.splitlines()[-1] or last in error.splitlines()[-2]


def test_code_in_a_string_has_its_own_lines(run):
    error = error_of(run, "exec('a = 1\\n\\n1 / 0')")
    assert 'File "<string>", line 3' in error and lines_of(error) == [1]


def test_a_deep_recursion_is_short(run):
    error = error_of(run, "\ndef f(n):\n    return f(n + 1)\n\nf(0)")
    assert lines_of(error)[:2] == [5, 3]
    assert "[Previous line repeated" in error and len(error) < 2000


def test_an_exception_group_shows_every_exception(run):
    script = """
        errors = []
        for text in ('a', 'b'):
            try:
                int(text)
            except ValueError as error:
                errors.append(error)
        raise ExceptionGroup('several', errors)
    """
    error = error_of(run, textwrap.dedent(script))
    assert lines_of(error) == [8, 5, 5]
    assert "invalid literal for int() with base 10: 'a'" in error and "'b'" in error


def test_notes_of_an_exception(run):
    assert "line 1: see the manual" in error_of(
        run, "e = ValueError('v')\ne.add_note('line 1: see the manual')\nraise e"
    )


@pytest.mark.parametrize("script", ["  x = 1\n  y = 2", "\n    print(1)\n    print(2)\n"])
def test_a_script_whose_every_line_is_indented(run, script):
    """https://learn.microsoft.com/sql/machine-learning/tutorials/quickstart-python-create-script"""
    assert error_of(run, script).splitlines()[-1] == "IndentationError: unexpected indent"


@pytest.mark.parametrize("status", ["0", "3", "'words'", "None", ""])
def test_sys_exit(run, status):
    expected = {"''": "SystemExit", "": "SystemExit", "None": "SystemExit"}.get(
        status, f"SystemExit: {status}".replace("'", "")
    )
    error = error_of(run, f"import sys\nsys.exit({status})")
    assert error.splitlines()[-1].rstrip(": None") == expected.rstrip(": None")
    assert lines_of(error) == [2]


def test_a_warning_shows_the_line(run):
    script = "import warnings\n\ndef f():\n    warnings.warn('old', DeprecationWarning, stacklevel=2)\n\nf()"
    stderr = run(script).stderr
    assert f"{SCRIPT_FILE}:6: DeprecationWarning: old" in stderr and "  f()" in stderr


def test_input_is_at_its_end(run):
    assert "EOFError" in error_of(run, "input()")
    assert run("import sys; print(repr(sys.stdin.read()))").stdout == "''\n"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_every_kind_of_writer(run, stream):
    number = 1 if stream == "stdout" else 2
    script = f"""
        import atexit, ctypes, logging, os, sys, threading
        out = sys.{stream}
        print('print', file=out)
        out.write('write\\n')
        out.buffer.write(b'buffer\\n'); out.buffer.flush()
        os.write({number}, b'os.write\\n')
        libc = ctypes.CDLL(None)
        libc.dprintf({number}, b'C level\\n')
        thread = threading.Thread(target=lambda: print('thread', file=out))
        thread.start(); thread.join()
        logging.basicConfig(stream=out, format='%(message)s')
        logging.warning('logging')
        sys.__{stream}__.write('dunder\\n')
        atexit.register(print, 'atexit', file=out)
        print('no end of line', end='', file=out)
    """
    printed = getattr(run(textwrap.dedent(script)), stream)
    words = [
        "print",
        "write",
        "buffer",
        "os.write",
        "C level",
        "thread",
        "logging",
        "dunder",
        "no end of lineatexit",
    ]
    assert sorted(printed.splitlines()) == sorted(words)


def test_exit_handlers_print_also_after_an_error(run):
    result = run("import atexit\natexit.register(print, 'bye')\natexit.register(print, 'good')\n1 / 0")
    assert (result.outcome, result.stdout) == (Outcome.SCRIPT_ERROR, "good\nbye\n")


def test_an_exit_handler_that_fails_is_told_on_stderr(run):
    result = run("import atexit\natexit.register(lambda: 1 / 0)")
    assert result.outcome is Outcome.OK and "ZeroDivisionError" in result.stderr


def test_an_exit_handler_that_hangs_meets_the_wall_clock(run):
    result = run("import atexit, time\natexit.register(time.sleep, 3600)", limits=Limits(wall_clock=0.5))
    assert result.outcome is Outcome.TIMED_OUT


def test_both_streams_are_cut_and_say_so(run):
    script = "import sys\nfor stream in (sys.stdout, sys.stderr): stream.write('x' * 3000 + '\\n')"
    result = run(script, limits=Limits(printed=1000))
    for text in (result.stdout, result.stderr):
        assert text == "x" * 1000 + "\n... the first 1000 of 3001 bytes are shown ..."


@pytest.mark.parametrize("profile", ["builtin", EXTENSION])
def test_the_module_is_main(run, profile):
    script = """
        import sys
        def name(): return __name__
        class A: pass
        print(name(), A.__module__, sys.modules['__main__'].A is A, sys.argv == [__file__])
        counter = 0
        def count():
            global counter
            counter += 1
        count(); count()
        print(counter, globals()['counter'], __builtins__ is not None)
    """
    assert run(textwrap.dedent(script), profile=profile).stdout == "__main__ __main__ True True\n2 2 True\n"


@pytest.mark.parametrize(
    ("profile", "names"),
    [("builtin", ["DataFrame", "pandas"]), (EXTENSION, ["DataFrame", "np", "os", "platform", "sys"])],
)
def test_the_names_that_are_there(run, profile, names):
    printed = run("print(sorted(n for n in dir() if not n.startswith('_')))", profile=profile).stdout
    assert printed == f"{sorted([*names, 'InputDataSet', 'OutputDataSet'])}\n"


def test_what_the_environment_of_a_language_adds(run):
    result = run(
        "import os; print(os.environ['A'], os.environ['B c'])", environment=(("A", "1"), ("B c", "ä="))
    )
    assert result.stdout == "1 ä=\n"
