"""Every system procedure by its name in lower case; the subjects have a module each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from localdb.runtime.predict import sp_rxpredict
from localdb.runtime.procedure_call import SystemProcedure
from localdb.runtime.sysprocs import (
    configuration,
    core,
    describe,
    object_help,
    odbc_keys,
    odbc_procedures,
    odbc_tables,
    odbc_types,
    security,
)

SYSTEM_PROCEDURES: Mapping[str, SystemProcedure] = MappingProxyType(
    {
        **core.PROCEDURES,
        **configuration.PROCEDURES,
        **describe.PROCEDURES,
        **object_help.PROCEDURES,
        **odbc_keys.PROCEDURES,
        **odbc_procedures.PROCEDURES,
        **odbc_tables.PROCEDURES,
        **odbc_types.PROCEDURES,
        **sp_rxpredict.PROCEDURES,
        **security.PROCEDURES,
    }
)
