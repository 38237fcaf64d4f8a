from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.tds.buffers import MalformedError
from localdb.tds.packets import MessageReader, MessageWriter, PacketType, Status
from tests.tds.conversation import packet


def read_all(data: bytes) -> tuple[int, int, bytes]:
    """The packets of one message by an independent reading: number, largest size, payload."""
    payload, number, largest = b"", 0, 0
    while data:
        kind, status, length = data[0], data[1], int.from_bytes(data[2:4], "big")
        number += 1
        assert kind == 4
        assert data[6] == number & 0xFF
        assert (status == 1) == (length == len(data)), "EOM is on the last packet and only there"
        payload += data[8:length]
        largest = max(largest, length)
        data = data[length:]
    return number, largest, payload


@given(st.binary(max_size=3000), st.integers(512, 700), st.lists(st.integers(0, 800), max_size=6))
def test_split_and_merged_payloads_are_equal(payload: bytes, size: int, cuts: list[int]) -> None:
    writer = MessageWriter(size)
    data, rest = b"", payload
    for cut in cuts:
        data += writer.write(PacketType.TABULAR_RESULT, rest[:cut], last=False)
        rest = rest[cut:]
    data += writer.write(PacketType.TABULAR_RESULT, rest, last=True)
    number, largest, merged = read_all(data)
    assert merged == payload
    assert largest <= size
    assert number == max(1, -(-len(payload) // (size - 8)))


def test_packet_ids_wrap_and_begin_anew() -> None:
    writer = MessageWriter(512)
    first = writer.write(PacketType.TABULAR_RESULT, bytes(504 * 300), last=True)
    assert read_all(first)[0] == 300
    assert read_all(writer.write(PacketType.TABULAR_RESULT, b"x", last=True))[0] == 1


def test_every_packet_carries_the_spid() -> None:
    writer = MessageWriter(512)
    writer.spid = 0x0133
    data = writer.write(PacketType.TABULAR_RESULT, bytes(1500), last=True)
    assert {data[i + 4 : i + 6] for i in (0, 512, 1024)} == {b"\x01\x33"}


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_messages_arrive_in_any_pieces(step: int) -> None:
    data = packet(1, b"abc", status=8) + packet(1, b"def") + packet(3, b"ghi")
    reader = MessageReader(100)
    messages = []
    for i in range(0, len(data), step):
        reader.receive(data[i : i + step])
        while (message := reader.next_message()) is not None:
            messages.append((message.type, message.status, message.payload))
    assert messages == [
        (PacketType.SQL_BATCH, Status.RESET_CONNECTION | Status.END_OF_MESSAGE, b"abcdef"),
        (PacketType.RPC, Status.END_OF_MESSAGE, b"ghi"),
    ]
    assert reader.buffered == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packet(99, b""), "packet type 99"),
        (packet(1, b"", length=7), "packet length 7"),
        (packet(1, b"", length=0), "packet length 0"),
        (packet(1, b"", length=65535), "packet length 65535"),
        (packet(1, b"a", status=0) + packet(3, b"b"), "within a message"),
        (packet(1, bytes(101)), "longer than 100"),
        (packet(1, bytes(60), status=0) + packet(1, bytes(60)), "longer than 100"),
    ],
)
def test_malformed_packets(data: bytes, reason: str) -> None:
    reader = MessageReader(100)
    reader.receive(data)
    with pytest.raises(MalformedError, match=reason):
        while reader.next_message() is not None:
            pass


def test_a_length_is_judged_before_its_bytes_come() -> None:
    reader = MessageReader(100)
    reader.receive(packet(1, b"", length=5000))
    with pytest.raises(MalformedError):
        reader.next_message()
