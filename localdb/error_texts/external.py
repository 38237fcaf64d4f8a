"""External scripts, languages, libraries and pools, and PREDICT. Sorted.

https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors-31000-to-41399
"""

from __future__ import annotations

from localdb.error_texts.text import Text

EXTERNAL: dict[int, Text] = {
    10901: Text(16, "User does not have permission to alter the resource governor configuration."),
    10909: Text(
        16,
        "The resource pool cannot be created. The maximum number of resource pools cannot exceed current "
        "limit of {} including predefined resource pools.",
    ),
    10911: Text(16, "Requested operation cannot be performed because the resource pool '{}' does not exist."),
    10912: Text(16, "The operation could not be completed. Dropping predefined {} is not allowed."),
    10913: Text(16, "Users are not allowed to {} the workload group '{}' in the '{}' resource pool."),
    # The misspelling is SQL Server's.
    10914: Text(16, "The name of the {} '{}' cannot begin with # of ##."),
    10915: Text(16, "The operation could not be completed. Altering '{}' {} is not allowed."),
    10916: Text(
        16,
        "Cannot drop resource pool '{}' because it contains workload group '{}'. Drop or remove all workload "
        "groups using this resource pool before dropping it.",
    ),
    10917: Text(16, "ALTER WORKLOAD GROUP failed. Either a 'WITH' or 'USING' clause must be specified."),
    10918: Text(16, "Cannot create {} '{}' because it already exists."),
    10921: Text(16, "The '{}' {} cannot be moved out of '{}' {}."),
    10924: Text(
        16,
        "The pool affinity range is invalid. The lower bound {} must be less than the upper bound {}.",
    ),
    10925: Text(16, "A {} value was specified more than one time in the pool affinity range list."),
    10926: Text(
        16,
        "The {} range that specifies {} {} includes at least one {} that is not available to the current "
        "instance. The maximum {} number that is available to this instance is {}.",
    ),
    10934: Text(
        16, "Requested operation cannot be performed because the external resource pool '{}' does not exist."
    ),
    10935: Text(16, "External resource pool does not allow more than one processor group."),
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
    39024: Text(
        16,
        "Parallel execution of 'sp_execute_external_script' failed. "
        "Specify WITH RESULT SETS clause with output schema.",
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
    39031: Text(16, "Cannot parse the output schema of the builtin function '{}'."),
    39032: Text(16, "The function {} expects parameters in the form of 'name = value'."),
    39033: Text(
        16,
        "The parameter name '{}' has already been declared. Parameter names must be unique in {} "
        "function call.",
    ),
    39035: Text(16, "The function {} has too many arguments supplied."),
    39036: Text(16, "The function {} expects parameter '{}' which was not supplied."),
    39037: Text(16, "The function {} contains a parameter '{}' that has an invalid type."),
    39040: Text(16, "The function '{}' does not support SQL identifier or variable for '{}'."),
    39042: Text(
        16, "{} EXTERNAL LIBRARY failed because the library source parameter {} is not a valid expression."
    ),
    39043: Text(16, "{} EXTERNAL LIBRARY failed because filename '{}' is too long."),
    39044: Text(16, "{} EXTERNAL LIBRARY failed because it could not open the physical file '{}': {}."),
    39045: Text(16, "{} EXTERNAL LIBRARY failed because it could not read from the physical file '{}': {}."),
    39046: Text(
        16,
        'CREATE EXTERNAL LIBRARY failed because the user "{}" specified in the authorization clause '
        "does not exist.",
    ),
    39047: Text(16, "External library '{}' already exists for owner '{}' in database '{}'."),
    39048: Text(16, "Failed to {} external library '{}': {}."),
    39049: Text(10, "Message(s) from 'PREDICT' engine: {}{}"),
    39050: Text(
        16,
        "Error occurred during execution of the builtin function 'PREDICT' with HRESULT 0x{}. Out of memory.",
    ),
    39051: Text(
        16,
        "Error occurred during execution of the builtin function 'PREDICT' with HRESULT 0x{}. "
        "Model is corrupt or invalid.",
    ),
    39052: Text(
        16,
        "Error occurred during execution of the builtin function 'PREDICT' with HRESULT 0x{}. "
        "Model type is unsupported.",
    ),
    39053: Text(16, "The function PREDICT expects parameter 'RUNTIME' of type ntext/nchar/nvarchar."),
    39054: Text(16, "The 'RUNTIME' parameter is invalid."),
    39092: Text(16, "Initialization of native scoring libraries failed with HRESULT 0x{}."),
    39093: Text(
        16,
        "'PREDICT' function does not take parameters of varchar(max), nvarchar(max) or varbinary(max) type "
        "except for 'MODEL' parameter.",
    ),
    39094: Text(16, "'PREDICT' function only supports models smaller than  100 MB."),
    39096: Text(
        16,
        "Execution failed because its WITH clause specified different output columns from what 'PREDICT' "
        "function tries to return. The schema returned by 'PREDICT' function is '{}'.",
    ),
    39097: Text(
        16,
        "Input data column #{} is of type '{}' which is not supported by '{}' function. "
        "Unsupported types are binary, varbinary, timestamp, datetime2, datetimeoffset, time, text, "
        "ntext, image, hierarchyid, xml, sql_variant and user-defined type.",
    ),
    39098: Text(16, "Error occurred during execution of the builtin function 'PREDICT' with HRESULT 0x{}."),
    39102: Text(16, "Duplicate column names are not allowed in '{}'. Column name '{}' is a duplicate."),
    39103: Text(
        16,
        "Parameter '@input_data_1_order_by_columns' is not allowed without parameter "
        "'@input_data_1_partition_by_columns'.",
    ),
    39104: Text(16, "Column '{}' in '{}' is not defined in the SELECT clause of '@input_data_1' parameter."),
    39105: Text(
        16,
        "Invalid syntax for parameter '@input_data_1_partition_by_columns'. "
        "Specify a list of comma separated columns.",
    ),
    39106: Text(
        16,
        "Invalid syntax for parameter '@input_data_1_order_by_columns'. Specify a list of comma separated "
        "columns and an optional argument for sorting order <ASC|DESC>.",
    ),
    39107: Text(
        16,
        "Columns in parameters '@input_data_1_partition_by_columns' and '@input_data_1_order_by_columns' "
        "must be unique. Column name '{}' appears in both parameters.",
    ),
    39108: Text(
        16,
        "Maximum number of concurrent external script users has been reached. Limit is {}. Please retry the "
        "operation. External script request id is {}.",
    ),
    39109: Text(
        16,
        "The combined total number of columns given in parameters '@input_data_1_partition_by_columns' and "
        "'@input_data_1_order_by_columns' exceeds the maximum {}.",
    ),
    39110: Text(
        16,
        "Maximum number of concurrent external script queries for this user has been reached. Limit is {}. "
        "Please retry the operation. External script request id is {}.",
    ),
    39112: Text(15, "Duplicate file specification supplied for platform '{}'."),
    39113: Text(15, "Number of file specifications exceeds the maximum of {}."),
    39114: Text(
        15,
        "CREATE EXTERNAL LIBRARY statement failed because of duplicate file specification. Only one file "
        "specification per platform is allowed in a CREATE EXTERNAL LIBRARY statement.",
    ),
    39115: Text(
        16,
        "ALTER EXTERNAL LIBRARY statement failed because the content for platform '{}' does not exist or is "
        "not correctly defined in the external library.",
    ),
    39117: Text(
        16, "{} EXTERNAL LANGUAGE statement failed because the parameter '{}' is not a valid expression."
    ),
    39118: Text(
        16,
        "{} EXTERNAL LANGUAGE statement failed because the specified file path '{}' is too long. "
        "Maximum length of file path is {} characters.",
    ),
    39119: Text(16, "{} EXTERNAL LANGUAGE failed because it could not open the physical file '{}': {}."),
    39121: Text(
        16,
        'CREATE EXTERNAL LANGUAGE statement failed because the user "{}" specified in the authorization '
        "clause does not exist or have permission.",
    ),
    39122: Text(16, "CREATE statement failed. External language '{}' already exists."),
    39123: Text(16, "{} EXTERNAL LANGUAGE statement failed because the parameter '{}' is not specified."),
    39124: Text(16, "'{}' platform information doesn't exist for the language '{}'."),
    39125: Text(
        16,
        "ALTER EXTERNAL LANGUAGE statement failed because of duplicate file specification. Only one file "
        "specification per platform is allowed.",
    ),
    39126: Text(
        16,
        "ALTER EXTERNAL LANGUAGE REMOVE PLATFORM statement failed because an external language requires at "
        "least one file specification to be defined.",
    ),
    39127: Text(
        16,
        "External script execution for '{}' script ran out of resources. External script request id is: {}.",
    ),
    39128: Text(16, "External language runtime for '{}' could not be provisioned. Error code 0x{}."),
    39129: Text(
        16,
        "Cannot drop external language '{}' because it is being referenced by external library '{}'.",
    ),
    39130: Text(16, "{} statement failed. Language '{}' already exists."),
    39131: Text(16, "{} statement failed. System language '{}' can't be altered or removed."),
    39132: Text(
        16,
        "The parameter '@r_rowsPerRead' is invalid. Parameter '@r_rowsPerRead' must be a positive integer.",
    ),
    39133: Text(
        16,
        "CREATE/ALTER EXTERNAL LANGUAGE statement failed. The environment variables string is invalid.",
    ),
}
