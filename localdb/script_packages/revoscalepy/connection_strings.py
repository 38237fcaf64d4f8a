"""ODBC connection strings: ``Key=value;Key={value with ; or }}}``."""

from __future__ import annotations

import os
from collections.abc import Mapping

from .errors import ConnectionSettingError

LOOPBACK_VARIABLE = "INSITU_LOOPBACK_CONNECTION"


def parse(text: str) -> dict[str, str]:
    """Keys (as written) and values, without the braces around a value."""
    parts: dict[str, str] = {}
    rest = text.strip().strip(";").lstrip()
    while rest:
        key, equals, rest = rest.partition("=")
        if not equals or not key.strip():
            raise ConnectionSettingError("a connection string is a list of Key=value pairs separated by ';'")
        value, rest = _value(rest.lstrip())
        parts.setdefault(key.strip(), value)
        rest = rest.lstrip().lstrip(";").lstrip()
    return parts


def render(parts: Mapping[str, str]) -> str:
    """The connection string of ``parts``."""
    return ";".join(f"{key}={_quoted(value)}" for key, value in parts.items())


def with_values(text: str, values: Mapping[str, str | None]) -> str:
    """``text`` with the keys of ``values`` replaced or added; None leaves a key as it is."""
    given = {key: value for key, value in values.items() if value is not None}
    unwanted = {key.lower() for key in given}
    kept = {key: value for key, value in parse(text).items() if key.lower() not in unwanted}
    return render({**kept, **given})


def rx_get_sql_loopback_connection_string(name_of_database: str, odbc_driver: str | None = None) -> str:
    """A connection string that leads a script back to the server that runs it, as the script's caller.

    https://learn.microsoft.com/sql/machine-learning/connect/loopback-connection. ``odbc_driver`` None keeps
    the driver that the server proposes. ConnectionSettingError when the server allows no loopback.
    """
    given = os.environ.get(LOOPBACK_VARIABLE)
    if not given:
        raise ConnectionSettingError(
            "loopback connections are off: this script runs without a way back to the server. "
            "An administrator allows them with `localdb serve --script-loopback`; else use @input_data_1"
        )
    return with_values(given, {"Driver": odbc_driver, "Database": name_of_database})


def _value(text: str) -> tuple[str, str]:
    if not text.startswith("{"):
        value, _, rest = text.partition(";")
        return value.strip(), rest
    position = 1
    while True:
        end = text.find("}", position)
        if end < 0:
            raise ConnectionSettingError("the connection string has a '{' without its '}'")
        if text[end : end + 2] != "}}":
            return text[1:end].replace("}}", "}"), text[end + 1 :]
        position = end + 2


def _quoted(value: str) -> str:
    if any(character in value for character in "[]{}();?*=!@") or value != value.strip():
        return "{" + value.replace("}", "}}") + "}"
    return value
