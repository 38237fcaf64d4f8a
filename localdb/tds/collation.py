"""Collations on the wire (MS-TDS 2.2.5.1.2) and the code pages behind varchar."""

from __future__ import annotations

import codecs

DEFAULT_COLLATION = bytes.fromhex("0904d00034")
"""SQL_Latin1_General_CP1_CI_AS: LCID 0409, ignoring case, kana and width, version 0, sort id 52."""

_UTF8_FLAG = 0x04000000
_LATIN_SORT_IDS = range(50, 55)
# Languages whose Windows code page is 1252, by the low ten bits of their LCID.
_CODE_PAGE_1252 = frozenset(
    {0x03, 0x06, 0x07, 0x09, 0x0A, 0x0B, 0x0C, 0x0F, 0x10, 0x13, 0x14, 0x16, 0x1D, 0x21, 0x2D, 0x36, 0x38}
)


def _windows_1252() -> str:
    """Windows maps the five bytes that code page 1252 leaves undefined to the control characters."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256))


_DECODING = _windows_1252()
_ENCODING = codecs.charmap_build(_DECODING)


def code_page(collation: bytes) -> str:
    """``utf-8`` or ``cp1252`` for a wire collation; '' for any other, which localdb cannot read."""
    bits = int.from_bytes(collation[:4], "little")
    if bits & _UTF8_FLAG:
        return "utf-8"
    language = bits & 0x3FF
    if bits == 0 or collation[4] in _LATIN_SORT_IDS or language in _CODE_PAGE_1252:
        return "cp1252"
    return ""


def decode_varchar(data: bytes | memoryview, page: str) -> str:
    """Raises UnicodeDecodeError for bytes that are not UTF-8; every byte is a character of code page 1252."""
    if page == "utf-8":
        return str(data, "utf-8")
    return codecs.charmap_decode(bytes(data), "strict", _DECODING)[0]


def encode_varchar(text: str) -> bytes:
    """Code page 1252; a character that it lacks becomes '?', as SQL Server does without telling."""
    return codecs.charmap_encode(text, "replace", _ENCODING)[0]
