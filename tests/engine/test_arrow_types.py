from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.engine.arrow_types import arrow_type, from_storage, select_of_table, table_of_rows, to_storage
from localdb.engine.duck import Connection, Engine
from localdb.types import (
    BIT,
    DATE,
    FLOAT,
    INT,
    MONEY,
    UNIQUEIDENTIFIER,
    Column,
    SqlType,
    datetime2,
    datetimeoffset,
    decimal_type,
    nvarchar,
    storage_type,
    time_type,
    varbinary,
)

VALUES: dict[SqlType, st.SearchStrategy[Any]] = {
    BIT: st.booleans(),
    INT: st.integers(-(2**31), 2**31 - 1),
    FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    MONEY: st.decimals(-(10**14), 10**14, places=4),
    decimal_type(38, 10): st.decimals(-(10**20), 10**20, places=10),
    nvarchar(-1): st.text(st.characters(exclude_categories=["Cs"])),
    varbinary(-1): st.binary(),
    DATE: st.dates(datetime.date(1, 1, 1)),
    time_type(6): st.times(),
    datetime2(6): st.datetimes(datetime.datetime(1, 1, 1)),
    datetimeoffset(6): st.datetimes(
        datetime.datetime(2, 1, 1),
        datetime.datetime(9998, 1, 1),
        timezones=st.integers(-840, 840).map(lambda m: datetime.timezone(datetime.timedelta(minutes=m))),
    ),
    UNIQUEIDENTIFIER: st.uuids(),
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    engine = Engine(tmp_path_factory.mktemp("engine"))
    made = engine.connect()
    yield made
    made.close()
    engine.close()


@pytest.mark.parametrize("sql_type", list(VALUES), ids=str)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_values_survive_both_ways(sql_type: SqlType, connection: Connection, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[sql_type], max_size=5))
    columns = (Column("x", sql_type),)
    connection.register("given", table_of_rows(columns, [(value,) for value in values]))
    rows = connection.rows(select_of_table("given", columns))
    table = connection.table(select_of_table("given", columns))
    connection.unregister("given")
    assert [from_storage(row[0], sql_type) for row in rows] == values
    assert table.schema.field(0).type == arrow_type(sql_type)
    assert [from_storage(v, sql_type) for v in table.column(0).to_pylist()] == values


@pytest.mark.parametrize("sql_type", list(VALUES), ids=str)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_parameters_have_their_values(sql_type: SqlType, connection: Connection, data: st.DataObject) -> None:
    value = data.draw(VALUES[sql_type])
    parameters = {"v": to_storage(value, sql_type)}
    rows = connection.rows(f"SELECT CAST($v AS {storage_type(sql_type)})", parameters)
    assert from_storage(rows[0][0], sql_type) == value


def test_offset_is_kept() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=zone)
    stored = to_storage(moment, datetimeoffset())
    assert stored == {"utc": datetime.datetime(2024, 5, 6, 1, 38, 9), "offset": 330}
    assert from_storage(stored, datetimeoffset()).utcoffset() == zone.utcoffset(None)


def test_decimals_and_uuids() -> None:
    assert to_storage(Decimal("1.5"), MONEY) == Decimal("1.5")
    value = uuid.uuid4()
    assert from_storage(str(value), UNIQUEIDENTIFIER) == value
