"""``revoscalepy`` for external scripts: a clean-room package with the names, arguments and results that
Microsoft documents, on numpy, pandas and scikit-learn. docs/revoscalepy.md says what is supported and what
differs.

Nothing is imported before it is used. A name that Microsoft documents and this package does not have raises
an error that says so.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "10.0.1+insitu"  # scripts ask for the version; 10.0.1 is that of SQL Server 2022

_MODULES = {
    "boosting": "rx_btrees",
    "connection_strings": "rx_get_sql_loopback_connection_string",
    "contexts": """
        RxComputeContext RxInSqlServer RxLocalSeq rx_get_compute_context rx_set_compute_context
        rx_set_temp_compute_context
    """,
    "data_sources": "RxDataSource RxOdbcData RxSqlServerData RxXdfData",
    "data_step": "rx_data_step rx_import",
    "execution": "rx_exec",
    "forest": "rx_dforest",
    "linear": "rx_lin_mod",
    "logistic": "rx_logit",
    "objects": "rx_delete_object rx_list_keys rx_read_object rx_write_object",
    "prediction": "rx_predict rx_predict_default rx_predict_rx_dforest rx_predict_rx_dtree",
    "serialization": "rx_serialize_model rx_unserialize_model",
    "single_tree": "rx_dtree",
    "summary": "rx_summary",
    "variable_info": "rx_create_col_info rx_get_info rx_get_var_info rx_get_var_names",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}
_NOT_SUPPORTED = """
    RxFileSystem RxHdfsFileSystem RxHiveData RxLocalParallel RxMissingValues RxNativeFileSystem RxOptions
    RxOrcData RxParquetData RxRemoteComputeContext RxRemoteJob RxRemoteJobStatus RxSpark RxSparkData
    RxSparkDataFrame RxTextData rx_cancel_job rx_cleanup_jobs rx_exec_by rx_get_job_info rx_get_job_output
    rx_get_job_results rx_get_job_status rx_get_jobs rx_get_partitions rx_get_pyspark_connection
    rx_hadoop_command rx_hadoop_copy rx_hadoop_copy_from_local rx_hadoop_copy_to_local
    rx_hadoop_file_exists rx_hadoop_list_files rx_hadoop_make_dir rx_hadoop_move rx_hadoop_remove
    rx_hadoop_remove_dir rx_partition rx_privacy_control rx_read_xdf rx_set_var_info rx_spark_cache_data
    rx_spark_connect rx_spark_disconnect rx_spark_list_data rx_spark_remove_data rx_wait_for_job
    rx_write_xdf
"""

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        value = getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
        globals()[name] = value
        return value
    if name in _NOT_SUPPORTED.split():
        from .errors import NotSupportedError

        raise NotSupportedError(f"revoscalepy.{name} is not supported; docs/revoscalepy.md lists what is")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
