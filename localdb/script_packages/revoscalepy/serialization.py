"""``rx_serialize_model`` and ``rx_unserialize_model``: models as bytes that cannot execute.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-serialize-model. The
layout is that of :mod:`.native_format`; PREDICT and sp_rxPredict take it with ``realtime_scoring_only=True``.
"""

from __future__ import annotations

from .errors import ModelError
from .native_scoring import read_model
from .results import RxModelResults, results_of


def rx_serialize_model(model: RxModelResults, realtime_scoring_only: bool = False) -> bytes:
    """``model`` as bytes; with ``realtime_scoring_only`` without the statistics of how it was fitted."""
    if not isinstance(model, RxModelResults):
        raise ModelError(
            f"rx_serialize_model takes models of rx_lin_mod, rx_logit, rx_dtree, rx_dforest and rx_btrees, "
            f"not {type(model).__name__}"
        )
    data = model.native.to_bytes(with_statistics=not realtime_scoring_only)
    read_model(data)  # refuses what could not be read back
    return data


def rx_unserialize_model(serialized_model: bytes) -> RxModelResults:
    """The model in ``serialized_model``; ModelError if the bytes are none of :func:`rx_serialize_model`."""
    return results_of(read_model(serialized_model))
