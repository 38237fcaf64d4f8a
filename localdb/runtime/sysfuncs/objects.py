"""Metadata functions of objects, constraints, columns and types: OBJECT_ID, COL_LENGTH, TYPE_NAME ...

https://learn.microsoft.com/sql/t-sql/functions/metadata-functions-transact-sql
A name or an id that means nothing gives NULL, as SQL Server does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.objects import (
    CHECK,
    FOREIGN_KEY,
    INDEX,
    PLAIN_INDEX,
    PRIMARY_KEY,
    UNIQUE_KEY,
    Constraint,
    Procedure,
    Table,
    TableColumn,
    View,
)
from localdb.errors import sql_error
from localdb.runtime.security.default_schemas import default_schema
from localdb.runtime.security.object_lookup import (
    DefaultConstraint,
    FoundObject,
    current_snapshot_of,
    find_object,
    find_object_by_id,
    is_readable,
    split_name,
)
from localdb.runtime.tds_types import TDS_TYPES, maximum_length, type_precision, type_scale
from localdb.types import Column, Identity, SqlType

if TYPE_CHECKING:
    from localdb.runtime.session import Session

# --- objects ---


def _object_id(session: Session, name: str | None, kind: str | None = None) -> int | None:
    """OBJECT_ID('[database.][schema.]object' [, 'type'])."""
    parts = split_name(name or "")
    if len(parts) >= 2 and parts[-2].lower() in ("sys", "information_schema"):
        # NULL would say that there is no such view.
        raise sql_error(40514, f"OBJECT_ID('{name}')")
    found = find_object(session, name)
    if found is None or (kind is not None and kind.strip().upper() != found.type_code):
        return None
    return found.object_id


def _in_database(
    session: Session, object_id: int | None, database_id: tuple[int | None, ...]
) -> FoundObject | None:
    """For the functions whose second argument, a database's id, may be left out."""
    if not database_id:
        found = find_object_by_id(session, object_id)
        # A #temp table belongs to tempdb.
        return None if found is not None and found.object_id < 0 else found
    if database_id[0] is None:
        return None
    name = session.instance.database_name(database_id[0])
    if name is None:
        return None
    if name.lower() == "tempdb":
        return find_object_by_id(session, object_id) if object_id is not None and object_id < 0 else None
    return find_object_by_id(session, object_id, name)


def _object_name(session: Session, object_id: int | None, *database_id: int | None) -> str | None:
    found = _in_database(session, object_id, database_id)
    return found.thing.name if found else None


def _object_schema_name(session: Session, object_id: int | None, *database_id: int | None) -> str | None:
    found = _in_database(session, object_id, database_id)
    return found.schema if found else None


def _object_definition(session: Session, object_id: int | None) -> str | None:
    found = find_object_by_id(session, object_id)
    thing = found.thing if found else None
    if isinstance(thing, View | Procedure):
        return thing.definition if is_readable(session, thing) else None
    if isinstance(thing, Constraint | DefaultConstraint) and found is not None and found.type_code in "CD":
        raise sql_error(40514, "OBJECT_DEFINITION of a constraint")
    return None


def _table_has(test: Callable[[Table], bool]) -> Callable[[FoundObject], bool]:
    return lambda found: isinstance(found.thing, Table) and test(found.thing)


def _table_has_kind(*kinds: str) -> Callable[[FoundObject], bool]:
    return _table_has(lambda table: any(c.kind in kinds for c in table.constraints))


def _is_code(*codes: str) -> Callable[[FoundObject], bool]:
    return lambda found: found.type_code in codes


