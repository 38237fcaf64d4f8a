"""Bytes that no client sends, and clients that dawdle, against the whole server."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from tests.faults.server import ServerProcess, rows, until
from tests.faults.wire import LOGIN7, PRELOGIN, logged_in, raw
from tests.server.test_hostile import read_message, read_to_end
from tests.tds.conversation import batch, packet

LOGIN_SECONDS = 15.0


@pytest.fixture
def witness(lasting: ServerProcess) -> Iterator[Any]:
    """A connection that was there before; it and new ones must work after, and nothing be left."""
    with closing(lasting.connect()) as connection:
        assert rows(connection, "SELECT 1") == [(1,)]
        descriptors = lasting.descriptors()
        yield connection
        started = time.monotonic()
        assert rows(connection, "SELECT 1") == [(1,)]
        assert time.monotonic() - started < 1
        assert lasting.run("SELECT 2") == [(2,)]
        until(lambda: lasting.descriptors() <= descriptors, "no descriptor is left")
    assert "Traceback" not in lasting.log


def send(server: ServerProcess, *messages: bytes) -> bytes:
    """All messages at once, then the end; what the server answers."""
    with closing(raw(server)) as sock:
        try:
            sock.sendall(b"".join(messages))
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            return b""  # it had enough
        return read_to_end(sock)


def test_garbage(lasting: ServerProcess, witness: Any, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        answer = send(lasting, chance.randbytes(chance.randint(1, 3000)))
        assert b"\xad\x36" not in answer
    # Shapes of packets with anything in them.
    for _ in range(200):
        kind = chance.choice([1, 3, 6, 7, 14, 16, 17, 18, chance.randrange(256)])
        length = chance.choice([None, 0, 7, 8, 0xFFFF, chance.randrange(0x10000)])
        payload = chance.randbytes(chance.randint(0, 300))
        send(
            lasting, *([PRELOGIN] * chance.randrange(2)), packet(kind, payload, chance.randrange(256), length)
        )


def test_cut_anywhere(lasting: ServerProcess, witness: Any) -> None:
    whole = PRELOGIN + LOGIN7 + batch("SELECT 1")
    for size in range(0, len(whole), 5):
        send(lasting, whole[:size])


def test_mutations(lasting: ServerProcess, witness: Any, seed: int) -> None:
    """Of the handshake, of the login, and of requests after it."""
    chance = random.Random(seed)
    text = batch("SELECT name FROM sys.objects WHERE name = N'x'")
    rpc = packet(3, bytes.fromhex("ffff0a0000000000e7200009040000340e53004500") + b"L\0E\0C\0T\0 \0001\0")
    for _ in range(120):
        messages = [bytearray(PRELOGIN), bytearray(LOGIN7), bytearray(chance.choice([text, rpc]))]
        victim = chance.choice(messages)
        for _ in range(chance.randint(1, 4)):
            match chance.randrange(3):
                case 0:
                    victim[chance.randrange(len(victim))] = chance.randrange(256)
                case 1:
                    place = chance.randrange(len(victim) - 3)
                    value = chance.choice([0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
                    victim[place : place + 4] = value.to_bytes(4, chance.choice(["little", "big"]))
                case _:
                    del victim[chance.randrange(8, len(victim)) :]
                    victim += bytes(8)
        send(lasting, *map(bytes, messages))


def test_a_wrong_password_is_never_a_login(lasting: ServerProcess, witness: Any, seed: int) -> None:
    """One bit of the password, anywhere: 18456 and the end of the connection."""
    chance = random.Random(seed)
    body = LOGIN7[8:]
    offset, length = (int.from_bytes(body[place : place + 2], "little") for place in (44, 46))
    for _ in range(20):
        changed = bytearray(LOGIN7)
        # The low byte of a character: it stays one.
        changed[8 + offset + 2 * chance.randrange(length)] ^= 1 << chance.randrange(7)
        with closing(raw(lasting)) as sock:
            sock.sendall(PRELOGIN)
            read_message(sock)
            sock.sendall(bytes(changed))
            answer = read_to_end(sock)
        assert answer[8] == 0xAA
        assert int.from_bytes(answer[11:15], "little") == 18456


def test_a_message_without_an_end(lasting: ServerProcess, witness: Any) -> None:
    """It is read up to the limit and no further: 128 kB before the login, 512 MB after it."""
    before = memory(lasting)
    with closing(raw(lasting)) as sock, pytest.raises(OSError):
        sock.sendall(PRELOGIN)
        for _ in range(1000):
            sock.sendall(packet(16, bytes(32_000), status=0))
    assert memory(lasting) - before < 20 * 2**20
    endless = packet(1, bytes(32_000), status=0)
    with closing(logged_in(lasting)) as sock, pytest.raises(OSError):
        sock.settimeout(20)
        for _ in range(200_000):
            sock.sendall(endless)
    until(lambda: memory(lasting) - before < 100 * 2**20, "the memory is given back")


def memory(server: ServerProcess) -> int:
    with open(f"/proc/{server.pid}/status") as status:  # noqa: PTH123
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def test_slow_loris(lasting: ServerProcess, witness: Any) -> None:
    """A byte a second on 20 connections: they end with the login time-out, and others log in meanwhile."""
    whole = PRELOGIN + LOGIN7
    started = time.monotonic()
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(raw(lasting))) for _ in range(20)]
        position = 0
        while slow:
            assert time.monotonic() - started < LOGIN_SECONDS + 5
            still = []
            for sock in slow:
                sock.settimeout(1.0 / len(slow))
                try:
                    sock.sendall(whole[position : position + 1])
                    if sock.recv(1000):
                        still.append(sock)
                except TimeoutError:
                    still.append(sock)
                except OSError:
                    pass
            slow = still
            position += 1
            asked = time.monotonic()
            assert lasting.run("SELECT 1") == [(1,)]
            assert time.monotonic() - asked < 2
    assert time.monotonic() - started > LOGIN_SECONDS - 2
