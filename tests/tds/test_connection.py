from __future__ import annotations

import pytest

from localdb.errors import SqlError
from localdb.tds.connection import Connection, State, packet_size
from localdb.tds.login7 import Login7
from localdb.tds.prelogin import Encryption, PreLogin
from localdb.tds.requests import Attention, Ignored, Reset, SqlBatch
from localdb.tds.tokens import Done, encode_tokens
from tests.tds.conversation import (
    ATTENTION,
    DRIVERS,
    VERSION,
    Recorded,
    batch,
    drain,
    new_connection,
    packet,
    ready_connection,
    recorded,
)

DONE = encode_tokens(Done())


def sizes(message: Recorded, step: int) -> range:
    return range(0, len(message.data), step)


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("step", [1, 7, 10**6], ids=["byte by byte", "seven bytes", "whole"])
def test_a_conversation_in_pieces(driver: str, step: int) -> None:
    """Messages give the same events however their bytes are cut."""
    whole, pieces = new_connection(), new_connection()
    for message in recorded(driver):
        whole.receive_data(message.data)
        expected = drain(whole)
        assert len(expected) == 1
        events = []
        for i in sizes(message, step if len(message.data) < 3000 else 1000):
            pieces.receive_data(message.data[i : i + step if len(message.data) < 3000 else i + 1000])
            events += drain(pieces)
        assert events == expected
    assert whole.state is pieces.state is State.READY


@pytest.mark.parametrize("driver", DRIVERS)
def test_trailing_bytes_wait_for_the_rest(driver: str) -> None:
    """The first bytes of the next message change nothing about the one before."""
    connection = new_connection()
    messages = recorded(driver)
    connection.receive_data(messages[0].data)
    for message, following in zip(messages, [*messages[1:], None], strict=True):
        connection.receive_data(following.data[:5] if following else b"")
        assert len(drain(connection)) == 1
        connection.receive_data(following.data[5:] if following else b"")
        del message
    assert connection.state is State.READY


def test_requests_sent_ahead_wait_their_turn() -> None:
    connection = ready_connection()
    connection.receive_data(batch("first") + batch("second"))
    assert connection.next_event() == SqlBatch("first")
    assert connection.next_event() is None
    connection.finish(DONE)
    assert connection.next_event() == SqlBatch("second")


def test_attention_interrupts() -> None:
    connection = ready_connection()
    connection.receive_data(batch("first") + ATTENTION)
    assert connection.next_event() == SqlBatch("first")
    assert connection.next_event() == Attention()
    assert connection.state is State.ATTENTION
    assert connection.next_event() is None
    answer = connection.acknowledge_attention()
    assert answer[8:] == bytes.fromhex("fd 0300 0000 0000000000000000 fd 2000 0000 0000000000000000")
    assert connection.state is State.READY


def test_attention_ends_a_response_under_way_between_tokens() -> None:
    connection = ready_connection()
    connection.receive_data(batch("first") + ATTENTION)
    connection.next_event()
    sent = connection.send(DONE * 400)
    connection.next_event()
    sent += connection.acknowledge_attention()
    payload = b""
    while sent:
        length = int.from_bytes(sent[2:4], "big")
        payload += sent[8:length]
        sent = sent[length:]
    assert payload == DONE * 400 + bytes.fromhex(
        "fd 0300 0000 0000000000000000 fd 2000 0000 0000000000000000"
    )


def test_a_late_attention_is_acknowledged() -> None:
    connection = ready_connection()
    connection.receive_data(ATTENTION)
    assert connection.next_event() == Attention()
    assert connection.acknowledge_attention()[8:] == bytes.fromhex("fd 2000 0000 0000000000000000")
    assert connection.state is State.READY


def test_an_ignored_message_is_not_read() -> None:
    connection = ready_connection()
    connection.receive_data(batch("half", status=0) + packet(1, b"", status=3) + batch("next"))
    assert connection.next_event() == Ignored()
    connection.finish(DONE)
    assert connection.next_event() == SqlBatch("next")


@pytest.mark.parametrize(("status", "reset"), [(1, Reset.NO), (9, Reset.ALL), (0x11, Reset.KEEP_TRANSACTION)])
def test_reset_bits(status: int, reset: Reset) -> None:
    connection = ready_connection()
    connection.receive_data(batch("x", status))
    assert connection.next_event() == SqlBatch("x", reset)


def test_reset_bit_of_the_first_packet_counts() -> None:
    connection = ready_connection()
    whole = batch("x" * 100)
    connection.receive_data(packet(1, whole[8:50], status=8) + packet(1, whole[50:], status=1))
    assert connection.next_event() == SqlBatch("x" * 100, Reset.ALL)


