"""Logins, users, roles and permissions. Sorted."""

from __future__ import annotations

from localdb.error_texts.text import Text

SECURITY: dict[int, Text] = {
    229: Text(14, "The {} permission was denied on the object '{}', database '{}', schema '{}'."),
    262: Text(14, "{} permission denied in database '{}'."),
    297: Text(16, "The user does not have permission to perform this action."),
    300: Text(14, "{} permission was denied on object '{}', database '{}'."),
    916: Text(
        14,
        'The server principal "{}" is not able to access the database "{}" under the current '
        "security context.",
    ),
    4064: Text(11, "Cannot open user default database. Login failed."),
    4606: Text(16, "Granted or revoked privilege {} is not compatible with object."),
    4610: Text(16, "You can only grant or revoke permissions on objects in the current database."),
    4611: Text(16, "To revoke or deny grantable privileges, specify the CASCADE option."),
    4613: Text(16, "Grantor does not have GRANT permission."),
    4617: Text(16, "Cannot grant, deny or revoke permissions to or from special roles."),
    4619: Text(16, "CREATE DATABASE permission can only be granted in the master database."),
    4620: Text(
        16,
        "All permissions in a grant/deny/revoke statement should be at the same scope (e.g., server "
        "or database)",
    ),
    4621: Text(16, "Permissions at the server scope can only be granted when the current database is master"),
    4624: Text(
        10,
        "Cannot grant, deny, or revoke permissions to sa, dbo, entity owner, information_schema, "
        "sys, or yourself.",
    ),
    4627: Text(
        16,
        "Cannot grant, deny, or revoke the connect database permission to roles and application roles.",
    ),
    4628: Text(
        10,
        "The ALL permission is deprecated and maintained only for compatibility. It DOES NOT imply "
        "ALL permissions defined on the entity.",
    ),
    5812: Text(14, "You do not have permission to run the RECONFIGURE statement."),
    15004: Text(16, "Name cannot be NULL."),
    15006: Text(16, "'{}' is not a valid name because it contains invalid characters."),
    15010: Text(
        16,
        "The database '{}' does not exist. Supply a valid database name. To see available databases, "
        "use sys.databases.",
    ),
    15014: Text(16, "The role '{}' does not exist in the current database."),
    15023: Text(16, "User, group, or role '{}' already exists in the current database."),
    15025: Text(16, "The server principal '{}' already exists."),
    15063: Text(16, "The login already has an account under a different user name."),
    15081: Text(16, "Membership of the public role cannot be changed."),
    15109: Text(16, "Cannot change the owner of the master, model, tempdb or distribution database."),
    15110: Text(16, "The proposed new database owner is already a user or aliased in the database."),
    15116: Text(
        16,
        "Password validation failed. The password does not meet the operating system policy "
        "requirements because it is too short.",
    ),
    15118: Text(
        16,
        "Password validation failed. The password does not meet the operating system policy "
        "requirements because it is not complex enough.",
    ),
    15122: Text(16, "The CHECK_EXPIRATION option cannot be used when CHECK_POLICY is OFF."),
    15136: Text(
        16,
        "The database principal is set as the execution context of one or more procedures, functions, or "
        "event notifications and cannot be dropped.",
    ),
    15138: Text(16, "The database principal owns a {} in the database, and cannot be dropped."),
    15141: Text(16, "The server principal owns one or more {}(s) and cannot be dropped."),
    15144: Text(16, "The role has members. It must be empty before it can be dropped."),
    15151: Text(16, "Cannot {} the {} '{}', because it does not exist or you do not have permission."),
    15156: Text(
        16,
        "The password that you specified is too long. The password should have no more than {} characters.",
    ),
    15173: Text(
        16,
        "Server principal '{}' has granted one or more permission(s). Revoke the permission(s) "
        "before dropping the server principal.",
    ),
    15174: Text(
        16,
        "Login '{}' owns one or more database(s). Change the owner of the database(s) before "
        "dropping the login.",
    ),
    15182: Text(16, "Cannot disable access to the guest user in master or tempdb."),
    15196: Text(16, 'The current security context is non-revertible. The "Revert" statement failed.'),
    15198: Text(16, "The name supplied ({}) is not a user, role, or aliased login."),
    15199: Text(
        16,
        "The current security context cannot be reverted. Please switch to the original database where "
        "'Execute As' was called and try it again.",
    ),
    15247: Text(16, "User does not have permission to perform this action."),
    15284: Text(
        16,
        "The database principal has granted or denied permissions to objects in the database and "
        "cannot be dropped.",
    ),
    15345: Text(
        16,
        "An entity of type {} cannot be owned by a role, a group, or by principals mapped to "
        "certificates or asymmetric keys.",
    ),
    15402: Text(11, "'{}' is not a fixed server role."),
    15405: Text(11, "Cannot use the special principal '{}'."),
    15406: Text(
        16,
        'Cannot execute as the server principal because the principal "{}" does not exist, this type of '
        "principal cannot be impersonated, or you do not have permission.",
    ),
    15409: Text(11, "'{}' is not a role."),
    15410: Text(11, "User or role '{}' does not exist in this database."),
    15413: Text(11, "Cannot make a role a member of itself."),
    15419: Text(16, "Supplied parameter sid should be binary(16)."),
    15421: Text(16, "The database principal owns a database role and cannot be dropped."),
    15433: Text(16, "Supplied parameter sid is in use."),
    15434: Text(16, "Could not drop login '{}' as the user is currently logged in."),
    15510: Text(16, "Cannot enable a login that has an empty password."),
    15517: Text(
        16,
        'Cannot execute as the database principal because the principal "{}" does not exist, this type of '
        "principal cannot be impersonated, or you do not have permission.",
    ),
    15539: Text(
        16,
        "User '{}' cannot be dropped, it can only be disabled. The user is already disabled in the "
        "current database.",
    ),
    15590: Text(
        16,
        "Can only use the 'No Revert' or 'Cookie' options with the 'Execute As' statement at the adhoc "
        "level.",
    ),
    18456: Text(14, "Login failed for user '{}'."),
    33016: Text(
        16,
        "The user cannot be remapped to a login. Remapping can only be done for users that were mapped to "
        "Windows or SQL logins.",
    ),
}
