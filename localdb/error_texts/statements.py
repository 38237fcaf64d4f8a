"""What a statement says: its syntax, names, types and values (numbers below 1000). Sorted."""

from __future__ import annotations

from localdb.error_texts.text import Text

STATEMENTS: dict[int, Text] = {
    102: Text(15, "Incorrect syntax near '{}'."),
    103: Text(15, "The identifier that starts with '{}' is too long. Maximum length is 128."),
    104: Text(
        15,
        "ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT "
        "or EXCEPT operator.",
    ),
    105: Text(15, "Unclosed quotation mark after the character string '{}'."),
    107: Text(
        15,
        "The column prefix '{}' does not match with a table name or alias name used in the query.",
    ),
    108: Text(
        15,
        "The ORDER BY position number {} is out of range of the number of items in the select list.",
    ),
    109: Text(
        15, "There are more columns in the INSERT statement than values specified in the VALUES clause."
    ),
    110: Text(
        15, "There are fewer columns in the INSERT statement than values specified in the VALUES clause."
    ),
    111: Text(15, "'{}' must be the first statement in a query batch."),
    113: Text(15, "Missing end comment mark '*/'."),
    116: Text(
        15,
        "Only one expression can be specified in the select list when the subquery is not introduced "
        "with EXISTS.",
    ),
    117: Text(
        15, "The object name '{}' contains more than the maximum number of prefixes. The maximum is 3."
    ),
    119: Text(
        15,
        "Must pass parameter number {} and subsequent parameters as '@name = value'. After the form "
        "'@name = value' has been used, all subsequent parameters must be passed in the form '@name "
        "= value'.",
    ),
    120: Text(15, "The select list for the INSERT statement contains fewer items than the insert list."),
    121: Text(15, "The select list for the INSERT statement contains more items than the insert list."),
    127: Text(15, "A TOP N or FETCH rowcount value may not be negative."),
    128: Text(
        15,
        'The name "{}" is not permitted in this context. Valid expressions are constants, constant '
        "expressions, and (in some contexts) variables. Column names are not permitted.",
    ),
    130: Text(
        15, "Cannot perform an aggregate function on an expression containing an aggregate or a subquery."
    ),
    131: Text(15, "The size ({}) given to the {} '{}' exceeds the maximum allowed for any data type ({})."),
    134: Text(15, "The variable name '{}' has already been declared."),
    137: Text(15, 'Must declare the scalar variable "{}".'),
    141: Text(
        15,
        "A SELECT statement that assigns a value to a variable must not be combined with "
        "data-retrieval operations.",
    ),
    144: Text(
        15,
        "Cannot use an aggregate or a subquery in an expression used for the group by list of a "
        "GROUP BY clause.",
    ),
    145: Text(15, "ORDER BY items must appear in the select list if SELECT DISTINCT is specified."),
    147: Text(
        15,
        "An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a "
        "HAVING clause or a select list, and the column being aggregated is an outer reference.",
    ),
    148: Text(15, "Incorrect time syntax in time string '{}' used with WAITFOR."),
    154: Text(15, "a USE database statement is not allowed in a procedure, function or trigger."),
    155: Text(15, "'{}' is not a recognized {} option."),
    156: Text(15, "Incorrect syntax near the keyword '{}'."),
    164: Text(
        15,
        "Each GROUP BY expression must contain at least one column that is not an outer reference.",
    ),
    166: Text(15, "'{}' does not allow specifying the database name as a prefix to the object name."),
    168: Text(
        15,
        "The floating point value '{}' is out of the range of computer representation (8 bytes).",
    ),
    174: Text(15, "The {} function requires {} argument(s)."),
    178: Text(15, "A RETURN statement with a return value cannot be used in this context."),
    189: Text(15, "The {} function requires {} to {} arguments."),
    191: Text(
        15,
        "Some part of your SQL statement is nested too deeply. "
        "Rewrite the query or break it up into smaller queries.",
    ),
    192: Text(15, "The scale must be less than or equal to the precision."),
    193: Text(
        15, "The object or column name starting with '{}' is too long. The maximum length is 116 characters."
    ),
    195: Text(15, "'{}' is not a recognized {}."),
    201: Text(16, "Procedure or function '{}' expects parameter '{}', which was not supplied."),
    205: Text(
        16,
        "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of "
        "expressions in their target lists.",
    ),
    206: Text(16, "Operand type clash: {} is incompatible with {}"),
    207: Text(16, "Invalid column name '{}'."),
    208: Text(16, "Invalid object name '{}'."),
    209: Text(16, "Ambiguous column name '{}'."),
    213: Text(16, "Column name or number of supplied values does not match table definition."),
    214: Text(16, "Procedure expects parameter 'separator' of type 'nchar(1)/nvarchar(1)'."),
    217: Text(16, "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32)."),
    220: Text(16, "Arithmetic overflow error for data type {}, value = {}."),
    226: Text(16, "{} statement not allowed within multi-statement transaction."),
    232: Text(16, "Arithmetic overflow error for type {}, value = {}."),
    234: Text(16, "There is insufficient result space to convert a money value to {}."),
    235: Text(16, "Cannot convert a char value to money. The char value has incorrect syntax."),
    239: Text(16, "Duplicate common table expression name '{}' was specified."),
    240: Text(
        16,
        'Types don\'t match between the anchor and the recursive part in column "{}" of recursive '
        'query "{}".',
    ),
    241: Text(16, "Conversion failed when converting date and/or time from character string."),
    242: Text(16, "The conversion of a {} data type to a {} data type resulted in an out-of-range value."),
    244: Text(
        16,
        "The conversion of the {} value '{}' overflowed an {} column. Use a larger integer column.",
    ),
    245: Text(16, "Conversion failed when converting the {} value '{}' to data type {}."),
    248: Text(16, "The conversion of the {} value '{}' overflowed an int column."),
    252: Text(16, "Recursive common table expression '{}' does not contain a top-level UNION ALL operator."),
    253: Text(16, "Recursive member of a common table expression '{}' has multiple recursive references."),
    257: Text(
        16,
        "Implicit conversion from data type {} to {} is not allowed. Use the CONVERT function to run "
        "this query.",
    ),
    259: Text(16, "Ad hoc updates to system catalogs are not allowed."),
    263: Text(16, "Must specify table to select from."),
    264: Text(
        16,
        "The column name '{}' is specified more than once in the SET clause or column list of an "
        "INSERT. A column cannot be assigned more than one value in the same clause. Modify the clause "
        "to make sure that a column is updated only once. If this statement updates or inserts columns "
        "into a view, column aliasing can conceal the duplication in your code.",
    ),
    266: Text(
        16,
        "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. "
        "Previous count = {}, current count = {}.",
    ),
    281: Text(16, "{} is not a valid style number when converting from {} to a character string."),
    289: Text(16, "Cannot construct data type {}, some of the arguments have values which are not valid."),
    293: Text(16, "Cannot convert char value to smallmoney. The char value has incorrect syntax."),
    295: Text(16, "Conversion failed when converting character string to smalldatetime data type."),
    319: Text(
        15,
        "Incorrect syntax near the keyword 'with'. If this statement is a common table expression, "
        "an xmlnamespaces clause or a change tracking context clause, the previous statement must be "
        "terminated with a semicolon.",
    ),
    332: Text(
        16,
        "The target table '{}' of the OUTPUT INTO clause cannot be on either side of a (primary key, "
        "foreign key) relationship. Found reference constraint '{}'.",
    ),
    333: Text(
        16,
        "The target table '{}' of the OUTPUT INTO clause cannot have any enabled check constraints or "
        "any enabled rules. Found check constraint or rule '{}'.",
    ),
    339: Text(16, "DEFAULT or NULL are not allowed as explicit identity values."),
    402: Text(16, "The data types {} and {} are incompatible in the {} operator."),
    408: Text(16, "A constant expression was encountered in the ORDER BY list, position {}."),
    447: Text(16, "Expression type {} is invalid for COLLATE clause."),
    460: Text(
        16,
        "DISTINCT operator is not allowed in the recursive part of a recursive common table expression '{}'.",
    ),
    461: Text(
        16,
        "TOP or OFFSET operator is not allowed in the recursive part of a recursive common table "
        "expression '{}'.",
    ),
    462: Text(
        16,
        "Outer join is not allowed in the recursive part of a recursive common table expression '{}'.",
    ),
    465: Text(16, "Recursive references are not allowed in subqueries."),
    467: Text(
        16,
        "GROUP BY, HAVING, or aggregate functions are not allowed in the recursive part of a "
        "recursive common table expression '{}'.",
    ),
    468: Text(16, 'Cannot resolve the collation conflict between "{}" and "{}" in the {} operation.'),
    483: Text(15, "The OUTPUT clause cannot be used in an INSERT...EXEC statement."),
    506: Text(16, 'The invalid escape character "{}" was specified in a LIKE predicate.'),
    512: Text(
        16,
        "Subquery returned more than 1 value. This is not permitted when the subquery follows "
        "=, !=, <, <= , >, >= or when the subquery is used as an expression.",
    ),
    515: Text(
        16,
        "Cannot insert the value NULL into column '{}', table '{}'; column does not allow nulls. {} fails.",
    ),
    517: Text(16, "Adding a value to a '{}' column caused an overflow."),
    529: Text(16, "Explicit conversion from data type {} to {} is not allowed."),
    530: Text(
        16,
        "The statement terminated. The maximum recursion {} has been exhausted before statement completion.",
    ),
    535: Text(
        16,
        "The datediff function resulted in an overflow. The number of dateparts separating "
        "two date/time instances is too large. Try to use datediff with a less precise "
        "datepart.",
    ),
    536: Text(16, "Invalid length parameter passed to the {} function."),
    537: Text(16, "Invalid length parameter passed to the LEFT or SUBSTRING function."),
    544: Text(
        16,
        "Cannot insert explicit value for identity column in table '{}' when IDENTITY_INSERT is set to OFF.",
    ),
    545: Text(
        16,
        "Explicit value must be specified for identity column in table '{}' either when IDENTITY_INSERT"
        " is set to ON or when a replication user is inserting into a NOT FOR REPLICATION identity "
        "column.",
    ),
    547: Text(
        16,
        'The {} statement conflicted with the {} constraint "{}". The conflict occurred in database '
        '"{}", table "{}"{}.',
    ),
    574: Text(16, "{} statement cannot be used inside a user transaction."),
    701: Text(17, "There is insufficient system memory in resource pool '{}' to run this query."),
    911: Text(16, "Database '{}' does not exist. Make sure that the name is entered correctly."),
}
