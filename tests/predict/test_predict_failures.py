"""Models that are none, are too large, or that the runtime does not have: numbered errors with its reason."""

from __future__ import annotations

import random
import threading

import pytest
from onnx import TensorProto, helper
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from localdb.events import Failed
from localdb.runtime.session import Session
from tests.predict.driver import MODEL, failure, fill, store
from tests.predict.onnx_models import OPSET, converted, graph, tensor, total
from tests.runtime.conftest import assert_ok, errors, rows

PREDICT = f"FROM PREDICT(MODEL = {MODEL}, DATA = data AS d, RUNTIME = ONNX) WITH (y real) AS p"
MUTATIONS = 200

X = tensor("a", TensorProto.FLOAT, [None, 1])
Y = tensor("y", TensorProto.FLOAT, [None, 1])


@pytest.fixture(autouse=True)
def data(session: Session) -> None:
    fill(session, "data", "id int, a real, b real", [(1, 1.0, 2.0), (2, 10.0, 20.0)])


def external(location: str) -> bytes:
    weights = helper.make_tensor("w", TensorProto.FLOAT, [1, 1], [1.0])
    weights.ClearField("float_data")
    weights.data_location = TensorProto.EXTERNAL
    entry = weights.external_data.add()
    entry.key, entry.value = "location", location
    return graph([helper.make_node("MatMul", ["a", "w"], ["y"])], [X], [Y], [weights])


def identity(**options: int) -> bytes:
    return graph([helper.make_node("Identity", ["a"], ["y"])], [X], [Y], **options)


def size_of(shape: int) -> bytes:
    """Asks for a tensor of so many numbers."""
    constant = helper.make_tensor("s", TensorProto.INT64, [1], [shape])
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["c"]),
        helper.make_node("ReduceSum", ["c"], ["r"], keepdims=0),
        helper.make_node("Add", ["a", "r"], ["y"]),
    ]
    return graph(nodes, [X], [Y], [constant])


FAILURES = {
    "empty": (b"", 39051, "No graph was found"),
    "text": (b"not a model", 39051, "protobuf parsing failed"),
    "pickle": (
        b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94.",
        39051,
        "protobuf parsing failed",
    ),
    "wrong graph": (graph([], [X], [Y]), 39051, "graph.cc"),
    "cut": (total()[:-20], 39051, "protobuf parsing failed"),
    "custom operator": (
        graph([helper.make_node("Mine", ["a"], ["y"], domain="my")], [X], [Y], domain="my"),
        39052,
        "my:Mine(-1) is not a registered function/op",
    ),
    "unknown operator": (graph([helper.make_node("Mine", ["a"], ["y"])], [X], [Y]), 39052, "Mine"),
    "later opset": (identity(opset=OPSET + 60), 39052, "is under development"),
    "later format": (identity(ir_version=999), 39052, "Unsupported model IR version"),
    "file beside it": (external("weights.bin"), 39051, "External data path"),
    "file outside": (external("../../../etc/passwd"), 39051, "escapes working directory"),
    "file anywhere": (external("/etc/passwd"), 39051, "Absolute path not allowed"),
    "no inputs": (
        graph([], [], [Y], [helper.make_tensor("y", TensorProto.FLOAT, [1, 1], [1.0])]),
        39052,
        "no inputs",
    ),
    "huge tensor": (size_of(2**50), 39050, "Failed to allocate memory"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_models_that_do_not_run(session: Session, name: str) -> None:
    model, number, reason = FAILURES[name]
    store(session, model)
    found, message = failure(session, f"SELECT p.y {PREDICT}")
    assert found == number, message
    assert message.startswith("Message(s) from 'PREDICT' engine: \n")
    assert reason in message


def test_null_model(session: Session) -> None:
    assert failure(session, f"SELECT p.y {PREDICT}") == (
        39051,
        "Message(s) from 'PREDICT' engine: \nThe model is NULL.",
    )


def test_model_of_the_other_runtime(session: Session) -> None:
    store(session, total())
    assert failure(session, f"SELECT p.y {PREDICT.replace(', RUNTIME = ONNX', '')}")[0] == 39051


@pytest.mark.parametrize(("size", "number"), [(100 * 2**20, 39094), (100 * 2**20 - 1, 39051)])
def test_size_of_a_model(session: Session, size: int, number: int) -> None:
    big = f"CAST(REPLICATE(CAST('x' AS varchar(max)), {size}) AS varbinary(max))"
    text = f"DECLARE @m varbinary(max) = {big} SELECT p.y {PREDICT.replace(MODEL, '@m')}"
    assert failure(session, text)[0] == number


def test_columns_of_with_that_the_model_does_not_return(session: Session) -> None:
    store(session, total())
    (event,) = (
        e
        for e in session.run_batch(f"SELECT * {PREDICT.replace('y real', 'z real')}")
        if isinstance(e, Failed)
    )
    assert event.error.number == 39096
    assert event.error.message == (
        "Execution failed because its WITH clause specified different output columns from what 'PREDICT' "
        "function tries to return. The schema returned by 'PREDICT' function is 'y real'."
    )


def test_probabilities_in_one_tensor_are_no_column(session: Session) -> None:
    rows_ = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]]
    scaled = ColumnTransformer([("s", StandardScaler(), [0, 1])])
    estimator = make_pipeline(scaled, LogisticRegression()).fit(rows_, [0, 1, 1])
    for zipmap, name in ((True, "output_probability"), (False, "probabilities")):
        store(session, converted(estimator, ["a", "b"], FloatTensorType, {"zipmap": zipmap}))
        assert failure(session, f"SELECT * {PREDICT.replace('y real', f'{name} real')}")[0] == 39096


