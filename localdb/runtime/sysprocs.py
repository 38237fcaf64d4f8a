"""Every system procedure by its name in lower case; the subjects have a module each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from localdb.runtime import (
    sysprocs_configuration,
    sysprocs_core,
    sysprocs_describe,
    sysprocs_help,
    sysprocs_odbc_keys,
    sysprocs_odbc_procedures,
    sysprocs_odbc_tables,
    sysprocs_odbc_types,
    sysprocs_scoring,
    sysprocs_security,
)
from localdb.runtime.procedure_call import SystemProcedure

SYSTEM_PROCEDURES: Mapping[str, SystemProcedure] = MappingProxyType(
    {
        **sysprocs_core.PROCEDURES,
        **sysprocs_configuration.PROCEDURES,
        **sysprocs_describe.PROCEDURES,
        **sysprocs_help.PROCEDURES,
        **sysprocs_odbc_keys.PROCEDURES,
        **sysprocs_odbc_procedures.PROCEDURES,
        **sysprocs_odbc_tables.PROCEDURES,
        **sysprocs_odbc_types.PROCEDURES,
        **sysprocs_scoring.PROCEDURES,
        **sysprocs_security.PROCEDURES,
    }
)
