"""Whether the server runs external scripts, and how to turn that on."""

from __future__ import annotations

from db.connection import Connection
from db.errors import DeploymentError

_IN_USE = "SELECT CAST(value_in_use AS int) FROM sys.configurations WHERE name = 'external scripts enabled'"


def require_external_scripts(connection: Connection, may_enable: bool) -> bool:
    """Make sure that sp_execute_external_script may run; true if it was turned on now.

    On a server that is not ours this is the administrator's decision: ``may_enable`` is false unless asked.
    """
    if connection.value(_IN_USE) == 1:
        return False
    if may_enable:
        connection.run("EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE WITH OVERRIDE;")
        if connection.value(_IN_USE) == 1:
            return True
        raise DeploymentError(
            "external scripts were enabled, but this takes effect only after SQL Server was restarted"
        )
    raise DeploymentError(
        "this server does not run external scripts. Install Machine Learning Services with Python, then:\n"
        "  EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE WITH OVERRIDE;\n"
        "and restart SQL Server, or let this command do the first part: --enable-external-scripts"
    )
