"""Whatever the bytes, the codec raises nothing but SqlError, and after that it is closed.

Mutations of recorded conversations; ``TDS_FUZZ_CASES`` sets how many (a long run has a million).
"""

from __future__ import annotations

import os
import random

import pytest

from localdb.errors import SqlError
from localdb.tds.connection import Connection, State
from localdb.tds.login7 import Login7
from tests.tds.conversation import DRIVERS, drain, new_connection, ready_connection, recorded

CASES = int(os.environ.get("TDS_FUZZ_CASES", "6000"))
INTERESTING = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\0\0",
    b"\xff\xff",
    b"\xfe\xff",
    b"\xff\xff\xff\xff",
    bytes(8),
)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """One to four small injuries: bytes flipped, replaced, removed, doubled, or the end cut off."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(out)) if out else 0
        match rng.randrange(6):
            case 0 if out:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                piece = rng.choice(INTERESTING)
                out[at : at + len(piece)] = piece
            case 2:
                del out[at : at + rng.randint(1, 8)]
            case 3:
                out[at:at] = out[at : at + rng.randint(1, 16)]
            case 4:
                del out[at:]
            case _:
                out[at:at] = rng.randbytes(rng.randint(1, 4))
    return bytes(out)


def reframe(message: bytes, payload: bytes) -> bytes:
    """The payload as one packet with an honest length, so that the decoders and not the framing see it."""
    return message[:2] + min(len(payload) + 8, 32767).to_bytes(2, "big") + message[4:8] + payload[:32759]


def feed(connection: Connection, data: bytes) -> list[object]:
    connection.receive_data(data)
    try:
        return list(drain(connection))
    except SqlError as error:
        assert connection.state is State.CLOSED
        assert error.number in (17802, 17828, 17832, 17836)
        return []


@pytest.mark.parametrize("seed", range(4))
def test_before_the_login(seed: int) -> None:
    rng = random.Random(seed)
    prelogins = [recorded(d)[0] for d in DRIVERS]
    logins = [recorded(d)[1] for d in DRIVERS]
    for _ in range(CASES // 4):
        connection = new_connection()
        message = rng.choice(prelogins)
        if rng.random() < 0.3:
            feed(connection, mutate(message.data, rng))
            continue
        feed(connection, message.data)
        login = rng.choice(logins)
        data = login.data if rng.random() < 0.2 else reframe(login.data, mutate(login.payload, rng))
        events = feed(connection, mutate(data, rng) if rng.random() < 0.3 else data)
        assert all(isinstance(event, Login7) for event in events[:1])


@pytest.mark.parametrize("seed", range(4))
def test_after_the_login(seed: int) -> None:
    rng = random.Random(1000 + seed)
    messages = [m for d in DRIVERS for m in recorded(d)[2:] if len(m.data) < 4000]
    connection = ready_connection()
    for _ in range(CASES // 4):
        if connection.state is not State.READY or connection.buffered:
            connection = ready_connection()
        message = rng.choice(messages)
        if rng.random() < 0.7:
            feed(connection, reframe(message.data, mutate(message.payload, rng)))
        else:
            feed(connection, mutate(message.data, rng))


@pytest.mark.parametrize("seed", range(2))
def test_pure_noise(seed: int) -> None:
    rng = random.Random(2000 + seed)
    for _ in range(CASES // 10):
        for connection in (new_connection(), ready_connection()):
            feed(connection, rng.randbytes(rng.randint(1, 64)))