_OBJECT_PROPERTIES: Mapping[str, Callable[[FoundObject], int]] = MappingProxyType(
    {
        "execisansinullson": _is_code("V", "P"),
        "execisquotedidenton": _is_code("V", "P"),
        "isansinullson": _is_code("U", "V", "P"),
        "ischeckcnst": _is_code("C"),
        "isconstraint": _is_code("PK", "UQ", "C", "F", "D"),
        "isdefaultcnst": _is_code("D"),
        "isencrypted": _is_code(),
        "isforeignkey": _is_code("F"),
        "isinlinefunction": _is_code(),
        "ismsshipped": _is_code(),
        "isprimarykey": _is_code("PK"),
        "isprocedure": _is_code("P"),
        "isquotedidenton": _is_code("V", "P"),
        "isscalarfunction": _is_code(),
        "isschemabound": _is_code(),
        "issystemtable": _is_code(),
        "istable": _is_code("U"),
        "istablefunction": _is_code(),
        "istrigger": _is_code(),
        "isuniquecnst": _is_code("UQ"),
        "isusertable": _is_code("U"),
        "isview": _is_code("V"),
        "ownerid": lambda found: 1,
        "tablehascheckcnst": _table_has_kind(CHECK),
        "tablehasclustindex": _table_has_kind(PRIMARY_KEY),
        "tablehasdefaultcnst": _table_has(lambda table: any(c.default_name for c in table.columns)),
        "tablehasforeignkey": _table_has_kind(FOREIGN_KEY),
        "tablehasidentity": _table_has(lambda table: any(c.column.identity for c in table.columns)),
        "tablehasindex": _table_has_kind(PRIMARY_KEY, UNIQUE_KEY, INDEX, PLAIN_INDEX),
        "tablehasprimarykey": _table_has_kind(PRIMARY_KEY),
        "tablehasuniquecnst": _table_has_kind(UNIQUE_KEY),
    }
)


def _object_property(session: Session, object_id: int | None, name: str | None) -> int | None:
    """OBJECTPROPERTY; a property that is not listed is refused, for NULL would call it invalid."""
    found = find_object_by_id(session, object_id)
    if found is None or name is None:
        return None
    read = _OBJECT_PROPERTIES.get(name.lower())
    if read is None:
        raise sql_error(40514, f"OBJECTPROPERTY(id, '{name}')")
    return int(read(found))


def _schema_id(session: Session, *name: str | None) -> int | None:
    """SCHEMA_ID(['name']): without a name the caller's default schema."""
    snapshot = current_snapshot_of(session)
    wanted = name[0] if name else _schema_name(session)
    found = snapshot.schema(wanted) if snapshot and wanted is not None else None
    return found.schema_id if found else None


def _schema_name(session: Session, *number: int | None) -> str | None:
    """SCHEMA_NAME([id]): without an id the caller's default schema."""
    snapshot = current_snapshot_of(session)
    frame = session.current_frame
    if not number and snapshot is not None and frame is not None:
        return default_schema(session, frame, snapshot)
    schema_id = number[0] if number else None
    schemas = snapshot.schemas.values() if snapshot else ()
    return next((s.name for s in schemas if s.schema_id == schema_id), None)


# --- columns ---


def _columns_of(found: FoundObject | None) -> tuple[TableColumn, ...]:
    return found.thing.columns if found and isinstance(found.thing, Table | View) else ()


def _column(columns: tuple[TableColumn, ...], name: str | None) -> TableColumn | None:
    folded = (name or "").lower()
    return next((item for item in columns if item.column.name.lower() == folded), None)


def _col_length(session: Session, table: str | None, column: str | None) -> int | None:
    item = _column(_columns_of(find_object(session, table)), column)
    return maximum_length(item.column.type) if item else None


def _col_name(session: Session, table_id: int | None, column_id: int | None) -> str | None:
    items = _columns_of(find_object_by_id(session, table_id))
    return next((item.column.name for item in items if item.column_id == column_id), None)


def _shown_precision(sql_type: SqlType) -> int:
    """COLUMNPROPERTY's Precision: the length of strings and binaries, the digits of everything else."""
    return sql_type.length if sql_type.length is not None else type_precision(sql_type)


def _shown_scale(sql_type: SqlType) -> int | None:
    return None if sql_type.length is not None else type_scale(sql_type)


