from __future__ import annotations

import uuid
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from localdb.errors import SqlError
from localdb.tds.buffers import MalformedError
from localdb.tds.requests import (
    Refused,
    Reset,
    Rpc,
    SqlBatch,
    TransactionManager,
    decode_rpc,
    decode_sql_batch,
    decode_transaction_manager,
)
from localdb.types import MAX
from tests.tds.conversation import ALL_HEADERS, DRIVERS, recorded

VALUES = (
    1,
    "aé",
    None,
    1.5,
    b"ab",
    Decimal("-12.34"),
    date(2020, 1, 2),
    datetime(2020, 1, 2, 3, 4, 5, 678901),
    time(1, 2, 3),
    True,
    uuid.UUID(int=7),
    2**40,
)


def rpcs(driver: str) -> list[Rpc]:
    return [decode_rpc(m.payload, Reset.NO) for m in recorded(driver) if m.type == "RPC"]


def values_of(driver: str) -> tuple[object, ...]:
    """The parameters of the call that carried VALUES."""
    call = next(c for rpc in rpcs(driver) for c in rpc.calls if len(c.parameters) >= len(VALUES))
    skip = 2 if call.procedure == "sp_executesql" else 3
    return tuple(p.value for p in call.parameters[skip:])


@pytest.mark.parametrize("driver", ["odbc18", "freetds", "mssql_python"])
def test_recorded_values(driver: str) -> None:
    assert values_of(driver) == VALUES


def test_recorded_values_of_pytds() -> None:
    # pytds writes NULL into the statement, and bytes as text.
    assert values_of("pytds") == (*VALUES[:2], VALUES[3], "ab", *VALUES[5:])


def test_several_calls_in_one_message() -> None:
    calls = next(rpc.calls for rpc in rpcs("odbc18") if len(rpc.calls) > 1)
    assert [c.procedure for c in calls] == ["sp_execute", "sp_execute"]
    assert [tuple(p.value for p in c.parameters)[1:] for c in calls] == [(1, "a"), (2, None)]


@pytest.mark.parametrize("driver", DRIVERS)
def test_recorded_batches(driver: str) -> None:
    texts = [decode_sql_batch(m.payload, Reset.NO) for m in recorded(driver) if m.type == "SQL_BATCH"]
    assert SqlBatch("SELECT 1") in texts


@pytest.mark.parametrize("driver", DRIVERS)
def test_recorded_transactions(driver: str) -> None:
    requests = [
        decode_transaction_manager(m.payload, Reset.NO)
        for m in recorded(driver)
        if m.type == "TRANSACTION_MANAGER"
    ]
    assert TransactionManager("begin") in requests
    assert TransactionManager("commit", then_begin=True) in requests


def call(*parameters: bytes, name: str = "p") -> bytes:
    text = name.encode("utf-16-le")
    return len(name).to_bytes(2, "little") + text + b"\0\0" + b"".join(parameters)


def decode(*calls: bytes, flag: bytes = b"\xff") -> Rpc:
    return decode_rpc(ALL_HEADERS + flag.join(calls), Reset.NO)


