"""The lists of partition and order columns."""

from __future__ import annotations

import pytest

from localdb.errors import SqlError
from localdb.runtime.scripts.columns import (
    MOST_COLUMNS,
    Listed,
    Partitioning,
    find_columns,
    parse_lists,
)
from localdb.types import INT, Column

PARTITION, ORDER = "'@input_data_1_partition_by_columns'", "'@input_data_1_order_by_columns'"
COLUMNS = (Column("a", INT), Column("B c", INT), Column("", INT), Column("d]", INT), Column("a2", INT))


def fails(partition: str | None, order: str | None) -> SqlError:
    with pytest.raises(SqlError) as caught:
        find_columns(COLUMNS, *parse_lists(partition, order))
    return caught.value


def test_names_in_every_kind_of_quotes():
    lists = parse_lists(' a ,[b C]\n,"D]"', "A2 desc")
    assert lists == ((Listed("a"), Listed("b C"), Listed("D]")), (Listed("A2", True),))
    assert find_columns(COLUMNS, *lists) == Partitioning((0, 1, 3), ((4, True),))


def test_directions():
    _, order = parse_lists("a", "[b c] ASC, [d]]] DESC, a2")
    assert [(one.name, one.descending) for one in order] == [("b c", False), ("d]", True), ("a2", False)]


def test_neither_is_given():
    assert find_columns(COLUMNS, *parse_lists(None, None)) == Partitioning((), ())


@pytest.mark.parametrize(
    "text", ["", " ", ",", "a,", "a b", "a DESC", "a ASC", "a.b", "*", "1", "@a", "'a'", "a;", "[a", "select"]
)
def test_39105(text):
    error = fails(text, None)
    assert error.number == 39105
    assert error.message == (
        f"Invalid syntax for parameter {PARTITION}. Specify a list of comma separated columns."
    )


@pytest.mark.parametrize("text", ["", "a2 DESC ASC", "a2 DOWN", "a2,,a", "a2 +", "a2 NULLS LAST"])
def test_39106(text):
    error = fails("a", text)
    assert error.number == 39106
    assert error.message == (
        f"Invalid syntax for parameter {ORDER}. Specify a list of comma separated columns and an optional "
        "argument for sorting order <ASC|DESC>."
    )


def test_39102():
    error = fails("a, a2, A", None)
    assert error.message == (
        f"Duplicate column names are not allowed in {PARTITION}. Column name 'A' is a duplicate."
    )
    assert error.number == 39102
    assert fails("a", "a2, [A2] DESC").message == (
        f"Duplicate column names are not allowed in {ORDER}. Column name 'A2' is a duplicate."
    )


def test_39103():
    error = fails(None, "a")
    assert (error.number, error.message) == (
        39103,
        f"Parameter {ORDER} is not allowed without parameter {PARTITION}.",
    )


def test_39104():
    error = fails("a, x", None)
    assert error.number == 39104
    assert (
        error.message
        == f"Column 'x' in {PARTITION} is not defined in the SELECT clause of '@input_data_1' parameter."
    )
    assert fails("a", "y").message.startswith(f"Column 'y' in {ORDER}")


def test_39107():
    error = fails("a, a2", "A2")
    assert error.number == 39107
    assert error.message == (
        f"Columns in parameters {PARTITION} and {ORDER} must be unique. "
        "Column name 'A2' appears in both parameters."
    )


def test_39109():
    names = ", ".join(f"c{number}" for number in range(MOST_COLUMNS))
    error = fails(names, "x")
    assert error.number == 39109
    assert error.message == (
        f"The combined total number of columns given in parameters {PARTITION} and {ORDER} exceeds the "
        f"maximum {MOST_COLUMNS}."
    )
    assert fails(names, None).number == 39104


def test_a_column_that_the_select_has_twice():
    with pytest.raises(SqlError) as caught:
        find_columns([Column("a", INT), Column("A", INT)], *parse_lists("a", None))
    assert (caught.value.number, caught.value.message) == (209, "Ambiguous column name 'a'.")
