"""ONNX models made for the tests: from scikit-learn, and by hand."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import onnx
from onnx import TensorProto, helper

OPSET = 17
_IR_VERSION = 8


def converted(
    estimator: Any, names: Sequence[str], kind: type, options: Mapping[str, Any] | None = None
) -> bytes:
    """An estimator over columns as an ONNX model with one input of type ``kind`` for each column.

    The estimator's first step must take the columns by position (a ColumnTransformer).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skl2onnx warns about its own dependencies
        import skl2onnx

        inputs = [(name, kind([None, 1])) for name in names]
        model = skl2onnx.convert_sklearn(
            estimator,
            "model",
            inputs,
            target_opset=OPSET,
            options={id(estimator): dict(options)} if options else None,
        )
    return bytes(model.SerializeToString())


def tensor(name: str, kind: int, shape: Sequence[int | str | None]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def graph(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Sequence[onnx.TensorProto] = (),
    *,
    opset: int = OPSET,
    ir_version: int = _IR_VERSION,
    domain: str | None = None,
) -> bytes:
    """A model of these nodes; ``domain`` is one more that it says to need."""
    made = helper.make_graph(nodes, "model", inputs, outputs, list(constants))
    needed = [helper.make_opsetid("", opset)]
    if domain is not None:
        needed.append(helper.make_opsetid(domain, 1))
    return bytes(helper.make_model(made, opset_imports=needed, ir_version=ir_version).SerializeToString())


def echo(kind: int, shape: Sequence[int | str | None] = (None, 1)) -> bytes:
    """A model whose output y is its input x."""
    node = helper.make_node("Identity", ["x"], ["y"])
    return graph([node], [tensor("x", kind, shape)], [tensor("y", kind, shape)])


def total(rows: int | str | None = None) -> bytes:
    """y = a + b, of real numbers."""
    node = helper.make_node("Add", ["a", "b"], ["y"])
    inputs = [tensor(name, TensorProto.FLOAT, [rows, 1]) for name in ("a", "b")]
    return graph([node], inputs, [tensor("y", TensorProto.FLOAT, [rows, 1])])
