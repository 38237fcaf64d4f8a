"""Logins, and the three ways to encrypt them."""

from __future__ import annotations

import re
import socket
import ssl
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from localdb.server.certificate import tls_context
from tests.server.clients import Server, rows, running_server


def works(connection: Any) -> bool:
    with connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        return rows(cursor) == [(1,)]


def option(client: str, name: str, value: str) -> dict[str, str]:
    """One setting in each driver's own word."""
    words = {"database": {"pytds": "database"}, "password": {"pytds": "password"}, "user": {"pytds": "user"}}
    odbc = {"database": "Database", "password": "PWD", "user": "UID"}
    return {words[name].get(client, odbc[name]): value}


def test_wrong_password(server: Server, client: str) -> None:
    text = server.refusal(client, **option(client, "password", "wrong"))
    assert "Login failed for user 'sa'" in text


def test_unknown_user(server: Server, client: str) -> None:
    assert "Login failed for user 'nobody'" in server.refusal(client, **option(client, "user", "nobody"))


def test_missing_database(server: Server, client: str) -> None:
    text = server.refusal(client, **option(client, "database", "missing"))
    assert "Cannot open database" in text or "Login failed for user 'sa'" in text


def test_what_the_session_learns(server: Server, client: str) -> None:
    with server.connect(client, **option(client, "database", "tempdb")):
        session = server.state()["sessions"][-2]
    assert session["database"] == "tempdb"
    assert session["login"]["user"] == "sa"
    assert session["login"]["host"] == socket.gethostname()


def test_a_session_is_closed_with_its_connection(server: Server, client: str) -> None:
    server.connect(client).close()
    # The next logins prove that the server has gone on; it needs not be the very next.
    for _ in range(50):
        if server.state()["sessions"][-2]["closed"]:
            return
    pytest.fail("the session stayed open")


@pytest.mark.parametrize("encrypt", ["yes", "no", "optional", "mandatory"])
def test_encryption_as_the_client_likes(server: Server, encrypt: str) -> None:
    assert works(server.odbc(Encrypt=encrypt))


@pytest.mark.parametrize("encryption", ["off", "request", "require"])
def test_encryption_of_freetds(server: Server, encryption: str) -> None:
    assert works(server.freetds(Encryption=encryption))


def test_tls_with_pytds(server: Server) -> None:
    pytest.importorskip("OpenSSL", reason="pytds needs pyOpenSSL for TLS")
    assert works(server.pytds(cafile=str(server.folder / "server.crt"), validate_host=False))


def test_strict_encryption_is_refused_cleanly(server: Server) -> None:
    assert re.search("SSL|TLS|handshake|protocol", server.refusal("odbc", Encrypt="strict"))
    assert works(server.odbc())


def test_encryption_required(tmp_path: Path) -> None:
    with running_server(tmp_path, encryption="REQUIRED") as server:
        assert works(server.odbc(Encrypt="no"))
        assert works(server.odbc(Encrypt="yes"))
        assert works(server.freetds())
        with pytest.raises(Exception):  # noqa: B017
            server.pytds()


def test_encryption_not_supported(tmp_path: Path) -> None:
    with running_server(tmp_path, encryption="NOT_SUPPORTED") as server:
        assert works(server.odbc(Encrypt="no"))
        assert works(server.pytds())
        assert server.refusal("odbc", Encrypt="yes")


def test_packet_size(server: Server) -> None:
    with server.odbc(PacketSize="512") as connection:
        assert len(rows(connection.execute("MANY").execute("SELECT 1"))) == 1
    with server.odbc(PacketSize="32767") as connection:
        assert rows(connection.execute("SELECT 1")) == [(1,)]
    with server.pytds(blocksize=16384) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert rows(cursor) == [(1,)]


def test_windows_logins_are_refused(server: Server) -> None:
    class Sspi:
        """A token that says nothing; the flag is what counts."""

        def create_packet(self) -> bytes:
            return b"token"

        def close(self) -> None: ...

    assert "untrusted domain" in server.refusal("pytds", auth=Sspi(), user="", password="")


def test_certificate_is_made_once_and_kept_secret(tmp_path: Path) -> None:
    tls_context(tmp_path, "example")
    key, certificate = tmp_path / "server.key", tmp_path / "server.crt"
    first = certificate.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    parsed = x509.load_pem_x509_certificate(first)
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "example"]
    assert "127.0.0.1" in map(str, names.get_values_for_type(x509.IPAddress))
    context = tls_context(tmp_path, "example")
    assert certificate.read_bytes() == first
    assert context.maximum_version is ssl.TLSVersion.TLSv1_2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["server.crt", "server.key"]
