"""ODBC connection strings: ``Key=value;Key={value with ; or }}}``."""

from __future__ import annotations

from collections.abc import Mapping

from db.errors import DeploymentError


def parse(text: str) -> dict[str, str]:
    """Keys (as written) and values; braces around a value are removed and ``}}`` in it becomes ``}``."""
    parts: dict[str, str] = {}
    rest = text.strip()
    while rest:
        key, equals, rest = rest.partition("=")
        if not equals or not key.strip():
            raise DeploymentError("the connection string is not a list of Key=value pairs separated by ';'")
        value, rest = _value(rest.lstrip())
        parts.setdefault(key.strip(), value)
        rest = rest.lstrip().lstrip(";").lstrip()
    return parts


def render(parts: Mapping[str, str]) -> str:
    """The connection string of ``parts``; values with special characters are put into braces."""
    return ";".join(f"{key}={_quoted(value)}" for key, value in parts.items())


def find(parts: Mapping[str, str], *names: str) -> str | None:
    """The value of the first key in ``parts`` that is one of ``names``, in any case."""
    wanted = {name.lower() for name in names}
    return next((value for key, value in parts.items() if key.lower() in wanted), None)


def without(parts: Mapping[str, str], *names: str) -> dict[str, str]:
    """``parts`` without the keys ``names``, in any case."""
    unwanted = {name.lower() for name in names}
    return {key: value for key, value in parts.items() if key.lower() not in unwanted}


def _value(text: str) -> tuple[str, str]:
    if not text.startswith("{"):
        value, _, rest = text.partition(";")
        return value.strip(), rest
    position = 1
    while True:
        end = text.find("}", position)
        if end < 0:
            raise DeploymentError("the connection string has a '{' without its '}'")
        if text[end : end + 2] != "}}":
            return text[1:end].replace("}}", "}"), text[end + 1 :]
        position = end + 2


def _quoted(value: str) -> str:
    if any(character in value for character in "[]{}();?*=!@") or value != value.strip():
        return "{" + value.replace("}", "}}") + "}"
    return value
