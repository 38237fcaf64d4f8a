"""What a script sees and what comes back from it, in a real worker process."""

from __future__ import annotations

import textwrap

import pyarrow as pa
import pytest

from localdb.satellite.launcher import EXTENSION, Limits, Outcome, ScriptParameter
from localdb.satellite.worker.script import SCRIPT_FILE


def test_input_comes_back_by_position(run):
    table = pa.table({"a": pa.array([1, 2], pa.int32()), "b": ["x", None]})
    result = run("OutputDataSet = InputDataSet[['b', 'a']]", input=table, input_types=("int", "nvarchar"))
    assert result.outcome is Outcome.OK
    assert [column.to_pylist() for column in result.output.columns] == [["x", None], [1, 2]]


def test_columns_may_share_a_name_or_have_none(run):
    table = pa.Table.from_arrays(
        [pa.array([1], pa.int32()), pa.array([2], pa.int32()), pa.array(["z"])], names=["a", "a", ""]
    )
    script = "print(list(InputDataSet.columns), InputDataSet.shape)\nOutputDataSet = InputDataSet"
    result = run(script, input=table, input_types=("int", "int", "nvarchar"))
    assert result.stdout == "['a', 'a', ''] (1, 3)\n"
    assert [column.to_pylist() for column in result.output.columns] == [[1], [2], ["z"]]


def test_names_of_the_data_sets_and_parameters(run):
    result = run(
        "result = source.assign(y=source['x'] * factor)",
        input=pa.table({"x": pa.array([2], pa.int32())}),
        input_types=("int",),
        input_name="source",
        output_name="result",
        parameters=(ScriptParameter("factor", "int", 21),),
    )
    assert [column.to_pylist() for column in result.output.columns] == [[2], [42]]


def test_without_input_and_output(run):
    result = run("assert InputDataSet.shape == (0, 0)\nassert OutputDataSet.shape == (0, 0)")
    assert (result.outcome, result.output, dict(result.values)) == (Outcome.OK, None, {})


def test_names_that_the_script_has(run):
    result = run("pandas.DataFrame, DataFrame, __name__ == '__main__' or 1/0")
    assert result.outcome is Outcome.OK
    assert (
        run("np.zeros(1), os.sep, sys.path, platform.system(), DataFrame", profile=EXTENSION).outcome
        is Outcome.OK
    )
    assert "NameError" in run("np").error


def test_comprehensions_functions_and_globals_see_the_script_s_variables(run):
    script = """
        n = 3
        def times(x):
            return [n * x * k for k in range(n)]
        def count():
            global n
            n += 1
        count()
        OutputDataSet = DataFrame({'v': times(2)})
    """
    assert run(textwrap.dedent(script)).output.column(0).to_pylist() == [0, 8, 16, 24]


def test_the_traceback_shows_the_line_of_the_script_and_nothing_of_ours(run):
    result = run("def f(x):\n    return 1 / x\n\nprint('before')\nf(0)\n")
    assert result.outcome is Outcome.SCRIPT_ERROR
    lines = result.error.splitlines()
    assert lines[:2] == [
        "Error in execution.  Check the output for more information.",
        "Traceback (most recent call last):",
    ]
    assert lines[2].endswith(f'{SCRIPT_FILE}", line 5, in transform') and lines[3] == "    f(0)"
    assert lines[4].endswith(f'{SCRIPT_FILE}", line 2, in f')
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "localdb" not in result.error
    assert result.stdout == "before\n"


