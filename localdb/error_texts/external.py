"""External scripts, languages, libraries and pools, and PREDICT. Sorted.

https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors-31000-to-41399
"""

from __future__ import annotations

from localdb.error_texts.text import Text

EXTERNAL: dict[int, Text] = {
    39001: Text(
        16,
        "Only SELECT statement is supported for input data query to 'sp_execute_external_script' "
        "stored procedure.",
    ),
    39004: Text(
        16,
        "A '{}' script error occurred during execution of 'sp_execute_external_script' with HRESULT 0x{}. "
        "External script request id is {}.",
    ),
    39005: Text(10, "STDOUT message(s) from external script: {}{}"),
    39006: Text(10, "External script execution status: {}."),
    39007: Text(16, "The specified language '{}' does not exist or you do not have permission."),
    # The misspelling is SQL Server's.
    39008: Text(
        16, "Invlid Parameter name '{}' specified for Procedure. This clashes with internal parameters."
    ),
    39012: Text(
        16,
        "Unable to communicate with the runtime for '{}' script for request id: {}. "
        "Please check the requirements of '{}' runtime.",
    ),
    39015: Text(
        16,
        "SELECT INTO statement is not supported for input data query to 'sp_execute_external_script' "
        "stored procedure.",
    ),
    39016: Text(16, "The parameterized external script expects the parameter '{}', which was not supplied."),
    39017: Text(
        16,
        "Input data query returns column #{} of type '{}' which is not supported by the runtime for "
        "'{}' script. "
        "Unsupported types are binary, varbinary, timestamp, datetime2, datetimeoffset, time, text, "
        "ntext, image, "
        "hierarchyid, xml, sql_variant and user-defined type. External script request id is {}.",
    ),
    39018: Text(
        16,
        "Parameter '{}' uses a data type that is not supported by the runtime for '{}' script. "
        "Unsupported types are timestamp, datetime2, datetimeoffset, time, text, ntext, image, "
        "hierarchyid, xml, "
        "sql_variant and user-defined type. External script request id is {}.",
    ),
    39019: Text(16, "An external script error occurred: {}{}"),
    39021: Text(
        16,
        "Unable to launch runtime for '{}' script for request id: {}. "
        "Please check the configuration of the '{}' runtime.",
    ),
    39022: Text(10, "STDERR message(s) from external script: {}{}"),
    39023: Text(
        16,
        "'sp_execute_external_script' is disabled on this instance of SQL Server. "
        "Use sp_configure 'external scripts enabled' to enable it.",
    ),
    39026: Text(
        16,
        "The parameter name 'r_rowsPerRead' is specified multiple times in "
        "'sp_execute_external_script' call. "
        "The name 'r_rowsPerRead' is reserved for specifying streaming behavior only. "
        "External script request id is {}.",
    ),
    39027: Text(
        16,
        "Parameter '{}' was specified multiple times to sp_execute_external_script stored procedure.",
    ),
    39103: Text(
        16,
        "Parameter '@input_data_1_order_by_columns' is not allowed without parameter "
        "'@input_data_1_partition_by_columns'.",
    ),
}