def test_null_for_a_column_that_is_not_null(session: Session) -> None:
    store(session, total())
    assert_ok(session.run_batch("UPDATE data SET a = NULL WHERE id = 2"))
    number, message = failure(session, f"SELECT * {PREDICT.replace('y real', 'y real NOT NULL')}")
    assert (number, "returned NULL for the column 'y'" in message) == (39098, True)
    assert rows(session.run_batch(f"SELECT d.id, p.y {PREDICT} ORDER BY d.id")) == [(1, 3.0), (2, None)]


def test_the_error_can_be_caught(session: Session) -> None:
    text = (
        f"BEGIN TRY SELECT p.y {PREDICT} END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_MESSAGE() END CATCH"
    )
    assert rows(session.run_batch(text)) == [
        (
            39051,
            "Error occurred during execution of the builtin function 'PREDICT' with HRESULT 0x80070057. "
            "Model is corrupt or invalid.",
        )
    ]


def test_cancelled(session: Session) -> None:
    """A model that never ends is killed with its request."""
    nodes = [
        helper.make_node("Loop", ["forever", "yes", "a"], ["y"], body=_endless()),
    ]
    constants = [
        helper.make_tensor("forever", TensorProto.INT64, [], [2**62]),
        helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
    ]
    store(session, graph(nodes, [X], [Y], constants))
    threading.Timer(1.0, session.cancel).start()
    assert errors(list(session.run_batch(f"SELECT p.y {PREDICT}"))) == []
    assert rows(session.run_batch("SELECT 1")) == [(1,)]


def _endless():
    inputs = [
        tensor("i", TensorProto.INT64, []),
        tensor("c", TensorProto.BOOL, []),
        tensor("v", TensorProto.FLOAT, None),
    ]
    nodes = [helper.make_node("Identity", ["c"], ["c2"]), helper.make_node("Identity", ["v"], ["v2"])]
    outputs = [tensor("c2", TensorProto.BOOL, []), tensor("v2", TensorProto.FLOAT, None)]
    return helper.make_graph(nodes, "body", inputs, outputs)


def test_mutated_models_never_do_more_than_fail(session: Session) -> None:
    """Every change of a model's bytes gives a numbered error of PREDICT, or a row for each row."""
    original = random.Random(3)
    estimator = make_pipeline(ColumnTransformer([("s", StandardScaler(), [0, 1])]), LogisticRegression())
    model = converted(
        estimator.fit([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]], [0, 1, 1]), ["a", "b"], FloatTensorType
    )
    known = set(range(39050, 39055)) | set(range(39092, 39099)) | {8115, 232}
    outcomes = []
    for _ in range(MUTATIONS):
        changed = mutated(model, original)
        text = PREDICT.replace(MODEL, "0x" + changed.hex()).replace("y real", "output_label bigint")
        events = list(session.run_batch(f"SELECT d.id, p.output_label {text}"))
        found = errors(events)
        assert found or len(rows(iter(events))) == 2
        assert set(found) <= known, (found, changed.hex())
        outcomes.append(found[0] if found else 0)
    # The mutations reach both the reader of models and what runs them.
    assert 39051 in outcomes and 0 in outcomes
    assert rows(session.run_batch("SELECT 1")) == [(1,)]


def mutated(model: bytes, random_: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled, or put somewhere else."""
    data = bytearray(model)
    for _ in range(random_.randint(1, 4)):
        at, length = random_.randrange(len(data)), random_.randint(1, 9)
        part = data[at : at + length]
        match random_.randrange(5):
            case 0:
                data[at] = random_.randrange(256)
            case 1:
                data[at] ^= 1 << random_.randrange(8)
            case 2:
                data[at:at] = part
            case 3:
                del data[at : at + length]
            case 4:
                data[at : at + length] = random_.randbytes(length)
        data = data or bytearray(b"\0")
    return bytes(data)
