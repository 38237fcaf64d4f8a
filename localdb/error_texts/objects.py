"""What a statement works on: objects, rows, transactions, procedures, and what is refused. Sorted."""

from __future__ import annotations

from localdb.error_texts.text import Text

OBJECTS: dict[int, Text] = {
    1001: Text(15, "Line {}: Length or precision specification {} is invalid."),
    1002: Text(15, "Line {}: Specified scale {} is invalid."),
    1007: Text(
        15,
        "The number '{}' is out of the range for numeric representation (maximum precision 38).",
    ),
    1011: Text(16, "The correlation name '{}' is specified multiple times in a FROM clause."),
    1013: Text(
        16,
        'The objects "{}" and "{}" in the FROM clause have the same exposed names. Use correlation '
        "names to distinguish them.",
    ),
    1015: Text(
        15,
        "An aggregate cannot appear in an ON clause unless it is in a subquery contained in a HAVING "
        "clause or select list, and the column being aggregated is an outer reference.",
    ),
    1023: Text(15, "Invalid parameter {} specified for {}."),
    1031: Text(15, "Percent values must be between 0 and 100."),
    1033: Text(
        15,
        "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and "
        "common table expressions, unless TOP, OFFSET or FOR XML is also specified.",
    ),
    1038: Text(
        15,
        "An object or column name is missing or empty. For SELECT INTO statements, verify each "
        'column has a name. For other statements, look for empty alias names. Aliases defined as "" '
        "or [] are not allowed. Change the alias to a valid name.",
    ),
    1046: Text(15, "Subqueries are not allowed in this context. Only scalar expressions are allowed."),
    1060: Text(
        15,
        "The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer.",
    ),
    1062: Text(15, "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause."),
    1039: Text(16, "Option '{}' is specified more than once."),
    1080: Text(15, "The integer value {} is out of range."),
    1087: Text(15, 'Must declare the table variable "{}".'),
    1088: Text(16, 'Cannot find the object "{}" because it does not exist or you do not have permissions.'),
    1105: Text(17, "Could not allocate space for the database because the disk is full."),
    1205: Text(
        13,
        "Transaction (Process ID {}) was deadlocked on {} resources with another process and has been "
        "chosen as the deadlock victim. Rerun the transaction.",
    ),
    1222: Text(16, "Lock request time out period exceeded."),
    1505: Text(
        16,
        "The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the "
        "object name '{}' and the index name '{}'. The duplicate key value is {}.",
    ),
    1750: Text(16, "Could not create constraint or index. See previous errors."),
    1752: Text(16, "Column '{}' in table '{}' is invalid for creating a default constraint."),
    1754: Text(
        16, "Defaults cannot be created on columns with an IDENTITY attribute. Table '{}', column '{}'."
    ),
    1763: Text(16, "Cross-database foreign key references are not supported. Foreign key '{}'."),
    1767: Text(16, "Foreign key '{}' references invalid table '{}'."),
    1769: Text(16, "Foreign key '{}' references invalid column '{}' in referencing table '{}'."),
    1770: Text(16, "Foreign key '{}' references invalid column '{}' in referenced table '{}'."),
    1773: Text(
        16,
        "Foreign key '{}' has implicit reference to object '{}' which does not have a primary key "
        "defined on it.",
    ),
    1776: Text(
        16,
        "There are no primary or candidate keys in the referenced table '{}' that match the "
        "referencing column list in the foreign key '{}'.",
    ),
    1778: Text(16, "Column '{}' is not the same data type as referencing column '{}' in foreign key '{}'."),
    1779: Text(16, "Table '{}' already has a primary key defined on it."),
    1781: Text(16, "Column already has a DEFAULT bound to it."),
    1801: Text(16, "Database '{}' already exists. Choose a different database name."),
    1909: Text(16, "Cannot use duplicate column names in index. Column name '{}' listed more than once."),
    1911: Text(16, "Column name '{}' does not exist in the target table or view."),
    1913: Text(
        16, "The operation failed because an index or statistics with name '{}' already exists on table '{}'."
    ),
    1919: Text(
        16, "Column '{}' in table '{}' is of a type that is invalid for use as a key column in an index."
    ),
    1921: Text(16, "Invalid {} '{}' specified."),
    2010: Text(16, "Cannot perform alter on '{}' because it is an incompatible object type."),
    2601: Text(
        14,
        "Cannot insert duplicate key row in object '{}' with unique index '{}'. The duplicate key "
        "value is {}.",
    ),
    2627: Text(
        14,
        "Violation of {} constraint '{}'. Cannot insert duplicate key in object '{}'. "
        "The duplicate key value is {}.",
    ),
    2628: Text(
        16, "String or binary data would be truncated in table '{}', column '{}'. Truncated value: '{}'."
    ),
    2705: Text(
        16,
        "Column names in each table must be unique. Column name '{}' in table '{}' is specified more "
        "than once.",
    ),
    2714: Text(16, "There is already an object named '{}' in the database."),
    2715: Text(16, "Column, parameter, or variable #{}: Cannot find data type {}."),
    2716: Text(16, "Column, parameter, or variable #{}: Cannot specify a column width on data type {}."),
    2717: Text(15, "The size ({}) given to the {} '{}' exceeds the maximum allowed ({})."),
    2744: Text(
        16,
        "Multiple identity columns specified for table '{}'. Only one identity column per table is allowed.",
    ),
    2747: Text(
        16, "Too many substitution parameters for RAISERROR. Cannot exceed 20 substitution parameters."
    ),
    2749: Text(
        16,
        "Identity column '{}' must be of data type int, bigint, smallint, tinyint, or decimal or "
        "numeric with a scale of 0, unencrypted, and constrained to be nonnullable.",
    ),
    2750: Text(
        16,
        "Column or parameter #{}: Specified column precision {} is greater than the maximum precision of {}.",
    ),
    2753: Text(16, "Identity column '{}' contains invalid INCREMENT."),
    2754: Text(
        16,
        "Error severity levels greater than 18 can only be specified by members of the sysadmin "
        "role, using the WITH LOG option.",
    ),
    2760: Text(
        16,
        'The specified schema name "{}" either does not exist or you do not have permission to use it.',
    ),
    2778: Text(16, "Only System Administrator can specify WITH LOG option for RAISERROR command."),
    2786: Text(
        16,
        "The data type of substitution parameter {} does not match the expected type of the format "
        "specification.",
    ),
    2787: Text(16, "Invalid format specification: '{}'."),
    2812: Text(16, "Could not find stored procedure '{}'."),
    3617: Text(16, "The statement was cancelled."),
    3623: Text(16, "An invalid floating point operation occurred."),
    3701: Text(11, "Cannot {} the {} '{}', because it does not exist or you do not have permission."),
    3702: Text(16, 'Cannot drop database "{}" because it is currently in use.'),
    3705: Text(16, "Cannot use DROP {} with '{}' because '{}' is a {}. Use DROP {}."),
    3708: Text(16, "Cannot drop database '{}' because it is a system database."),
    3725: Text(16, "The constraint '{}' is being referenced by table '{}', foreign key constraint '{}'."),
    3726: Text(16, "Could not drop object '{}' because it is referenced by a FOREIGN KEY constraint."),
    3728: Text(16, "'{}' is not a constraint."),
    3729: Text(16, "Cannot drop schema '{}' because it is being referenced by object '{}'."),
    3902: Text(16, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3903: Text(16, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3915: Text(16, "Cannot use the ROLLBACK statement within an INSERT-EXEC statement."),
    3916: Text(
        16,
        "Cannot use the COMMIT statement within an INSERT-EXEC statement unless BEGIN TRANSACTION "
        "is used first.",
    ),
    3930: Text(
        16,
        "The current transaction cannot be committed and cannot support operations that write to the log "
        "file. Roll back the transaction.",
    ),
    3960: Text(16, "Snapshot isolation transaction aborted due to update conflict. Retry the transaction."),
    3998: Text(
        16, "Uncommittable transaction is detected at the end of the batch. The transaction is rolled back."
    ),
    4060: Text(11, 'Cannot open database "{}" requested by the login. The login failed.'),
    4104: Text(16, 'The multi-part identifier "{}" could not be bound.'),
    4108: Text(15, "Windowed functions can only appear in the SELECT or ORDER BY clauses."),
    4109: Text(
        15, "Windowed functions cannot be used in the context of another windowed function or aggregate."
    ),
    4112: Text(15, "The function '{}' must have an OVER clause with ORDER BY."),
    4113: Text(
        15,
        "The function '{}' is not a valid windowing function, and cannot be used with the OVER clause.",
    ),
    4116: Text(15, "The function 'ntile' takes only a positive int or bigint expression as its input."),
    4121: Text(
        16,
        'Cannot find either column "{}" or the user-defined function or aggregate "{}", or '
        "the name is ambiguous.",
    ),
    4127: Text(
        16,
        "At least one of the arguments to COALESCE must be an expression that is not the NULL constant.",
    ),
    4145: Text(
        15,
        "An expression of non-boolean type specified in a context where a condition is expected, near '{}'.",
    ),
    4151: Text(
        16,
        "The type of the first argument to NULLIF cannot be the NULL constant because the "
        "type of the first argument has to be known.",
    ),
    4193: Text(16, "'{}' is not a valid window frame and cannot be used with the OVER clause."),
    4194: Text(16, "RANGE is only supported with UNBOUNDED and CURRENT ROW window frame delimiters."),
    4195: Text(
        15,
        'The reference to column "{}" is not allowed in an argument to the NTILE function. Only '
        "references to columns at an outer scope or standalone expressions and subqueries are allowed here.",
    ),
    4199: Text(16, "Argument value 0 is invalid for argument 3 of generate_series function."),
    4406: Text(
        16,
        "Update or insert of view or function '{}' failed because it contains a derived or constant field.",
    ),
    4413: Text(16, "Could not use view or function '{}' because of binding errors."),
    4506: Text(
        16,
        "Column names in each view or function must be unique. Column name '{}' in view or function"
        " '{}' is specified more than once.",
    ),
    4508: Text(
        16,
        "Views or functions are not allowed on temporary tables. Table names that begin with '#' "
        "denote temporary tables.",
    ),
    4511: Text(16, "Create View or Function failed because no column name was specified for column {}."),
    4701: Text(16, 'Cannot find the object "{}" because it does not exist or you do not have permissions.'),
    4712: Text(16, "Cannot truncate table '{}' because it is being referenced by a FOREIGN KEY constraint."),
    4901: Text(
        16,
        "ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT "
        "definition specified, or the column being added is an identity or timestamp column, or "
        "alternatively if none of the previous conditions are satisfied the table must be empty to "
        "allow addition of this column. Column '{}' cannot be added to non-empty table '{}' because"
        " it does not satisfy these conditions.",
    ),
    4902: Text(16, 'Cannot find the object "{}" because it does not exist or you do not have permissions.'),
    4909: Text(16, "Cannot alter '{}' because it is not a table."),
    4922: Text(16, "{} {} failed because one or more objects access this column."),
    4923: Text(
        16,
        "ALTER TABLE DROP COLUMN failed because '{}' is the only data column in table '{}'. A table"
        " must have at least one data column.",
    ),
    4924: Text(16, "{} failed because column '{}' does not exist in table '{}'."),
    5074: Text(16, "The {} '{}' is dependent on column '{}'."),
    5308: Text(
        16,
        "Windowed functions, aggregates and NEXT VALUE FOR functions do not support integer "
        "indices as ORDER BY clause expressions.",
    ),
    5309: Text(
        16,
        "Windowed functions, aggregates and NEXT VALUE FOR functions do not support constants "
        "as ORDER BY clause expressions.",
    ),
    5324: Text(
        15,
        "In a MERGE statement, a '{}' clause with a search condition cannot appear after a '{}' clause "
        "with no search condition.",
    ),
    5373: Text(
        16,
        "All the input parameters should be of the same type. Supported types are tinyint, smallint, "
        "int, bigint, decimal and numeric.",
    ),
    6401: Text(16, "Cannot roll back {}. No transaction or savepoint of that name was found."),
    8009: Text(
        16,
        "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. "
        'Parameter {} ("{}"): Data type 0x{} is unknown.',
    ),
    8016: Text(
        16,
        "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. "
        'Parameter {} ("{}"): Data type 0x{} has an invalid data length or metadata length.',
    ),
    8023: Text(
        16,
        "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. "
        'Parameter {} ("{}"): The supplied value is not a valid instance of data type {}. '
        "Check the source data for invalid values.",
    ),
    8101: Text(
        16,
        "An explicit value for the identity column in table '{}' can only be specified when a column "
        "list is used and IDENTITY_INSERT is ON.",
    ),
    8102: Text(16, "Cannot update identity column '{}'."),
    8106: Text(16, "Table '{}' does not have the identity property. Cannot perform SET operation."),
    8107: Text(
        16, "IDENTITY_INSERT is already ON for table '{}'. Cannot perform SET operation for table '{}'."
    ),
    8110: Text(16, "Cannot add multiple PRIMARY KEY constraints to table '{}'."),
    8111: Text(16, "Cannot define PRIMARY KEY constraint on nullable column in table '{}'."),
    8114: Text(16, "Error converting data type {} to {}."),
    8115: Text(16, "Arithmetic overflow error converting {} to data type {}."),
    8116: Text(16, "Argument data type {} is invalid for argument {} of {} function."),
    8117: Text(16, "Operand data type {} is invalid for {} operator."),
    8120: Text(
        16,
        "Column '{}' is invalid in the select list because it is not contained in either an "
        "aggregate function or the GROUP BY clause.",
    ),
    8121: Text(
        16,
        "Column '{}' is invalid in the HAVING clause because it is not contained in either an "
        "aggregate function or the GROUP BY clause.",
    ),
    8124: Text(
        16,
        "Multiple columns are specified in an aggregated expression containing an outer reference. "
        "If an expression being aggregated contains an outer reference, then that outer reference "
        "must be the only column referenced in the expression.",
    ),
    8127: Text(
        16,
        'Column "{}" is invalid in the ORDER BY clause because it is not contained in either an '
        "aggregate function or the GROUP BY clause.",
    ),
    8133: Text(
        16,
        "At least one of the result expressions in a CASE specification must be an expression "
        "other than the NULL constant.",
    ),
    8134: Text(16, "Divide by zero error encountered."),
    8139: Text(
        16,
        "Number of referencing columns in foreign key differs from number of referenced columns, table '{}'.",
    ),
    8143: Text(16, "Parameter '{}' was supplied multiple times."),
    8144: Text(16, "Procedure or function {} has too many arguments specified."),
    8145: Text(16, "{} is not a parameter for procedure {}."),
    8147: Text(16, "Could not create IDENTITY attribute on nullable column '{}', table '{}'."),
    8152: Text(16, "String or binary data would be truncated."),
    8154: Text(15, "The table '{}' is ambiguous."),
    8155: Text(16, "No column name was specified for column {} of '{}'."),
    8156: Text(16, "The column '{}' was specified multiple times for '{}'."),
    8158: Text(16, "'{}' has more columns than were specified in the column list."),
    8159: Text(16, "'{}' has fewer columns than were specified in the column list."),
    8161: Text(
        16,
        "Argument {} of the {} function does not match any of the expressions in the GROUP BY clause.",
    ),
    8162: Text(
        16,
        'The formal parameter "{}" was not declared as an OUTPUT parameter, but the actual parameter '
        "passed in "
        "requested output.",
    ),
    8164: Text(16, "An INSERT EXEC statement cannot be nested."),
    8169: Text(16, "Conversion failed when converting from a character string to uniqueidentifier."),
    8170: Text(16, "Insufficient result space to convert uniqueidentifier value to char."),
    8179: Text(16, "Could not find prepared statement with handle {}."),
    8624: Text(
        16,
        "Internal Query Processor Error: The query processor could not produce a query plan. {}",
    ),
    8630: Text(
        17,
        "Internal Query Processor Error: The query processor encountered an unexpected error during "
        "execution (HRESULT = 0x{}).",
    ),
    8672: Text(
        16,
        "The MERGE statement attempted to UPDATE or DELETE the same row more than once. This happens "
        "when a target row matches more than one source row. A MERGE statement cannot UPDATE/DELETE the"
        " same row of the target table multiple times. Refine the ON clause to ensure a target row "
        "matches at most one source row, or use the GROUP BY clause to group the source rows.",
    ),
    8730: Text(16, "Offset parameter for Lag and Lead functions cannot be a negative value."),
    8733: Text(16, "Separator parameter for STRING_AGG must be a string literal or variable."),
    8734: Text(
        16,
        "Separator parameter for STRING_AGG cannot be large object type such as VARCHAR(MAX) or "
        "NVARCHAR(MAX).",
    ),
    9806: Text(16, "The datepart {} is not supported by date function {}."),
    9809: Text(16, "The style {} is not supported for conversions from {} to {}."),
    9810: Text(16, "The datepart {} is not supported by date function {} for data type {}."),
    9812: Text(16, "The timezone provided to builtin function is invalid."),
    9828: Text(
        16,
        "The second and third arguments of the TRANSLATE built-in function must contain an "
        "equal number of characters.",
    ),
    9829: Text(
        16,
        "STRING_AGG aggregation result exceeded the limit of 8000 bytes. Use LOB types to "
        "avoid result truncation.",
    ),
    10704: Text(
        15,
        "To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the THROW"
        " statement inside a CATCH block, or add error parameters to the THROW statement.",
    ),
    10709: Text(16, "The number of columns for each row in a table value constructor must be the same."),
    10710: Text(15, "An action of type '{}' is not allowed in the '{}' clause of a MERGE statement."),
    10713: Text(15, "A MERGE statement must be terminated by a semi-colon (;)."),
    10714: Text(
        15,
        "An action of type '{}' cannot appear more than once in a '{}' clause of a MERGE statement.",
    ),
    10738: Text(
        15,
        "The number of row value expressions in the INSERT statement exceeds the maximum allowed number"
        " of {} row values.",
    ),
    10741: Text(15, "A TOP can not be used in the same query or sub-query as a OFFSET."),
    10742: Text(15, "The offset specified in a OFFSET clause may not be negative."),
    10744: Text(15, "The number of rows provided for a FETCH clause must be greater then zero."),
    10752: Text(15, "The function '{}' may not have a window frame."),
    10753: Text(15, "The function '{}' must have an OVER clause."),
    10756: Text(15, "Window frame with ROWS or RANGE must have an ORDER BY clause."),
    10757: Text(15, "The function '{}' may not have a WITHIN GROUP clause."),
    10759: Text(15, "Use of DISTINCT is not allowed with the OVER clause."),
    10760: Text(
        16,
        "Scale argument is not valid. Valid expressions for scale argument are integer "
        "constants and integer constant expressions.",
    ),
    11521: Text(
        16,
        "The metadata could not be determined because statement '{}' uses an undeclared parameter in a "
        "context that affects its metadata.",
    ),
    11535: Text(
        16,
        "EXECUTE statement failed because its WITH RESULT SETS clause specified {} result set(s), and the "
        "statement tried to send more result sets than this.",
    ),
    11536: Text(
        16,
        "EXECUTE statement failed because its WITH RESULT SETS clause specified {} result set(s), but the "
        "statement only sent {} result set(s) at run time.",
    ),
    11537: Text(
        16,
        "EXECUTE statement failed because its WITH RESULT SETS clause specified {} column(s) for result set "
        "number {}, but the statement sent {} column(s) at run time.",
    ),
    11538: Text(
        16,
        "EXECUTE statement failed because its WITH RESULT SETS clause specified type '{}' for "
        "column #{} in result set #{}, and the corresponding type sent at run time was '{}'; there "
        "is no conversion between the two types.",
    ),
    11553: Text(
        16,
        "EXECUTE statement failed because its WITH RESULT SETS clause specified a non-nullable type"
        " for column #{} in result set #{}, and the corresponding value sent at run time was null.",
    ),
    13607: Text(
        16,
        "JSON path is not properly formatted. Unexpected character '{}' is found at position {}.",
    ),
    13609: Text(
        16,
        "JSON text is not properly formatted. Unexpected character '{}' is found at position {}.",
    ),
    13618: Text(16, "AS JSON option can be specified only for column of nvarchar(max) type in WITH clause."),
    15002: Text(16, "The procedure '{}' cannot be executed within a transaction."),
    15007: Text(16, "'{}' is not a valid login or you do not have permission."),
    15009: Text(16, "The object '{}' does not exist in database '{}' or is invalid for this operation."),
    15123: Text(16, "The configuration option '{}' does not exist, or it may be an advanced option."),
    15124: Text(16, "The configuration option '{}' is not unique."),
    15129: Text(16, "'{}' is not a valid value for configuration option '{}'."),
    15150: Text(16, "Cannot {} the {} '{}'."),
    15250: Text(
        16, "The database name component of the object qualifier must be the name of the current database."
    ),
    15252: Text(16, "The primary or foreign key table name must be given."),
    15472: Text(10, "The object '{}' does not have any indexes, or you do not have permissions."),
    17802: Text(
        20,
        "The Tabular Data Stream (TDS) version 0x{} of the client library used to open the connection is "
        "unsupported or unknown. The connection has been closed.",
    ),
    17809: Text(
        20,
        "Could not connect because the maximum number of '{}' user connections has already been reached. "
        "The system administrator can use sp_configure to increase the maximum value. "
        "The connection has been closed.",
    ),
    17828: Text(
        20,
        "The prelogin packet used to open the connection is structurally invalid; the connection has been "
        "closed. Please contact the vendor of the client library. [{}]",
    ),
    17832: Text(
        20,
        "The login packet used to open the connection is structurally invalid; the connection has been "
        "closed. Please contact the vendor of the client library. [{}]",
    ),
    17836: Text(
        20,
        "Length specified in network packet payload did not match number of bytes read; the connection has "
        "been closed. Please contact the vendor of the client library. [{}]",
    ),
    18054: Text(
        16,
        "Error {}, severity {}, state {} was raised, but no message with that error number was "
        "found in sys.messages. If error is larger than 50000, make sure the user-defined message "
        "is added using sp_addmessage.",
    ),
    18452: Text(
        14,
        "Login failed. The login is from an untrusted domain and cannot be used with Integrated "
        "authentication.",
    ),
    35100: Text(
        16,
        "Error number {} in the THROW statement is outside the valid range. Specify an error number"
        " in the valid range of 50000 to 2147483647.",
    ),
    # Azure SQL's wording for what an edition lacks: localdb's refusals carry these numbers.
    40510: Text(16, "Statement '{}' is not supported in this version of SQL Server."),
    40514: Text(16, "'{}' is not supported in this version of SQL Server."),
    40517: Text(16, "Keyword or statement option '{}' is not supported in this version of SQL Server."),
}
