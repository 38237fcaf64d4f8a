"""TLS without a socket, for the handshake inside PRELOGIN packets and the records after it."""

from __future__ import annotations

import ssl

_CHUNK = 64 * 1024


class TlsChannel:
    """The server's end: records in, plain bytes out, and the reverse. Raises ssl.SSLError for bad records."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.established = False

    def handshake(self, records: bytes) -> bytes:
        """Records of the client, for records to send back. ``established`` tells when it is over.

        After a failure ``pending`` has the alert for the client.
        """
        self._incoming.write(records)
        try:
            self._object.do_handshake()
            self.established = True
        except ssl.SSLWantReadError:
            pass
        return self._outgoing.read()

    def pending(self) -> bytes:
        """Records produced and not sent yet: the alert of a handshake that failed."""
        return self._outgoing.read()

    def decrypt(self, records: bytes) -> bytes:
        """Plain bytes; an end of stream announced by the peer reads as no bytes."""
        self._incoming.write(records)
        plain = bytearray()
        while True:
            try:
                part = self._object.read(_CHUNK)
            except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
                return bytes(plain)
            if not part:
                return bytes(plain)
            plain += part

    def encrypt(self, plain: bytes) -> bytes:
        if plain:
            self._object.write(plain)
        return self._outgoing.read()