@pytest.mark.parametrize(
    ("script", "last"),
    [
        ("  x = 1\n  y = 2", "IndentationError: unexpected indent"),
        ("def f(:\n", "SyntaxError: invalid syntax"),
        ("x = 1\0", "source code string cannot contain null bytes"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise BaseException('base')", "BaseException: base"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
        (
            "class E(Exception):\n  def __str__(self): raise ValueError\nraise E",
            "E: <exception str() failed>",
        ),
        ("raise ValueError('\\udcff')", "ValueError: \\udcff"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_failures(run, script, last):
    result = run(script)
    assert result.outcome is Outcome.SCRIPT_ERROR
    assert result.error.splitlines()[-1].endswith(last)
    assert "localdb" not in result.error


def test_a_long_error_keeps_its_begin_and_end(run):
    result = run("raise ValueError('a' * 10_000_000 + 'the end')")
    assert len(result.error.encode()) < 31_000
    assert result.error.startswith("Error in execution.") and "Traceback" in result.error
    assert "bytes of the error are left out" in result.error and result.error.endswith("the end\n")


def test_what_is_printed(run):
    script = (
        "import sys, warnings, os\nprint('ä€😀')\nprint('e', "
        "file=sys.stderr)\nwarnings.warn('w')\nos.write(1, b'raw')"
    )
    result = run(script)
    assert result.stdout == "ä€😀\nraw"
    assert result.stderr.startswith("e\n") and f"{SCRIPT_FILE}:4: UserWarning: w" in result.stderr


def test_printing_stays_in_order_for_every_kind_of_writer(run):
    result = run(
        "import subprocess, sys\nprint(1)\nsubprocess.run(['/bin/echo', '2'])\nsys.stdout.write('3')"
    )
    assert result.stdout == "1\n2\n3"


def test_long_output_is_cut_and_says_so(run):
    result = run("for i in range(100_000): print('x' * 100)", limits=Limits(printed=1000))
    assert (
        result.stdout
        == ("x" * 100 + "\n") * 9 + "x" * 91 + "\n... the first 1000 of 10100000 bytes are shown ..."
    )


def test_output_that_is_not_utf8(run):
    assert run("import os; os.write(1, b'a\\xff\\xfeb')").stdout == "a��b"
    assert run("print('\\udcff')").stdout == "\\udcff\n"


def test_a_script_may_put_its_own_stdout_in_place(run):
    result = run(
        "import sys, io\nsys.stdout = io.StringIO()\n"
        "print('lost')\nsys.stdout = None\nsys.stderr = None\nx = 1"
    )
    assert (result.outcome, result.stdout) == (Outcome.OK, "")


def test_a_large_data_set_both_ways(run):
    rows = 300_000
    table = pa.table({"a": pa.array(range(rows), pa.int64()), "s": pa.array([str(i) for i in range(rows)])})
    result = run("OutputDataSet = InputDataSet.iloc[::-1]", input=table, input_types=("bigint", "nvarchar"))
    assert result.output.num_rows == rows
    assert result.output.column(1)[0].as_py() == str(rows - 1)


def test_the_result_has_a_limit(run):
    result = run("OutputDataSet = DataFrame({'x': ['y' * 1000] * 2000})", limits=Limits(result=1_000_000))
    assert result.outcome is Outcome.DIED
    assert result.error == "the worker's answer cannot be read: the frame is longer than 1000000 bytes"


@pytest.mark.parametrize(
    ("value", "kind"),
    [("pandas.Series([1])", "pandas.Series"), ("[1]", "list"), ("None", "NoneType"), ("1", "int")],
)
def test_an_output_that_is_no_frame(run, value, kind):
    result = run(f"OutputDataSet = {value}")
    assert result.outcome is Outcome.SCRIPT_ERROR
    assert f"'OutputDataSet' is of type {kind}; a pandas.DataFrame is expected." in result.error


def test_a_deleted_output(run):
    assert "of type NoneType" in run("del OutputDataSet").error


def test_a_pickled_model_goes_out_and_comes_back(run):
    """The pattern of Microsoft's rental prediction tutorial."""
    train = """
        import pickle
        from sklearn.linear_model import LinearRegression
        model = pickle.dumps(LinearRegression().fit(InputDataSet[['x']], InputDataSet['y']))
    """
    data = pa.table({"x": pa.array([1, 2, 3], pa.int32()), "y": pa.array([10.0, 20.0, 30.0])})
    trained = run(
        textwrap.dedent(train),
        input=data,
        input_types=("int", "float"),
        parameters=(ScriptParameter("model", "varbinary", None, output=True, length=-1),),
    )
    model = trained.values["model"]
    assert isinstance(model, bytes)
    predict = """
        import pickle
        OutputDataSet = DataFrame({'p': pickle.loads(model).predict(InputDataSet[['x']])})
    """
    scored = run(
        textwrap.dedent(predict),
        input=data.select(["x"]),
        input_types=("int",),
        parameters=(ScriptParameter("model", "varbinary", model, length=-1),),
    )
    assert scored.output.column(0).to_pylist() == pytest.approx([10.0, 20.0, 30.0])


def test_classes_of_the_script_can_be_pickled(run):
    script = "import pickle\nclass M:\n  v = 5\nm = pickle.dumps(M())\nprint(pickle.loads(m).v)"
    assert run(script).stdout == "5\n"
