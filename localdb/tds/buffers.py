"""Reading untrusted bytes and writing length-prefixed ones; integers are little-endian (MS-TDS 2.2.5.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager


class MalformedError(Exception):
    """Bytes that are not what the protocol says; ``connection`` turns it into a numbered SqlError."""


_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_I32 = struct.Struct("<i")
_U64 = struct.Struct("<Q")


class Reader:
    """A bounds-checked cursor over bytes whose first failure sticks.

    A read beyond the end yields zero or nothing and marks the reader as failed; ``finish`` tells. So a
    decoder cannot forget a length check, and reads straight through.
    """

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)
        self._position = 0
        self._reason = ""

    @property
    def failed(self) -> bool:
        return bool(self._reason)

    @property
    def remaining(self) -> int:
        return 0 if self._reason else len(self._data) - self._position

    def fail(self, reason: str) -> None:
        """Mark the input as malformed; only the first reason is kept."""
        if not self._reason:
            self._reason = reason

    def check(self) -> None:
        """Raise MalformedError if any read so far has failed."""
        if self._reason:
            raise MalformedError(self._reason)

    def finish(self) -> None:
        """Raise MalformedError if a read failed or bytes are left over."""
        self.check()
        if self.remaining:
            raise MalformedError(f"{self.remaining} bytes left over at offset {self._position}")

    def take(self, size: int) -> memoryview:
        """The next ``size`` bytes without a copy, or nothing when there are fewer."""
        if size < 0 or size > self.remaining:
            self.fail(f"{size} bytes wanted at offset {self._position}, {self.remaining} are left")
            return memoryview(b"")
        start = self._position
        self._position = start + size
        return self._data[start : start + size]

    def bytes(self, size: int) -> bytes:
        return bytes(self.take(size))

    def count(self, number: int, smallest: int) -> int:
        """``number`` elements of at least ``smallest`` bytes each; 0 and a failure when they cannot fit."""
        if number * smallest > self.remaining:
            self.fail(f"{number} elements cannot fit in {self.remaining} bytes")
            return 0
        return number

    def peek(self) -> int | None:
        """The next byte, left where it is; None at the end."""
        return self._data[self._position] if self.remaining else None

    def u8(self) -> int:
        part = self.take(1)
        return part[0] if part else 0

    def u16(self) -> int:
        part = self.take(2)
        return int(_U16.unpack(part)[0]) if part else 0

    def u32(self) -> int:
        part = self.take(4)
        return int(_U32.unpack(part)[0]) if part else 0

    def i32(self) -> int:
        part = self.take(4)
        return int(_I32.unpack(part)[0]) if part else 0

    def u64(self) -> int:
        part = self.take(8)
        return int(_U64.unpack(part)[0]) if part else 0

    def integer(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def text(self, units: int) -> str:
        """``units`` UTF-16 code units; a lone surrogate is malformed."""
        return self.decode(self.take(2 * units))

    def decode(self, data: memoryview) -> str:
        try:
            return str(data, "utf-16-le")
        except UnicodeDecodeError:
            self.fail("text is not UTF-16")
            return ""

    def b_varchar(self) -> str:
        """B_VARCHAR: one length byte, in UTF-16 code units."""
        return self.text(self.u8())

    def us_varchar(self) -> str:
        """US_VARCHAR: two length bytes, in UTF-16 code units."""
        return self.text(self.u16())


class Writer:
    """Bytes being built; lengths are patched at the end of their block, so that nobody computes one."""

    def __init__(self) -> None:
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data)

    def getvalue(self) -> bytes:
        return bytes(self._data)

    def raw(self, data: bytes) -> None:
        self._data += data

    def u8(self, value: int) -> None:
        self._data.append(value)

    def u16(self, value: int) -> None:
        self._data += _U16.pack(value)

    def u32(self, value: int) -> None:
        self._data += _U32.pack(value)

    def i32(self, value: int) -> None:
        self._data += _I32.pack(value)

    def u64(self, value: int) -> None:
        self._data += _U64.pack(value)

    def integer(self, value: int, size: int, *, signed: bool = False) -> None:
        self._data += value.to_bytes(size, "little", signed=signed)

    def b_varchar(self, text: str) -> None:
        """B_VARCHAR; text beyond its 255 code units is cut."""
        data = encode_text(text, 255)
        self.u8(len(data) // 2)
        self.raw(data)

    def us_varchar(self, text: str, limit: int = 0x7FFF) -> None:
        """US_VARCHAR; text beyond ``limit`` code units is cut."""
        data = encode_text(text, limit)
        self.u16(len(data) // 2)
        self.raw(data)

    def b_varbyte(self, data: bytes) -> None:
        self.u8(len(data))
        self.raw(data)

    @contextmanager
    def u16_length(self) -> Iterator[None]:
        """A two-byte length, in bytes, of what the block writes."""
        start = len(self._data)
        self.u16(0)
        yield
        _U16.pack_into(self._data, start, len(self._data) - start - 2)

    @contextmanager
    def u32_length(self) -> Iterator[None]:
        """A four-byte length, in bytes, of what the block writes."""
        start = len(self._data)
        self.u32(0)
        yield
        _U32.pack_into(self._data, start, len(self._data) - start - 4)


def encode_text(text: str, limit: int) -> bytes:
    """UTF-16 of at most ``limit`` code units, never half a pair; what is not Unicode becomes U+FFFD."""
    data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-16-le")
    if len(data) <= 2 * limit:
        return data
    cut = data[: 2 * limit]
    return cut[:-2] if cut and 0xD8 <= cut[-1] <= 0xDB else cut