_COLUMN_PROPERTIES: Mapping[str, Callable[[TableColumn], int | None]] = MappingProxyType(
    {
        "allowsnull": lambda item: int(item.column.nullable),
        "charmaxlen": lambda item: item.column.type.length if item.column.type.is_character else None,
        "columnid": lambda item: item.column_id,
        "generatedalwaystype": lambda item: 0,
        "iscolumnset": lambda item: 0,
        "iscomputed": lambda item: 0,
        "ishidden": lambda item: 0,
        "isidentity": lambda item: int(item.column.identity is not None),
        "isidnotforrepl": lambda item: 0,
        "isrowguidcol": lambda item: 0,
        "issparse": lambda item: 0,
        "precision": lambda item: _shown_precision(item.column.type),
        "scale": lambda item: _shown_scale(item.column.type),
    }
)


def _column_property(
    session: Session, table_id: int | None, column: str | None, name: str | None
) -> int | None:
    """COLUMNPROPERTY, of columns and of a procedure's parameters; properties not listed are refused."""
    found = find_object_by_id(session, table_id)
    if found is None or column is None or name is None:
        return None
    if isinstance(found.thing, Procedure):
        return _parameter_property(found.thing, column, name)
    item = _column(_columns_of(found), column)
    if item is None:
        return None
    read = _COLUMN_PROPERTIES.get(name.lower())
    if read is None:
        raise sql_error(40514, f"COLUMNPROPERTY(id, column, '{name}')")
    return read(item)


def _parameter_property(procedure: Procedure, parameter: str, name: str) -> int | None:
    folded = parameter.lower()
    for number, one in enumerate(procedure.parameters, start=1):
        if one.name.lower() == folded:
            item = TableColumn(number, Column(one.name, one.type))
            if name.lower() == "isoutparam":
                return int(one.output)
            if name.lower() in ("allowsnull", "columnid", "precision", "scale"):
                return _COLUMN_PROPERTIES[name.lower()](item)
            raise sql_error(40514, f"COLUMNPROPERTY(id, parameter, '{name}')")
    return None


def _identity_table(session: Session, name: str | None) -> Table | None:
    """The table for IDENT_CURRENT and its like; only those of the current database can be asked for."""
    found = find_object(session, name)
    table = found.thing if found is not None and isinstance(found.thing, Table) else None
    parts = split_name(name or "")
    elsewhere = len(parts) == 3 and parts[0].lower() not in ("", session.database.lower())
    if table is not None and (table.object_id < 0 or elsewhere):
        raise sql_error(40514, f"identity functions of {name}")
    return table


def _ident_current(session: Session, name: str | None) -> int | None:
    table = _identity_table(session, name)
    return None if table is None else session.identity_current(table)


def _identity(session: Session, name: str | None) -> Identity | None:
    table = _identity_table(session, name)
    items = table.columns if table else ()
    return next((item.column.identity for item in items if item.column.identity), None)


def _ident_seed(session: Session, name: str | None) -> int | None:
    found = _identity(session, name)
    return found.seed if found else None


def _ident_increment(session: Session, name: str | None) -> int | None:
    found = _identity(session, name)
    return found.increment if found else None


# --- types ---

_NAMES_ONLY = {"numeric": 108, "sysname": 256}
"""Names of types that are kept under another name."""


def _type_id(session: Session, name: str | None) -> int | None:
    parts = split_name(name or "")
    if not parts or len(parts) > 2 or (len(parts) == 2 and parts[0].lower() not in ("", "sys", "dbo")):
        return None
    plain = parts[-1].lower()
    return TDS_TYPES[plain].system_type_id if plain in TDS_TYPES else _NAMES_ONLY.get(plain)


def _type_name(session: Session, type_id: int | None) -> str | None:
    known = {found.system_type_id: name for name, found in TDS_TYPES.items()}
    known.update((number, name) for name, number in _NAMES_ONLY.items())
    return known.get(type_id) if type_id is not None else None


OBJECT_FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "object_id": _object_id,
        "object_name": _object_name,
        "object_schema_name": _object_schema_name,
        "object_definition": _object_definition,
        "objectproperty": _object_property,
        "schema_id": _schema_id,
        "schema_name": _schema_name,
        "col_length": _col_length,
        "col_name": _col_name,
        "columnproperty": _column_property,
        "ident_current": _ident_current,
        "ident_seed": _ident_seed,
        "ident_incr": _ident_increment,
        "type_id": _type_id,
        "type_name": _type_name,
    }
)
