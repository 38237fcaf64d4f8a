"""PRELOGIN: MS-TDS 2.2.6.5. The first message in each direction; it settles the encryption."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from localdb.tds.buffers import MalformedError

_VERSION, _ENCRYPTION, _INSTANCE, _THREAD_ID, _MARS, _TRACE_ID, _FED_AUTH, _NONCE = range(8)
_TERMINATOR = 0xFF
_OPTION = struct.Struct(">BHH")


class Encryption(IntEnum):
    """The ENCRYPTION option."""

    OFF = 0
    """Only the login packet is encrypted."""
    ON = 1
    NOT_SUPPORTED = 2
    REQUIRED = 3


@dataclass(frozen=True, slots=True)
class PreLogin:
    """What the client says; ``fed_auth`` is None when it does not speak of federated authentication."""

    version: bytes
    encryption: Encryption
    instance: str = ""
    mars: bool = False
    fed_auth: bool | None = None


def decode_prelogin(payload: bytes) -> PreLogin:
    """Raises MalformedError."""
    options = _options(payload)
    version = options.get(_VERSION, b"")
    if len(version) != 6:
        raise MalformedError("PRELOGIN without a version of 6 bytes")
    return PreLogin(
        version=version,
        encryption=_encryption(options.get(_ENCRYPTION, bytes([Encryption.NOT_SUPPORTED]))),
        instance=options.get(_INSTANCE, b"").split(b"\0")[0].decode("ascii", "replace"),
        mars=options.get(_MARS, b"\0")[:1] == b"\1",
        fed_auth=options[_FED_AUTH][:1] == b"\1" if _FED_AUTH in options else None,
    )


def _options(payload: bytes) -> dict[int, bytes]:
    options: dict[int, bytes] = {}
    position = 0
    while True:
        if position >= len(payload):
            raise MalformedError("PRELOGIN without a terminator")
        if payload[position] == _TERMINATOR:
            return options
        if position + _OPTION.size > len(payload):
            raise MalformedError("PRELOGIN option cut short")
        token, offset, length = _OPTION.unpack_from(payload, position)
        if token in options or offset + length > len(payload):
            raise MalformedError(f"PRELOGIN option {token} at {offset}, {length} bytes")
        options[token] = payload[offset : offset + length]
        position += _OPTION.size


def _encryption(option: bytes) -> Encryption:
    # The high bit announces a client certificate, which is never asked for.
    if len(option) != 1 or option[0] & 0x7F not in Encryption.__members__.values():
        raise MalformedError("PRELOGIN encryption option")
    return Encryption(option[0] & 0x7F)


def negotiate(client: Encryption, server: Encryption) -> Encryption:
    """The server's answer, by the table of MS-TDS 2.2.6.5.

    ``server`` is its setting: OFF (as the client likes), REQUIRED or NOT_SUPPORTED. The answer REQUIRED to a
    client without encryption, or NOT_SUPPORTED to one that requires it, ends the connection.
    """
    if server is Encryption.NOT_SUPPORTED or client is Encryption.NOT_SUPPORTED:
        return Encryption.REQUIRED if server is Encryption.REQUIRED else Encryption.NOT_SUPPORTED
    if client is Encryption.OFF:
        return server
    return Encryption.ON


def encode_prelogin(version: bytes, encryption: Encryption, fed_auth: bool | None) -> bytes:
    """The server's PRELOGIN. MARS and federated authentication are declined; ``version`` is six bytes."""
    options = [(_VERSION, version), (_ENCRYPTION, bytes([encryption])), (_INSTANCE, b"\0"), (_THREAD_ID, b"")]
    options.append((_MARS, b"\0"))
    if fed_auth is not None:
        options.append((_FED_AUTH, b"\0"))
    offset = len(options) * _OPTION.size + 1
    head, body = b"", b""
    for token, data in options:
        head += _OPTION.pack(token, offset + len(body), len(data))
        body += data
    return head + bytes([_TERMINATOR]) + body
