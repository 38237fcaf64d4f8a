"""``microsoftml``: only the names, so that a script which needs it is told so.

The package was dropped from SQL Server 2022
(https://learn.microsoft.com/sql/machine-learning/python/ref-py-microsoftml).
"""

from __future__ import annotations

_DOCUMENTED = """
    adadelta_optimizer avx_math categorical categorical_hash clr_math concat count_select custom drop_columns
    extract_pixels featurize_image featurize_text get_sentiment gpu_math hinge_loss load_image log_loss
    mkl_math mutualinformation_select n_gram n_gram_hash predefined resize_image rx_ensemble rx_fast_forest
    rx_fast_linear rx_fast_trees rx_featurize rx_logistic_regression rx_neural_network rx_oneclass_svm
    rx_predict select_columns sgd_optimizer smoothed_hinge_loss squared_loss
"""


def __getattr__(name: str) -> object:
    if name in _DOCUMENTED.split():
        raise NotImplementedError(f"microsoftml.{name} is not supported; scikit-learn has its like")
    raise AttributeError(f"module 'microsoftml' has no attribute {name!r}")
