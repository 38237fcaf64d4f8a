from __future__ import annotations

import pytest

from localdb.errors import SqlError
from localdb.runtime.options import ALWAYS_OFF, ALWAYS_ON, Options


@pytest.mark.parametrize("option", ALWAYS_ON)
def test_options_that_are_always_on(option: str) -> None:
    Options().set(option, "ON")
    with pytest.raises(SqlError) as refused:
        Options().set(option, "OFF")
    assert refused.value.number == 40517


@pytest.mark.parametrize("option", ALWAYS_OFF)
def test_options_that_are_always_off(option: str) -> None:
    Options().set(option, "OFF")
    with pytest.raises(SqlError) as refused:
        Options().set(option, "ON")
    assert refused.value.number == 40517


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("DATEFORMAT", "MDY"),
        ("DATEFIRST", "7"),
        ("LANGUAGE", "US_ENGLISH"),
        ("ROWCOUNT", "0"),
        ("TEXTSIZE", "2147483647"),
        ("TEXTSIZE", "-1"),
        ("LOCK_TIMEOUT", "-1"),
        ("LOCK_TIMEOUT", "1000"),
        ("DEADLOCK_PRIORITY", "LOW"),
        ("TRANSACTION ISOLATION LEVEL", "READ COMMITTED"),
        ("TRANSACTION ISOLATION LEVEL", "SNAPSHOT"),
    ],
)
def test_accepted_values(option: str, value: str) -> None:
    Options().set(option, value)


@pytest.mark.parametrize(
    ("option", "value", "number"),
    [
        ("DATEFORMAT", "DMY", 40517),
        ("DATEFIRST", "1", 40517),
        ("LANGUAGE", "DEUTSCH", 40517),
        ("ROWCOUNT", "5", 40517),
        ("TEXTSIZE", "4096", 40517),
        ("CONTEXT_INFO", "0X01", 40517),
        ("TRANSACTION ISOLATION LEVEL", "SERIALIZABLE", 40517),
        ("TRANSACTION ISOLATION LEVEL", "REPEATABLE READ", 40517),
        ("NOCOUNT", "MAYBE", 102),
        ("LOCK_TIMEOUT", "-2", 102),
        ("NO_SUCH_OPTION", "ON", 195),
    ],
)
def test_refused_values(option: str, value: str, number: int) -> None:
    with pytest.raises(SqlError) as refused:
        Options().set(option, value)
    assert refused.value.number == number


def test_copy_is_independent() -> None:
    options = Options()
    kept = options.copy()
    options.set("NOCOUNT", "ON")
    assert options.nocount
    assert not kept.nocount
