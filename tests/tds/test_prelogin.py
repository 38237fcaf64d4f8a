from __future__ import annotations

import pytest

from localdb.tds.buffers import MalformedError
from localdb.tds.prelogin import Encryption, decode_prelogin, encode_prelogin, negotiate
from tests.tds.conversation import DRIVERS, VERSION, recorded

OFF, ON, NOT_SUPPORTED, REQUIRED = (
    Encryption.OFF,
    Encryption.ON,
    Encryption.NOT_SUPPORTED,
    Encryption.REQUIRED,
)


@pytest.mark.parametrize("driver", DRIVERS)
def test_recorded(driver: str) -> None:
    prelogin = decode_prelogin(recorded(driver)[0].payload)
    assert prelogin.encryption in (OFF, NOT_SUPPORTED)
    assert not prelogin.mars


@pytest.mark.parametrize(
    ("client", "server", "answer"),
    [
        # The table of MS-TDS 2.2.6.5.
        (OFF, OFF, OFF),
        (OFF, REQUIRED, REQUIRED),
        (OFF, NOT_SUPPORTED, NOT_SUPPORTED),
        (ON, OFF, ON),
        (ON, REQUIRED, ON),
        (ON, NOT_SUPPORTED, NOT_SUPPORTED),
        (NOT_SUPPORTED, OFF, NOT_SUPPORTED),
        (NOT_SUPPORTED, REQUIRED, REQUIRED),
        (NOT_SUPPORTED, NOT_SUPPORTED, NOT_SUPPORTED),
        (REQUIRED, OFF, ON),
        (REQUIRED, REQUIRED, ON),
        (REQUIRED, NOT_SUPPORTED, NOT_SUPPORTED),
    ],
)
def test_negotiation(client: Encryption, server: Encryption, answer: Encryption) -> None:
    assert negotiate(client, server) is answer


def test_the_answer_declines_mars_and_federated_authentication() -> None:
    answer = decode_prelogin(encode_prelogin(VERSION, ON, fed_auth=True))
    assert (answer.version, answer.encryption, answer.mars, answer.fed_auth) == (VERSION, ON, False, False)
    assert decode_prelogin(encode_prelogin(VERSION, OFF, fed_auth=None)).fed_auth is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00",
        bytes.fromhex("00 0006 0006"),
        bytes.fromhex("00 0006 0006 ff"),
        bytes.fromhex("00 0006 0005 ff 0102030405"),
        bytes.fromhex("00 ffff 0006 ff 010203040506"),
        bytes.fromhex("00 000b 0006 00 000b 0006 ff 010203040506"),
        bytes.fromhex("00 000b 0006 01 0011 0001 ff 010203040506 09"),
        bytes.fromhex("ff"),
    ],
    ids=[
        "empty",
        "half an option",
        "no terminator",
        "option without data",
        "version of five bytes",
        "offset beyond the end",
        "option twice",
        "unknown encryption",
        "no version",
    ],
)
def test_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_prelogin(payload)