def one(parameter: str) -> object:
    """The value of a parameter given in hex, without name and flags."""
    rpc = decode(call(b"\0\0" + bytes.fromhex(parameter)))
    if rpc.error is not None:
        raise rpc.error
    return rpc.calls[0].parameters[0].value


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("1f", None),
        ("30 ff", 255),
        ("32 01", True),
        ("34 feff", -2),
        ("38 ffffffff", -1),
        ("7f 0100000000000080", -(2**63) + 1),
        ("3b 0000c03f", 1.5),
        ("3e 000000000000f83f", 1.5),
        ("3c 00000000 10270000", Decimal("1.0000")),
        ("7a f0d8ffff", Decimal("-1.0000")),
        ("3d 00000000 01000000", datetime(1900, 1, 1, 0, 0, 0, 3000)),
        ("3a 0100 3c00", datetime(1900, 1, 2, 1, 0)),
        ("26 04 00", None),
        ("26 02 02 0100", 1),
        ("68 01 01 00", False),
        ("6c 05 05 02 05 01 7b000000", Decimal("1.23")),
        ("6c 05 05 02 05 00 7b000000", Decimal("-1.23")),
        ("6a 11 26 00 00", None),
        ("24 10 10 33221100 5544 7766 8899aabbccddeeff", uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")),
        ("28 03 000000", date(1, 1, 1)),
        ("28 03 dab937", date(9999, 12, 31)),
        ("29 07 05 ffbf692ac9", time(23, 59, 59, 999999)),
        ("29 00 03 7f5101", time(23, 59, 59)),
        ("2a 03 07 e8030000 000000", datetime(1, 1, 1, 0, 0, 1)),
        ("a7 0500 0904d00034 0200 61e9", "aé"),
        ("a7 0500 0904d00034 ffff", None),
        ("a7 0500 0000000000 0100 80", "€"),
        ("a7 0500 0904000400 0200 c3a9", "é"),
        ("e7 0800 0904d00034 0400 3dd800de", "\U0001f600"),
        ("e7 ffff 0904d00034 feffffffffffffff 02000000 6100 02000000 6200 00000000", "ab"),
        ("e7 ffff 0904d00034 0200000000000000 02000000 6100 00000000", "a"),
        ("e7 ffff 0904d00034 ffffffffffffffff", None),
        ("a5 ffff 0000000000000000 00000000", b""),
        ("a5 1000 0300 010203", b"\1\2\3"),
        ("ad 0400 0400 01020304", b"\1\2\3\4"),
        ("ef 0400 0904d00034 0400 61002000", "a "),
        ("27 05 02 6162", "ab"),
        ("23 ff000000 0904d00034 02000000 6162", "ab"),
        ("63 ff000000 0904d00034 02000000 6100", "a"),
        ("22 ff000000 ffffffff", None),
    ],
)
def test_types(parameter: str, value: object) -> None:
    assert one(parameter) == value


@pytest.mark.parametrize(
    ("parameter", "number", "text"),
    [
        ("62 00", 40514, "'sql_variant'"),
        ("f1 00", 40514, "'xml'"),
        ("f0 00", 40514, "'CLR user-defined type'"),
        ("f3 00", 40514, "'table-valued parameter'"),
        ("99", 8009, "Data type 0x99 is unknown"),
        ("26 03 00", 8016, "Data type 0x26"),
        ("26 04 02 0100", 8016, "Data type 0x26"),
        ("29 08 00", 8016, "Data type 0x29"),
        ("6c 05 27 00 00", 8016, "Data type 0x6C"),
        ("6c 05 05 06 00", 8016, "Data type 0x6C"),
        ("a7 411f 0904d00034 ffff", 8016, "Data type 0xA7"),
        ("e7 0300 0904d00034 ffff", 8016, "Data type 0xE7"),
        ("a7 0100 0904d00034 0200 6162", 8016, "Data type 0xA7"),
        ("28 03 dbb937", 8023, "data type date"),
        ("29 00 03 805101", 8023, "data type time"),
        ("2a 00 06 000000 dbb937", 8023, "data type datetime2"),
        ("3e 000000000000f07f", 8023, "data type float"),
        ("3b 0000c07f", 8023, "data type real"),
        ("6c 05 02 00 05 01 64000000", 8023, "data type decimal"),
        ("6c 05 02 00 05 02 01000000", 8023, "data type decimal"),
        ("e7 0800 0904d00034 0200 00d8", 8023, "data type nvarchar"),
        ("a7 0500 0904000400 0100 ff", 8023, "data type varchar"),
        ("3d ffffff7f 00000000", 8023, "data type datetime"),
        ("a7 0500 1104000000 0100 61", 40514, "collation 0x1104000000"),
        ("2b 00 08 000000 000000 ff7f", 8023, "data type datetimeoffset"),
    ],
)
def test_refused_values_leave_the_connection_alive(parameter: str, number: int, text: str) -> None:
    with pytest.raises(SqlError) as caught:
        one(parameter)
    assert caught.value.number == number
    assert text in caught.value.message
    assert caught.value.severity < 20


def test_calls_before_a_refused_one_are_kept() -> None:
    rpc = decode(call(), call(b"\0\0\x62"))
    assert [c.procedure for c in rpc.calls] == ["p"]
    assert rpc.error is not None


