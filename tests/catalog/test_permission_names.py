"""The table of permissions: whole in itself, and the same in the catalog views."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from localdb.catalog.permission_names import CLASSES, covering


@pytest.mark.parametrize("name", CLASSES)
def test_every_permission_is_covered_up_to_the_server(name: str) -> None:
    for permission in CLASSES[name].permissions.values():
        found = list(covering(name, permission.name))
        assert found[0] == (name, permission.name)
        assert ("SERVER", "CONTROL SERVER") in found
        control = "CONTROL SERVER" if name == "SERVER" else "CONTROL"
        assert (name, control) in found


@pytest.mark.parametrize(
    ("thing", "permission", "implied_by", "not_by"),
    [
        ("OBJECT", "SELECT", ("SCHEMA", "SELECT"), ("OBJECT", "ALTER")),
        ("OBJECT", "SELECT", ("DATABASE", "SELECT"), ("DATABASE", "ALTER")),
        ("OBJECT", "ALTER", ("DATABASE", "ALTER ANY SCHEMA"), ("SCHEMA", "SELECT")),
        ("OBJECT", "CONTROL", ("SCHEMA", "CONTROL"), ("SCHEMA", "ALTER")),
        ("SCHEMA", "ALTER", ("DATABASE", "ALTER"), ("DATABASE", "CREATE SCHEMA")),
        ("DATABASE", "CREATE ROLE", ("DATABASE", "ALTER ANY ROLE"), ("DATABASE", "ALTER ANY USER")),
        ("DATABASE", "CONNECT", ("DATABASE", "CONTROL"), ("SERVER", "CONNECT SQL")),
        ("USER", "IMPERSONATE", ("DATABASE", "CONTROL"), ("DATABASE", "ALTER ANY USER")),
        ("ROLE", "ALTER", ("DATABASE", "ALTER ANY ROLE"), ("DATABASE", "ALTER ANY USER")),
        ("LOGIN", "ALTER", ("SERVER", "ALTER ANY LOGIN"), ("SERVER", "ALTER ANY SERVER ROLE")),
        ("SERVER", "VIEW ANY DATABASE", ("SERVER", "VIEW ANY DEFINITION"), ("SERVER", "VIEW SERVER STATE")),
        (
            "EXTERNAL LANGUAGE",
            "EXECUTE EXTERNAL SCRIPT",
            ("DATABASE", "EXECUTE ANY EXTERNAL SCRIPT"),
            ("DATABASE", "EXECUTE"),
        ),
    ],
)
def test_what_the_documentation_says(
    thing: str, permission: str, implied_by: tuple[str, str], not_by: tuple[str, str]
) -> None:
    found = set(covering(thing, permission))
    assert implied_by in found
    assert not_by not in found
    assert not_by[1] in CLASSES[not_by[0]].permissions


def test_the_views_have_the_same_codes() -> None:
    """A permission without its code would be missing in sys.database_permissions."""
    text = resources.files("localdb.catalog").joinpath("system_views_security.duckdb").read_text("utf-8")
    section = text.partition("-- define: permission_codes")[2].partition("-- define:")[0]
    shown = re.findall(r"\('([A-Z ]+)', '([A-Z]+)'\)", section)
    known = {(one.name, one.code) for made in CLASSES.values() for one in made.permissions.values()}
    assert sorted(shown) == sorted(known)
