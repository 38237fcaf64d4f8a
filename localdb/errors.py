"""The one exception of localdb and every error number that it may carry.

Texts and severities are SQL Server's: https://learn.microsoft.com/sql/relational-databases/errors-events/
``{}`` stands for an argument. Numbers are sorted; add a number here before raising it anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass


class SqlError(Exception):
    """A SQL Server error. ``line`` is 1-based within the batch or procedure; 0 means not known yet.

    ``severity`` >= 20 ends the connection. ``batch_aborting`` errors end the batch even without XACT_ABORT.
    """

    def __init__(
        self, number: int, message: str, severity: int = 16, state: int = 1, line: int = 0, procedure: str = ""
    ) -> None:
        super().__init__(message)
        self.number = number
        self.message = message
        self.severity = severity
        self.state = state
        self.line = line
        self.procedure = procedure

    def __str__(self) -> str:
        return f"Msg {self.number}, Level {self.severity}, State {self.state}, Line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class _Text:
    severity: int
    template: str


MESSAGES: dict[int, _Text] = {
    102: _Text(15, "Incorrect syntax near '{}'."),
    103: _Text(15, "The identifier that starts with '{}' is too long. Maximum length is 128."),
    105: _Text(15, "Unclosed quotation mark after the character string '{}'."),
    109: _Text(15, "There are more columns in the INSERT statement than values specified in the VALUES clause."),
    110: _Text(15, "There are fewer columns in the INSERT statement than values specified in the VALUES clause."),
    113: _Text(15, "Missing end comment mark '*/'."),
    120: _Text(15, "The select list for the INSERT statement contains fewer items than the insert list."),
    121: _Text(15, "The select list for the INSERT statement contains more items than the insert list."),
    130: _Text(
        15, "Cannot perform an aggregate function on an expression containing an aggregate or a subquery."
    ),
    134: _Text(15, "The variable name '{}' has already been declared."),
    137: _Text(15, 'Must declare the scalar variable "{}".'),
    156: _Text(15, "Incorrect syntax near the keyword '{}'."),
    174: _Text(15, "The {} function requires {} argument(s)."),
    189: _Text(15, "The {} function requires {} to {} arguments."),
    191: _Text(
        15,
        "Some part of your SQL statement is nested too deeply. "
        "Rewrite the query or break it up into smaller queries.",
    ),
    195: _Text(15, "'{}' is not a recognized {}."),
    201: _Text(16, "Procedure or function '{}' expects parameter '{}', which was not supplied."),
    205: _Text(
        16,
        "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of "
        "expressions in their target lists.",
    ),
    206: _Text(16, "Operand type clash: {} is incompatible with {}"),
    207: _Text(16, "Invalid column name '{}'."),
    208: _Text(16, "Invalid object name '{}'."),
    209: _Text(16, "Ambiguous column name '{}'."),
    213: _Text(16, "Column name or number of supplied values does not match table definition."),
    220: _Text(16, "Arithmetic overflow error for data type {}, value = {}."),
    229: _Text(14, "The {} permission was denied on the object '{}', database '{}', schema '{}'."),
    232: _Text(16, "Arithmetic overflow error for type {}, value = {}."),
    241: _Text(16, "Conversion failed when converting date and/or time from character string."),
    242: _Text(
        16, "The conversion of a {} data type to a {} data type resulted in an out-of-range value."
    ),
    245: _Text(16, "Conversion failed when converting the {} value '{}' to data type {}."),
    257: _Text(
        16,
        "Implicit conversion from data type {} to {} is not allowed. Use the CONVERT function to run this query.",
    ),
    262: _Text(14, "{} permission denied in database '{}'."),
    266: _Text(
        16,
        "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. "
        "Previous count = {}, current count = {}.",
    ),
    512: _Text(
        16,
        "Subquery returned more than 1 value. This is not permitted when the subquery follows "
        "=, !=, <, <= , >, >= or when the subquery is used as an expression.",
    ),
    515: _Text(
        16,
        "Cannot insert the value NULL into column '{}', table '{}'; column does not allow nulls. {} fails.",
    ),
    529: _Text(16, "Explicit conversion from data type {} to {} is not allowed."),
    547: _Text(
        16, "The {} statement conflicted with the {} constraint \"{}\". The conflict occurred in database \"{}\", table \"{}\"{}."
    ),
    911: _Text(16, "Database '{}' does not exist. Make sure that the name is entered correctly."),
    1205: _Text(
        13,
        "Transaction (Process ID {}) was deadlocked on {} resources with another process and has been "
        "chosen as the deadlock victim. Rerun the transaction.",
    ),
    1222: _Text(16, "Lock request time out period exceeded."),
    2601: _Text(
        14,
        "Cannot insert duplicate key row in object '{}' with unique index '{}'. The duplicate key value is {}.",
    ),
    2627: _Text(
        14,
        "Violation of {} constraint '{}'. Cannot insert duplicate key in object '{}'. "
        "The duplicate key value is {}.",
    ),
    2628: _Text(
        16, "String or binary data would be truncated in table '{}', column '{}'. Truncated value: '{}'."
    ),
    2705: _Text(
        16, "Column names in each table must be unique. Column name '{}' in table '{}' is specified more than once."
    ),
    2714: _Text(16, "There is already an object named '{}' in the database."),
    2715: _Text(16, "Column, parameter, or variable #{}: Cannot find data type {}."),
    2760: _Text(
        16,
        'The specified schema name "{}" either does not exist or you do not have permission to use it.',
    ),
    2812: _Text(16, "Could not find stored procedure '{}'."),
    3701: _Text(
        11, "Cannot {} the {} '{}', because it does not exist or you do not have permission."
    ),
    3902: _Text(16, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3903: _Text(16, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3930: _Text(
        16,
        "The current transaction cannot be committed and cannot support operations that write to the log "
        "file. Roll back the transaction.",
    ),
    4060: _Text(11, 'Cannot open database "{}" requested by the login. The login failed.'),
    8114: _Text(16, "Error converting data type {} to {}."),
    8115: _Text(16, "Arithmetic overflow error converting {} to data type {}."),
    8134: _Text(16, "Divide by zero error encountered."),
    8144: _Text(16, "Procedure or function {} has too many arguments specified."),
    8145: _Text(16, "{} is not a parameter for procedure {}."),
    8152: _Text(16, "String or binary data would be truncated."),
    8169: _Text(16, "Conversion failed when converting from a character string to uniqueidentifier."),
    11535: _Text(
        16,
        "EXECUTE statement failed because its WITH RESULT SETS clause specified {} result set(s), and the "
        "statement tried to send more result sets than this.",
    ),
    11536: _Text(
        16,
        "EXECUTE statement failed because its WITH RESULT SETS clause specified {} result set(s), but the "
        "statement only sent {} result set(s) at run time.",
    ),
    11537: _Text(
        16,
        "EXECUTE statement failed because its WITH RESULT SETS clause specified {} column(s) for result set "
        "number {}, but the statement sent {} column(s) at run time.",
    ),
    18456: _Text(14, "Login failed for user '{}'."),
    # Azure SQL's wording for what an edition lacks: localdb's refusals carry these numbers.
    40510: _Text(16, "Statement '{}' is not supported in this version of SQL Server."),
    40514: _Text(16, "'{}' is not supported in this version of SQL Server."),
    40517: _Text(16, "Keyword or statement option '{}' is not supported in this version of SQL Server."),
}


def sql_error(number: int, *arguments: object, state: int = 1, line: int = 0) -> SqlError:
    """The error ``number`` with its text filled in: ``raise sql_error(208, "dbo.t")``."""
    text = MESSAGES[number]
    return SqlError(number, text.template.format(*arguments), text.severity, state, line)