def test_parameter_flags_and_names() -> None:
    name = b"\2" + "@a".encode("utf-16-le")
    rpc = decode(call(name + b"\1\x26\4\0", name + b"\2\x26\4\0"))
    first, second = rpc.calls[0].parameters
    assert (first.name, first.output, first.default) == ("@a", True, False)
    assert (second.output, second.default) == (False, True)


def test_encrypted_parameter_is_refused() -> None:
    rpc = decode(call(b"\0\x08\x26\4\0"))
    assert rpc.error is not None
    assert rpc.error.number == 40514


def test_procedure_ids() -> None:
    assert decode(bytes.fromhex("ffff 0a00 0000")).calls[0].procedure == "sp_executesql"
    error = decode(bytes.fromhex("ffff 6300 0000")).error
    assert error is not None
    assert error.number == 2812


def test_no_execute_flag_is_refused() -> None:
    rpc = decode(call(), call(), flag=b"\xfe")
    assert rpc.error is not None
    assert "NoExec" in rpc.error.message


def test_max_types_have_max_length() -> None:
    parameter = bytes.fromhex("0000 e7 ffff 0904d00034 ffffffffffffffff")
    assert decode(call(parameter)).calls[0].parameters[0].type.length == MAX


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_truncation_of_an_rpc_is_told(driver: str) -> None:
    """Cut anywhere, a call is malformed, or refused, or a shorter list of the same parameters."""
    for message in recorded(driver):
        if message.type != "RPC" or len(message.payload) > 2000:
            continue
        whole = decode_rpc(message.payload, Reset.NO)
        for size in range(len(message.payload)):
            try:
                part = decode_rpc(message.payload[:size], Reset.NO)
            except MalformedError:
                continue
            assert part.error is not None or _is_beginning(part, whole)


def _is_beginning(part: Rpc, whole: Rpc) -> bool:
    if part.calls[:-1] != whole.calls[: len(part.calls) - 1]:
        return False
    last, full = part.calls[-1], whole.calls[len(part.calls) - 1]
    return last.parameters == full.parameters[: len(last.parameters)]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        bytes(3),
        bytes.fromhex("00000000"),
        bytes.fromhex("ffffffff 5300"),
        bytes.fromhex("0a000000 05000000 0200") + "S".encode("utf-16-le"),
        ALL_HEADERS + b"S",
    ],
    ids=["empty", "three bytes", "length 0", "longer than the message", "header shorter than itself", "odd"],
)
def test_malformed_batches(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_sql_batch(payload, Reset.NO)


def test_half_a_surrogate_pair_is_refused_only() -> None:
    request = decode_sql_batch(ALL_HEADERS + b"\x00\xd8", Reset.ALL)
    assert isinstance(request, Refused)
    assert request.reset is Reset.ALL


@pytest.mark.parametrize(
    ("payload", "request_"),
    [
        ("0500 02 00", TransactionManager("begin", isolation_level=2)),
        ("0500 00 04 61006200", TransactionManager("begin", "ab")),
        ("0700 00 00", TransactionManager("commit")),
        ("0700 00 01 01 00", TransactionManager("commit", isolation_level=1, then_begin=True)),
        ("0800 04 61006200 00", TransactionManager("rollback", "ab")),
        ("0900 02 6100", TransactionManager("save", "a")),
    ],
)
def test_transaction_requests(payload: str, request_: TransactionManager) -> None:
    assert decode_transaction_manager(ALL_HEADERS + bytes.fromhex(payload), Reset.NO) == request_


def test_distributed_transactions_are_refused() -> None:
    request = decode_transaction_manager(ALL_HEADERS + bytes.fromhex("0000 0000"), Reset.NO)
    assert isinstance(request, Refused)


@pytest.mark.parametrize("payload", ["", "05", "0500 02", "0700 00", "0700 00 01", "0500 02 00 00"])
def test_malformed_transaction_requests(payload: str) -> None:
    with pytest.raises(MalformedError):
        decode_transaction_manager(ALL_HEADERS + bytes.fromhex(payload), Reset.NO)
