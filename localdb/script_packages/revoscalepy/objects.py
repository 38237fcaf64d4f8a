"""``rx_write_object``, ``rx_read_object``, ``rx_delete_object``, ``rx_list_keys``: objects by key in a table.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-write-object. The table
must be there: a character column for the key (``id``), a varbinary(max) for the object (``value``) and, for
objects that are written with a version, a character column ``version``. Objects are pickled by dill and
compressed by zlib.
"""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, Any

from .data_sources import OdbcSource
from .databases import connected, quote_name, table_name
from .errors import DataError, NotSupportedError, RevoError

if TYPE_CHECKING:
    import pandas as pd

SCRIPT_VARIABLE = "INSITU_EXTERNAL_SCRIPT"
"""In the environment of every external script, which runs in a sandbox."""


class UntrustedObjectError(RevoError):
    """An object would have to be unpickled outside of a sandbox."""


def rx_write_object(
    dest: OdbcSource,
    key: str | None = None,
    value: object = None,
    version: str | None = None,
    key_name: str = "id",
    value_name: str = "value",
    version_name: str = "version",
    serialize: bool = True,
    overwrite: bool = False,
    compress: str | None = "zip",
) -> bool:
    """Write ``value`` under ``key`` (and ``version``); ``overwrite`` first removes what is there. True."""
    table = _table(dest)
    data = _packed(value, serialize=serialize, compress=compress)
    columns = {key_name: _key(key), value_name: data}
    if version is not None:
        columns[version_name] = version
    names = ", ".join(map(quote_name, columns))
    marks = ", ".join("?" for _ in columns)
    with connected(dest.connection_string) as connection:
        if overwrite:
            condition, values = _condition({key_name: key, version_name: version})
            connection.execute(f"DELETE FROM {table}{condition}", *values)
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", *columns.values())
    return True


def rx_read_object(
    src: OdbcSource,
    key: str | None = None,
    version: str | None = None,
    key_name: str = "id",
    value_name: str = "value",
    version_name: str = "version",
    deserialize: bool = True,
    decompress: str | None = "zip",
    *,
    trust_source: bool = False,
) -> Any:
    """The object under ``key`` (and ``version``), or what the query of ``src`` finds.

    Unpickling runs whatever code the bytes contain. In an external script the sandbox confines it; elsewhere
    it is refused with UntrustedObjectError unless ``trust_source`` (an addition of ours) says that everyone
    who can write to the table may run code here. With ``deserialize=False`` the bytes are returned.
    """
    if deserialize and not trust_source and SCRIPT_VARIABLE not in os.environ:
        raise UntrustedObjectError(
            "rx_read_object would unpickle what the server sends, and so run the code in it: pass "
            "trust_source=True if everyone who can write to the table may do so, or deserialize=False"
        )
    data = _unpacked(_read(src, {key_name: key, version_name: version}, value_name), decompress)
    if not deserialize:
        return data
    import dill

    return dill.loads(data)


def rx_delete_object(
    src: OdbcSource,
    key: str | None = None,
    version: str | None = None,
    key_name: str = "id",
    version_name: str = "version",
    all: bool = False,
) -> bool:
    """Delete all objects under ``key`` (and ``version``), or with ``all`` every object. True."""
    condition, values = ("", []) if all else _condition({key_name: _key(key), version_name: version})
    with connected(src.connection_string) as connection:
        connection.execute(f"DELETE FROM {_table(src)}{condition}", *values)
    return True


def rx_list_keys(
    src: OdbcSource,
    key: str | None = None,
    version: str | None = None,
    key_name: str = "id",
    version_name: str = "version",
) -> pd.DataFrame:
    """One column: all keys, or all versions of ``key``."""
    import pandas as pd

    wanted = key_name if key is None else version_name
    condition, values = _condition({key_name: key, version_name: version})
    name = quote_name(wanted)
    query = f"SELECT DISTINCT {name} FROM {_table(src)}{condition} ORDER BY {name}"
    with connected(src.connection_string) as connection:
        rows = connection.execute(query, *values).fetchall()
    return pd.DataFrame({wanted: pd.Series([row[0] for row in rows], dtype=object)})


def _read(src: OdbcSource, keys: dict[str, str | None], value_name: str) -> bytes:
    if src.sql_query is not None:
        query, values = src.sql_query, list[str]()
    else:
        _key(next(iter(keys.values())))
        condition, values = _condition(keys)
        query = f"SELECT {quote_name(value_name)} FROM {_table(src)}{condition}"
    with connected(src.connection_string) as connection:
        rows = connection.execute(query, *values).fetchmany(2)
    if len(rows) != 1:
        named = (f"{name} {value!r}" for name, value in keys.items() if value is not None)
        described = ", ".join(named) or "the query"
        found = "no" if not rows else "more than one"
        raise DataError(f"there is {found} object for {described}")
    if not isinstance(rows[0][0], (bytes, bytearray)):
        raise DataError(f"the object must be varbinary, not {type(rows[0][0]).__name__}")
    return bytes(rows[0][0])


def _table(source: OdbcSource) -> str:
    if not isinstance(source, OdbcSource) or source.table is None:
        raise DataError("objects are kept in a table: RxOdbcData(connection_string, table=...)")
    return table_name(source.table)


def _key(key: str | None) -> str:
    if key is None:
        raise DataError("the object has no key")
    return key


def _condition(keys: dict[str, str | None]) -> tuple[str, list[str]]:
    """`` WHERE ...`` for the keys that are given, and its parameters."""
    given = {name: value for name, value in keys.items() if value is not None}
    text = " AND ".join(f"{quote_name(name)} = ?" for name in given)
    return (f" WHERE {text}" if text else ""), list(given.values())


def _packed(value: object, *, serialize: bool, compress: str | None) -> bytes:
    if serialize:
        import dill

        data: bytes = dill.dumps(value)
    elif isinstance(value, (bytes, bytearray)):
        data = bytes(value)
    else:
        raise DataError(f"with serialize=False the value must be bytes, not {type(value).__name__}")
    return zlib.compress(data) if _is_zip(compress) else data


def _unpacked(data: bytes, decompress: str | None) -> bytes:
    try:
        return zlib.decompress(data) if _is_zip(decompress) else data
    except zlib.error as error:
        raise DataError(
            f"the object is not compressed by zip (decompress=None reads it as it is): {error}"
        ) from error


def _is_zip(method: str | None) -> bool:
    if method not in {None, "none", "zip"}:
        raise NotSupportedError(f"compression by {method!r} is not supported: zip or None")
    return method == "zip"
