"""Bytes that no driver sends, clients that dawdle, and too many of them: the others do not notice."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.server.clients import Server, rows, running_server
from tests.tds.conversation import ATTENTION, batch, packet, recorded

PRELOGIN, LOGIN7 = (message.data for message in recorded("pytds")[:2])


def raw(server: Server) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=10)


def read_to_end(sock: socket.socket) -> bytes:
    data = b""
    try:
        while part := sock.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


def read_message(sock: socket.socket) -> bytes:
    """The payload of one message."""
    payload = b""
    while True:
        header = _exactly(sock, 8)
        payload += _exactly(sock, int.from_bytes(header[2:4], "big") - 8)
        if header[1] & 1:
            return payload


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        assert part, "the connection ended"
        data += part
    return data


def logged_in(server: Server) -> socket.socket:
    sock = raw(server)
    sock.sendall(PRELOGIN)
    read_message(sock)
    sock.sendall(LOGIN7)
    assert b"\xad" in read_message(sock)
    return sock


def number_in(data: bytes) -> int:
    """The number of the first ERROR token of a response that is nothing but errors."""
    assert data[8] == 0xAA
    return int.from_bytes(data[11:15], "little")


@pytest.fixture
def witness(server: Server) -> Iterator[Any]:
    """A connection that was there before and must work after."""
    connection = server.odbc()
    yield connection
    assert rows(connection.execute("SELECT 1")) == [(1,)]
    connection.close()


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 17828),
        (packet(18, b"\x00"), 17828),
        (packet(1, b"SELECT 1"), 17828),
        (packet(18, b"", length=3), 17828),
        (bytes(100), 17828),
    ],
    ids=["HTTP", "half a PRELOGIN", "no PRELOGIN", "length 3", "zeros"],
)
def test_garbage_first(server: Server, witness: Any, data: bytes, number: int) -> None:
    with closing(raw(server)) as sock:
        sock.sendall(data)
        assert number_in(read_to_end(sock)) == number


def test_garbage_instead_of_a_login(server: Server, witness: Any) -> None:
    with closing(raw(server)) as sock:
        sock.sendall(PRELOGIN)
        read_message(sock)
        sock.sendall(packet(16, bytes(200)))
        assert number_in(read_to_end(sock)) == 17832


def test_garbage_after_the_login(server: Server, witness: Any) -> None:
    with closing(logged_in(server)) as sock:
        sock.sendall(packet(3, b"\xff\xff\xff\xff"))
        assert number_in(read_to_end(sock)) == 17836


def test_garbage_while_a_statement_runs(server: Server, witness: Any) -> None:
    with closing(logged_in(server)) as sock:
        sock.sendall(batch("WAIT"))
        sock.sendall(packet(6, b"", length=2))
        assert number_in(read_to_end(sock)) == 17836


def test_a_refused_request_leaves_the_connection(server: Server) -> None:
    with closing(logged_in(server)) as sock:
        sock.sendall(packet(7, b"bulk"))
        assert b"I\0N\0S\0E\0R\0T\0 \0B\0U\0L\0K" in read_message(sock)
        sock.sendall(batch("SELECT 1"))
        assert read_message(sock)[-13:] == bytes.fromhex("fd 1000 c100 0100000000000000")


def test_exactly_one_attention_acknowledgement(server: Server) -> None:
    done = bytes.fromhex("fd 2000 0000 0000000000000000")
    with closing(logged_in(server)) as sock:
        sock.sendall(batch("WAIT") + ATTENTION)
        assert read_message(sock) == bytes.fromhex("fd 0300 0000 0000000000000000") + done
        sock.sendall(ATTENTION)
        assert read_message(sock) == done
        sock.sendall(batch("SELECT 1"))
        assert read_message(sock)[:1] == b"\x81"


def test_requests_sent_ahead_are_answered_in_order(server: Server) -> None:
    with closing(logged_in(server)) as sock:
        sock.sendall(batch("SELECT 1") * 20 + batch("SET x"))
        answers = [read_message(sock) for _ in range(21)]
        assert {answer[:1] for answer in answers[:20]} == {b"\x81"}
        assert answers[20][:1] == b"\xfd"


def test_a_message_given_up_half_way(server: Server) -> None:
    with closing(logged_in(server)) as sock:
        sock.sendall(batch("SELECT 1", status=0) + packet(1, b"", status=3))
        assert read_message(sock) == bytes.fromhex("fd 0200 0000 0000000000000000")


def test_reset_connection(server: Server) -> None:
    with closing(logged_in(server)) as sock:
        sock.sendall(batch("SELECT 1", status=9))
        # ENVCHANGE 18 comes before everything else.
        assert read_message(sock)[:6] == bytes.fromhex("e3 0300 12 00 00")
        sock.sendall(batch("SELECT 1", status=0x11))
        assert read_message(sock)[:6] == bytes.fromhex("e3 0300 12 00 00")
        assert server.state()["sessions"][-2]["resets"] == [False, True]


def test_random_attentions(server: Server, witness: Any) -> None:
    """One acknowledgement each, whenever it comes; then the stream is in step."""
    rng = random.Random(7)
    done = bytes.fromhex("fd 2000 0000 0000000000000000")
    with closing(logged_in(server)) as sock:
        for _ in range(100):
            text = rng.choice(["MANY", "WAIT", "SELECT 1", "SEVERAL"])
            sock.sendall(batch(text))
            if text != "WAIT" and rng.random() < 0.5:
                sock.recv(1, socket.MSG_PEEK)  # until the response has begun
            sock.sendall(ATTENTION)
            payload = read_message(sock)
            # A request that had ended before the attention came has an answer of its own.
            if not payload.endswith(done):
                assert read_message(sock) == done


def test_streams_cut_anywhere(server: Server, witness: Any) -> None:
    """A conversation that breaks off at any byte leaves nothing behind."""
    whole = PRELOGIN + LOGIN7 + batch("SELECT 1")
    for size in range(0, len(whole), 7):
        with closing(raw(server)) as sock:
            sock.sendall(whole[:size])


def test_mutated_logins(server: Server, witness: Any) -> None:
    rng = random.Random(11)
    for _ in range(100):
        data = bytearray(LOGIN7)
        for _ in range(rng.randint(1, 5)):
            data[rng.randrange(8, len(data))] = rng.randrange(256)
        with closing(raw(server)) as sock:
            sock.sendall(PRELOGIN)
            read_message(sock)
            sock.sendall(bytes(data))
            sock.shutdown(socket.SHUT_WR)
            read_to_end(sock)


def test_login_timeout(tmp_path: Path) -> None:
    with running_server(tmp_path, login_timeout=0.3) as server, ExitStack() as stack:
        silent = [stack.enter_context(closing(raw(server))) for _ in range(50)]
        for sock in silent[::2]:
            sock.sendall(PRELOGIN[:10])
        started = time.monotonic()
        with server.odbc() as connection:
            assert rows(connection.execute("SELECT 1")) == [(1,)]
        assert time.monotonic() - started < 5
        for sock in silent:
            assert read_to_end(sock) == b""


def test_too_many_connections(tmp_path: Path) -> None:
    with running_server(tmp_path, max_connections=3) as server, ExitStack() as stack:
        open_ones = [stack.enter_context(closing(logged_in(server))) for _ in range(3)]
        assert "maximum number of '3' user connections" in server.refusal("freetds")
        open_ones[0].close()
        # The place is free as soon as the server has seen the end of that connection.
        while (number := _attempt(server)) == 17809:
            pass
        assert number == 0


def _attempt(server: Server) -> int:
    """0 when a login works, otherwise the number of the error that answers it."""
    with closing(raw(server)) as sock:
        sock.sendall(PRELOGIN)
        read_message(sock)
        sock.sendall(LOGIN7)
        payload = read_message(sock)
    return int.from_bytes(payload[3:7], "little") if payload[0] == 0xAA else 0


def test_a_message_beyond_the_limit(tmp_path: Path) -> None:
    with running_server(tmp_path, message_limit=100_000) as server:
        with closing(logged_in(server)) as sock:
            for _ in range(4):
                sock.sendall(packet(1, bytes(30_000), status=0))
            assert number_in(read_to_end(sock)) == 17836
        with server.odbc() as connection:
            assert rows(connection.execute("SELECT 1")) == [(1,)]


def test_a_client_that_never_reads_is_cut_off(tmp_path: Path) -> None:
    with running_server(tmp_path, send_timeout=0.5) as server, closing(logged_in(server)) as sock:
        sock.sendall(batch("MANY"))
        spid = server.state()["sessions"][0]["spid"]
        while not next(s for s in server.state()["sessions"] if s["spid"] == spid)["closed"]:
            pass


def test_the_server_ends_while_statements_run(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        socks = [logged_in(server) for _ in range(5)]
        for sock in socks[:3]:
            sock.sendall(batch("WAIT"))
        socks[3].sendall(batch("MANY"))
        while sum(s["running"] for s in server.state()["sessions"][:4]) < 4:
            pass
    for sock in socks:
        read_to_end(sock)
        sock.close()
