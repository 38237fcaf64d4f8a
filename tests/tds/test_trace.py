from __future__ import annotations

from localdb.tds.tokens import ColMetaData, ColumnData, Done, DoneStatus, EnvChange, EnvType
from localdb.tds.trace import trace
from localdb.tds.typeinfo import type_info
from localdb.types import INT, nvarchar
from tests.server.application import PASSWORD
from tests.tds.conversation import drain, new_connection, recorded


def test_a_recorded_conversation() -> None:
    connection = new_connection()
    lines = []
    for message in recorded("pytds"):
        connection.receive_data(message.data)
        lines += [trace("C", event) for event in drain(connection)]
    assert lines == [
        "C PreLogin version=010000000000 encryption=NOT_SUPPORTED instance='MSSQLServer'",
        "C Login7 tds_version=1946157060 packet_size=4096 user='sa' database='tempdb' host='vm' "
        "application='pytds' server='127.0.0.1' library='Python TDS Library'",
        "C TransactionManager kind='begin' isolation_level=0 reset=NO",
        "C SqlBatch text='SELECT 1' reset=NO",
        lines[4],
        "C Attention",
        "C Rpc calls=[(procedure='echo' parameters=[(type=(name='int') value=1), "
        "(type=(name='int') value=5 output=True)])] reset=NO",
        "C Attention",
        "C TransactionManager kind='commit' isolation_level=0 then_begin=True reset=NO",
    ]
    assert lines[4].startswith("C Rpc calls=[(procedure='sp_executesql' parameters=[(type=(name='nvarchar'")
    assert not any(PASSWORD in line for line in lines)


def test_tokens() -> None:
    columns = (ColumnData("n", type_info(INT)), ColumnData("s", type_info(nvarchar(5)), nullable=False))
    assert trace("S", ColMetaData(columns)) == "S ColMetaData n int, s nvarchar(5) not null"
    assert trace("S", Done(DoneStatus.COUNT, 193, 2)) == "S Done status=COUNT command=193 rows=2"
    assert trace("S", EnvChange(EnvType.DATABASE, "a", "b")) == "S EnvChange type=DATABASE new='a' old='b'"


def test_long_values_are_cut() -> None:
    line = trace("S", EnvChange(EnvType.LANGUAGE, "x" * 500))
    assert len(line) < 120
    assert line.endswith("... (502)")
