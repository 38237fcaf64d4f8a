"""The columns that go into an ONNX model and come out of it: types, shapes, NULL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from localdb.runtime.session import Session
from tests.predict.driver import MODEL, failure, fill, store
from tests.predict.onnx_models import echo, graph, tensor, total
from tests.runtime.conftest import assert_ok, rows

ECHO = f"FROM PREDICT(MODEL = {MODEL}, DATA = data AS d, RUNTIME = ONNX) WITH (y {{}}) AS p ORDER BY d.id"

TYPES: list[tuple[str, int, list[Any]]] = [
    ("real", TensorProto.FLOAT, [0.5, -1.25, 2.0**127]),
    ("float", TensorProto.DOUBLE, [0.1, -1e300, 5e-324]),
    ("int", TensorProto.INT32, [0, 2**31 - 1, -(2**31)]),
    ("bigint", TensorProto.INT64, [2**53 + 1, 2**63 - 1, -(2**63)]),
    ("bit", TensorProto.BOOL, [True, False, True]),
    ("nvarchar(20)", TensorProto.STRING, ["", "Köln ", "😀"]),
    ("char(4)", TensorProto.STRING, ["ab  ", "abcd", "    "]),
]


@pytest.mark.parametrize(("sql_type", "kind", "values"), TYPES, ids=[one[0] for one in TYPES])
@pytest.mark.parametrize("shape", [(None, 1), (None,), ("n", 1), (1, 1), (1,)], ids=str)
def test_each_type_in_each_shape(
    session: Session, sql_type: str, kind: int, values: list[Any], shape
) -> None:
    """Models whose first dimension is 1 take one row after the other, as the documented example's does."""
    store(session, echo(kind, shape))
    fill(session, "data", f"id int, x {sql_type}", enumerate(values))
    assert rows(session.run_batch("SELECT p.y " + ECHO.format(sql_type))) == [(value,) for value in values]


def test_no_rows(session: Session) -> None:
    store(session, echo(TensorProto.STRING))
    fill(session, "data", "id int, x nvarchar(5)", [])
    assert rows(session.run_batch("SELECT p.y " + ECHO.format("nvarchar(5)"))) == []
    assert failure(session, "SELECT p.z " + ECHO.format("int").replace("y int", "z int"))[0] == 39096


def test_null_is_nan_in_floating_point(session: Session) -> None:
    store(session, echo(TensorProto.DOUBLE))
    fill(session, "data", "id int, x float", [(1, 1.5), (2, None)])
    assert rows(session.run_batch("SELECT d.x, p.y " + ECHO.format("float"))) == [(1.5, 1.5), (None, None)]


@pytest.mark.parametrize(
    ("sql_type", "kind", "value"),
    [
        ("int", TensorProto.INT32, 1),
        ("bigint", TensorProto.INT64, 1),
        ("bit", TensorProto.BOOL, True),
        ("nvarchar(5)", TensorProto.STRING, "a"),
    ],
)
def test_null_is_refused_elsewhere(session: Session, sql_type: str, kind: int, value: Any) -> None:
    store(session, echo(kind))
    fill(session, "data", f"id int, x {sql_type}", [(1, value), (2, None)])
    number, message = failure(session, "SELECT p.y " + ECHO.format(sql_type))
    assert (number, "'x' has a NULL" in message) == (39098, True)


@pytest.mark.parametrize(
    ("sql_type", "kind", "shown"),
    [
        ("float", TensorProto.FLOAT, "real"),
        ("real", TensorProto.DOUBLE, "float"),
        ("int", TensorProto.INT64, "bigint"),
        ("bigint", TensorProto.INT32, "int"),
        ("tinyint", TensorProto.INT32, "int"),
        ("decimal(9, 2)", TensorProto.DOUBLE, "float"),
        ("int", TensorProto.STRING, "nvarchar"),
        ("date", TensorProto.STRING, "nvarchar"),
        ("uniqueidentifier", TensorProto.STRING, "nvarchar"),
        ("float", TensorProto.FLOAT16, "tensor(float16)"),
    ],
)
def test_types_must_be_the_same(session: Session, sql_type: str, kind: int, shown: str) -> None:
    store(session, echo(kind) if kind != TensorProto.FLOAT16 else _half())
    assert_ok(session.run_batch(f"CREATE TABLE data (id int, x {sql_type})"))
    number, message = failure(session, "SELECT p.y " + ECHO.format("float"))
    assert number == 39098
    assert f"The type of model column 'x' is '{shown}'. Doesn't match the input column type." in message


