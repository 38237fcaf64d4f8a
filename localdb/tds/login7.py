"""LOGIN7: MS-TDS 2.2.6.4."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from localdb.tds.buffers import MalformedError, Reader

TDS_74 = 0x74000004
_FIXED_SIZE = 94
_LARGEST = 128 * 1024


class Feature(IntEnum):
    """FeatureExt ids of MS-TDS 2.2.6.4 that are known by name; others are allowed and not acknowledged."""

    SESSION_RECOVERY = 0x01
    FEDERATED_AUTHENTICATION = 0x02
    COLUMN_ENCRYPTION = 0x04
    GLOBAL_TRANSACTIONS = 0x05
    AZURE_SQL_SUPPORT = 0x08
    DATA_CLASSIFICATION = 0x09
    UTF8_SUPPORT = 0x0A
    AZURE_SQL_DNS_CACHING = 0x0B
    JSON_SUPPORT = 0x0D
    VECTOR_SUPPORT = 0x0E
    USER_AGENT = 0x10


@dataclass(frozen=True, slots=True)
class Login7:
    """What the client says about itself; ``features`` maps feature ids to their data."""

    tds_version: int
    packet_size: int
    user: str
    password: str = field(repr=False)
    database: str = ""
    host: str = ""
    application: str = ""
    server: str = ""
    library: str = ""
    language: str = ""
    integrated_security: bool = False
    change_password: bool = False
    attach_file: str = ""
    features: tuple[tuple[int, bytes], ...] = ()


def decode_login7(payload: bytes) -> Login7:
    """Raises MalformedError. The TDS version is not judged here, only read."""
    if not _FIXED_SIZE <= len(payload) <= _LARGEST:
        raise MalformedError(f"LOGIN7 of {len(payload)} bytes")
    reader = Reader(payload[:_FIXED_SIZE])
    length, tds_version, packet_size = reader.u32(), reader.u32(), reader.u32()
    if length != len(payload):
        raise MalformedError(f"LOGIN7 says {length} bytes and has {len(payload)}")
    reader.take(12)  # client program version, process id, connection id
    reader.u8()  # option flags 1: byte order, character set; SQL Server reads only the ones that all send
    flags2, _type_flags, flags3 = reader.u8(), reader.u8(), reader.u8()
    reader.take(8)  # time zone, locale
    places = [(reader.u16(), reader.u16()) for _ in range(9)]
    reader.take(6)  # client id
    places += [(reader.u16(), reader.u16()) for _ in range(3)]
    reader.u32()  # long SSPI length
    reader.finish()
    host, user, password, application, server, extension, library, language, database = places[:9]
    attach_file, new_password = places[10:]
    return Login7(
        tds_version=tds_version,
        packet_size=packet_size,
        user=_text(payload, *user),
        password=decode_password(_slice(payload, *password)),
        database=_text(payload, *database),
        host=_text(payload, *host),
        application=_text(payload, *application),
        server=_text(payload, *server),
        library=_text(payload, *library),
        language=_text(payload, *language),
        integrated_security=bool(flags2 & 0x80),
        change_password=bool(flags3 & 0x01) and new_password[1] > 0,
        attach_file=_text(payload, *attach_file),
        features=_features(payload, *extension) if flags3 & 0x10 else (),
    )


def _slice(payload: bytes, offset: int, units: int) -> bytes:
    if units == 0:
        return b""
    if offset < _FIXED_SIZE or offset + 2 * units > len(payload):
        raise MalformedError(f"LOGIN7 field at {offset}, {units} code units")
    return payload[offset : offset + 2 * units]


def _text(payload: bytes, offset: int, units: int) -> str:
    reader = Reader(_slice(payload, offset, units))
    text = reader.text(units)
    reader.finish()
    return text


def decode_password(data: bytes) -> str:
    """Undoes the obfuscation: each byte was nibble-swapped, then xored with A5."""
    plain = bytes(((byte ^ 0xA5) << 4 | (byte ^ 0xA5) >> 4) & 0xFF for byte in data)
    try:
        return plain.decode("utf-16-le")
    except UnicodeDecodeError:
        raise MalformedError("LOGIN7 password is not UTF-16") from None


def _features(payload: bytes, offset: int, size: int) -> tuple[tuple[int, bytes], ...]:
    """ibExtension points to a four-byte offset, which points to the FeatureExt block."""
    if size < 4 or offset < _FIXED_SIZE or offset + 4 > len(payload):
        raise MalformedError(f"LOGIN7 extension at {offset}, {size} bytes")
    start = int.from_bytes(payload[offset : offset + 4], "little")
    if not _FIXED_SIZE <= start < len(payload):
        raise MalformedError(f"LOGIN7 features at {start}")
    reader = Reader(payload[start:])
    features: list[tuple[int, bytes]] = []
    while (feature := reader.u8()) != 0xFF:
        features.append((feature, reader.bytes(reader.u32())))
        reader.check()
    reader.check()
    return tuple(features)