@pytest.mark.parametrize(
    ("state", "data", "number"),
    [
        (State.PRELOGIN, packet(18, b"\x00"), 17828),
        (State.PRELOGIN, packet(16, b""), 17828),
        (State.PRELOGIN, packet(1, b""), 17828),
        (State.PRELOGIN, b"GET / HTTP/1.1\r\n\r\n", 17828),
        (State.LOGIN, packet(16, b"abc"), 17832),
        (State.LOGIN, packet(18, b"\xff"), 17832),
        (State.LOGIN, batch("SELECT 1"), 17832),
        (State.READY, packet(18, b"\xff"), 17836),
        (State.READY, packet(16, b"\xff"), 17836),
        (State.READY, packet(1, b"\xff"), 17836),
        (State.READY, packet(99, b"\xff"), 17836),
        (State.READY, packet(4, b"\xff"), 17836),
        (State.READY, packet(17, b"\xff"), 17836),
    ],
)
def test_malformed_input_closes(state: State, data: bytes, number: int) -> None:
    connection = ready_connection() if state is State.READY else new_connection()
    if state is State.LOGIN:
        connection.receive_data(recorded("pytds")[0].data)
        drain(connection)
    assert connection.state is state
    connection.receive_data(data)
    with pytest.raises(SqlError) as caught:
        connection.next_event()
    assert (caught.value.number, caught.value.severity) == (number, 20)
    assert connection.state is State.CLOSED
    connection.receive_data(batch("SELECT 1"))
    assert connection.next_event() is None


def test_a_refused_login_is_the_end() -> None:
    connection = new_connection()
    for message in recorded("pytds")[:2]:
        connection.receive_data(message.data)
        event = connection.next_event()
        if isinstance(event, PreLogin):
            connection.answer_prelogin(event)
    connection.refuse(DONE)
    assert connection.state is State.CLOSED
    connection.receive_data(batch("SELECT 1"))
    assert connection.next_event() is None


def test_only_tds_74() -> None:
    connection = new_connection()
    prelogin, login = recorded("pytds")[:2]
    connection.receive_data(prelogin.data)
    drain(connection)
    old = bytearray(login.data)
    old[12:16] = (0x730B0003).to_bytes(4, "little")
    connection.receive_data(bytes(old))
    with pytest.raises(SqlError, match="0x730b0003"):
        connection.next_event()
    assert connection.state is State.CLOSED


@pytest.mark.parametrize(
    ("offered", "driver", "state"),
    [
        (Encryption.OFF, "odbc18", State.TLS),
        (Encryption.REQUIRED, "odbc18", State.TLS),
        (Encryption.NOT_SUPPORTED, "odbc18", State.LOGIN),
        (Encryption.OFF, "pytds", State.LOGIN),
        (Encryption.REQUIRED, "pytds", State.CLOSED),
    ],
)
def test_what_prelogin_leads_to(offered: Encryption, driver: str, state: State) -> None:
    connection = new_connection(offered)
    connection.receive_data(recorded(driver)[0].data)
    prelogin = connection.next_event()
    assert isinstance(prelogin, PreLogin)
    connection.answer_prelogin(prelogin)
    assert connection.state is state


def test_handshake_records_travel_in_prelogin_packets() -> None:
    connection = new_connection(Encryption.OFF)
    connection.receive_data(recorded("odbc18")[0].data)
    drain_one = connection.next_event()
    assert isinstance(drain_one, PreLogin)
    connection.answer_prelogin(drain_one)
    connection.receive_data(packet(18, b"\x16records"))
    assert connection.next_event() == b"\x16records"
    assert connection.send_handshake(b"answer")[:1] == b"\x12"
    connection.finish_handshake()
    connection.receive_data(b"behind")
    assert connection.take_rest() == b"behind"
    connection.receive_data(recorded("odbc18")[1].data)
    assert isinstance(connection.next_event(), Login7)


def test_a_message_beyond_the_limit_is_refused_before_it_has_come() -> None:
    connection = Connection(Encryption.NOT_SUPPORTED, VERSION, message_limit=10_000)
    for message in recorded("pytds")[:2]:
        connection.receive_data(message.data)
        drain(connection)
    for _ in range(3):
        connection.receive_data(packet(1, bytes(4000), status=0))
    with pytest.raises(SqlError, match="longer than 10000 bytes"):
        connection.next_event()
    assert connection.buffered < 13_000


def test_packet_sizes() -> None:
    assert [packet_size(n, 4096) for n in (0, 1, 512, 8000, 10**6)] == [4096, 512, 512, 8000, 32767]