def _half() -> bytes:
    nodes = [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)]
    return graph(
        nodes, [tensor("x", TensorProto.FLOAT16, [None, 1])], [tensor("y", TensorProto.FLOAT, [None, 1])]
    )


@pytest.mark.parametrize(
    "shape",
    [(None, 2), (None, None), (3, 1), (None, 1, 1), ()],
    ids=["wide", "open", "three", "deep", "scalar"],
)
def test_an_input_is_one_column(session: Session, shape: Sequence[Any]) -> None:
    store(session, echo(TensorProto.FLOAT, shape))
    fill(session, "data", "id int, x real", [(1, 1.0)])
    number, message = failure(session, "SELECT p.y " + ECHO.format("real"))
    assert (number, "which is not supported" in message) == (39098, True)


def test_an_output_must_be_one_column(session: Session) -> None:
    """The runtime knows the width of one output before it runs, that of the other only when it has run."""
    nodes = [
        helper.make_node("Concat", ["x", "x"], ["known"], axis=1),
        helper.make_node("Unsqueeze", ["x", "axes"], ["deep"]),
        helper.make_node("NonZero", ["x"], ["unknown"]),
    ]
    outputs = [tensor("known", TensorProto.FLOAT, None), tensor("deep", TensorProto.FLOAT, None)]
    outputs.append(tensor("unknown", TensorProto.INT64, None))
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    store(session, graph(nodes, [tensor("x", TensorProto.FLOAT, [None, 1])], outputs, [axes]))
    fill(session, "data", "id int, x real", [(1, 1.0)])
    for name in ("known", "deep"):
        text = "SELECT p.* " + ECHO.format("real").replace("(y", f"({name}")
        assert failure(session, text)[0] == 39096
    number, message = failure(session, "SELECT p.* " + ECHO.format("real").replace("(y", "(unknown"))
    assert (number, "Output column 'unknown' has shape [2, 1] which is not supported" in message) == (
        39098,
        True,
    )


@pytest.mark.parametrize(
    ("sql_type", "expected"),
    [("float", 2.5), ("int", 2), ("decimal(5,1)", 2.5), ("nvarchar(5)", "2.5"), ("varchar(5)", "2.5")],
)
def test_outputs_are_converted_as_by_an_assignment(session: Session, sql_type: str, expected: Any) -> None:
    store(session, echo(TensorProto.DOUBLE))
    fill(session, "data", "id int, x float", [(1, 2.5)])
    ((found,),) = rows(session.run_batch("SELECT p.y " + ECHO.format(sql_type)))
    assert type(expected)(found) == expected


@pytest.mark.parametrize(("value", "sql_type", "number"), [(1e10, "int", 8115), (256.0, "tinyint", 220)])
def test_outputs_that_do_not_fit(session: Session, value: float, sql_type: str, number: int) -> None:
    store(session, echo(TensorProto.DOUBLE))
    fill(session, "data", "id int, x float", [(1, value)])
    found = failure(session, "SELECT p.y " + ECHO.format(sql_type))[0]
    fill(session, "plain", f"y {sql_type}", [])
    assert found == failure(session, "INSERT plain SELECT x FROM data")[0]
    assert found in (number, 8115, 232)


def test_a_text_that_is_too_long_is_refused(session: Session) -> None:
    store(session, echo(TensorProto.STRING))
    fill(session, "data", "id int, x nvarchar(9)", [(1, "too long")])
    assert failure(session, "SELECT p.y " + ECHO.format("nvarchar(3)"))[0] == 2628


def test_names_differ_in_case(session: Session) -> None:
    store(session, total())
    fill(session, "data", "ID int, A real, B real", [(1, 1.0, 2.0)])
    assert rows(session.run_batch("SELECT Y " + ECHO.format("real").replace("(y", "(Y"))) == [(3.0,)]


def test_a_missing_column(session: Session) -> None:
    store(session, total())
    fill(session, "data", "id int, a real", [(1, 1.0)])
    number, message = failure(session, "SELECT p.y " + ECHO.format("real"))
    assert (number, "The data has no column for the model's input 'b'." in message) == (39098, True)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.tuples(st.integers(-(2**20), 2**20), st.integers(-(2**20), 2**20)), max_size=40))
def test_every_row_has_its_own_prediction(session: Session, values: list[tuple[int, int]]) -> None:
    store(session, total())
    assert_ok(session.run_batch("DROP TABLE IF EXISTS data"))
    fill(session, "data", "id int, a real, b real", [(i, *map(float, pair)) for i, pair in enumerate(values)])
    found = rows(session.run_batch("SELECT d.id, p.y " + ECHO.format("real")))
    assert found == [(i, float(a + b)) for i, (a, b) in enumerate(values)]
