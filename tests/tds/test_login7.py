from __future__ import annotations

import pytest

from localdb.tds.buffers import MalformedError
from localdb.tds.login7 import TDS_74, Feature, decode_login7, decode_password
from tests.server.application import PASSWORD
from tests.tds.conversation import DRIVERS, recorded


@pytest.mark.parametrize("driver", DRIVERS)
def test_recorded(driver: str) -> None:
    login = decode_login7(recorded(driver)[1].payload)
    assert (login.tds_version, login.user, login.password) == (TDS_74, "sa", PASSWORD)
    assert login.database == "tempdb"
    assert not login.integrated_security
    assert PASSWORD not in repr(login)


def test_features_are_read() -> None:
    features = dict(decode_login7(recorded("odbc18")[1].payload).features)
    assert features[Feature.UTF8_SUPPORT] == b"\1"
    assert Feature.FEDERATED_AUTHENTICATION not in features


def test_password_obfuscation() -> None:
    # MS-TDS 2.2.6.4: swap the nibbles of each byte, then xor with A5.
    assert decode_password(bytes.fromhex("b3a583a593a5")) == "abc"
    assert decode_password(b"") == ""


def altered(offset: int, data: bytes) -> bytes:
    payload = bytearray(recorded("odbc18")[1].payload)
    payload[offset : offset + len(data)] = data
    return bytes(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        recorded("odbc18")[1].payload[:93],
        recorded("odbc18")[1].payload[:-1],
        recorded("odbc18")[1].payload + b"\0",
        altered(0, b"\xff\xff\xff\xff"),
        altered(40, b"\xff\xff"),
        altered(42, b"\xff\xff"),
        altered(40, b"\x00\x00\x01\x00"),
        altered(56, b"\xff\xff"),
    ],
    ids=[
        "empty",
        "cut in the fixed part",
        "last byte missing",
        "a byte too many",
        "length too long",
        "user offset beyond the end",
        "user longer than the packet",
        "user inside the fixed part",
        "extension beyond the end",
    ],
)
def test_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_login7(payload)


def test_every_truncation_is_malformed() -> None:
    payload = recorded("odbc18")[1].payload
    for size in range(len(payload)):
        with pytest.raises(MalformedError):
            decode_login7(payload[:size])
