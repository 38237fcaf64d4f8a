"""Logins, users, roles and permissions. Sorted."""

from __future__ import annotations

from localdb.error_texts.text import Text

SECURITY: dict[int, Text] = {
    229: Text(14, "The {} permission was denied on the object '{}', database '{}', schema '{}'."),
    262: Text(14, "{} permission denied in database '{}'."),
    916: Text(
        14,
        'The server principal "{}" is not able to access the database "{}" under the current '
        "security context.",
    ),
    15151: Text(16, "Cannot {} the {} '{}', because it does not exist or you do not have permission."),
    18456: Text(14, "Login failed for user '{}'."),
}
