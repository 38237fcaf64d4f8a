"""The TLS channel against Python's own client, in memory."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from localdb.server.certificate import tls_context
from localdb.server.tls import TlsChannel


class Client:
    """A TLS client without a socket, which trusts the server's certificate and checks its name."""

    def __init__(self, certificate: Path, host: str) -> None:
        context = ssl.create_default_context(cafile=str(certificate))
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self.incoming, self.outgoing, server_hostname=host)

    def step(self, records: bytes) -> bytes:
        self.incoming.write(records)
        with suppress(ssl.SSLWantReadError):
            self.object.do_handshake()
        return self.outgoing.read()


def established(folder: Path, host: str = "localhost") -> tuple[TlsChannel, Client]:
    server = TlsChannel(tls_context(folder, "some-host"))
    client = Client(folder / "server.crt", host)
    records = client.step(b"")
    while not server.established:
        records = client.step(server.handshake(records))
    assert client.object.version() == "TLSv1.2"
    return server, client


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "some-host"])
def test_the_certificate_is_good_for_each_name(tmp_path: Path, host: str) -> None:
    established(tmp_path, host)


def test_another_name_is_not_certified(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        established(tmp_path, "elsewhere")


def test_bytes_travel_both_ways(tmp_path: Path) -> None:
    server, client = established(tmp_path)
    data = bytes(range(256)) * 1000
    client.object.write(data)
    records = client.outgoing.read()
    plain = b"".join(server.decrypt(records[i : i + 1000]) for i in range(0, len(records), 1000))
    assert plain == data
    client.incoming.write(server.encrypt(data))
    got = b""
    while len(got) < len(data):
        got += client.object.read(100_000)
    assert got == data
    assert server.encrypt(b"") == b""


def test_no_tls_13(tmp_path: Path) -> None:
    server = TlsChannel(tls_context(tmp_path, "h"))
    client = Client(tmp_path / "server.crt", "localhost")
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    client.object = context.wrap_bio(client.incoming, client.outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLError):
        server.handshake(client.step(b""))
    assert server.pending()[:1] == b"\x15", "an alert says why"


def test_noise_is_no_handshake(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLError):
        TlsChannel(tls_context(tmp_path, "h")).handshake(b"\x16\x03\x01\x00\x05noise" * 3)
