from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.tds.buffers import MalformedError, Reader, Writer, encode_text


def test_reads_in_order() -> None:
    reader = Reader(bytes.fromhex("01 0200 03000000 0400000000000000 ffffffff 0261006200"))
    assert (reader.u8(), reader.u16(), reader.u32(), reader.u64(), reader.i32()) == (1, 2, 3, 4, -1)
    assert reader.b_varchar() == "ab"
    reader.finish()


def test_the_first_failure_sticks() -> None:
    reader = Reader(b"\1\2\3")
    assert reader.u32() == 0
    assert reader.u8() == 0, "after a failure even what is there is not read"
    assert reader.failed
    with pytest.raises(MalformedError, match="4 bytes wanted at offset 0"):
        reader.finish()


def test_finish_complains_of_bytes_left_over() -> None:
    reader = Reader(b"\1\2")
    reader.u8()
    with pytest.raises(MalformedError, match="1 bytes left over"):
        reader.finish()


def test_count_refuses_what_cannot_fit() -> None:
    reader = Reader(bytes(10))
    assert reader.count(5, 2) == 5
    assert reader.count(6, 2) == 0
    assert reader.failed


def test_a_negative_length_is_malformed() -> None:
    reader = Reader(bytes(10))
    assert bytes(reader.take(-1)) == b""
    assert reader.failed


def test_a_lone_surrogate_is_malformed() -> None:
    reader = Reader(b"\x00\xd8")
    assert reader.text(1) == ""
    assert reader.failed


@given(st.binary(max_size=40), st.lists(st.sampled_from(["u8", "u16", "u32", "u64", "i32", "b_varchar"])))
def test_no_read_raises(data: bytes, reads: list[str]) -> None:
    reader = Reader(data)
    for read in reads:
        getattr(reader, read)()
    assert reader.remaining <= len(data)


def test_lengths_are_patched() -> None:
    writer = Writer()
    with writer.u16_length():
        writer.u8(7)
        with writer.u32_length():
            writer.raw(b"abc")
    assert writer.getvalue() == bytes.fromhex("0800 07 03000000 616263")


@given(st.text(max_size=300), st.integers(0, 260))
def test_text_is_cut_at_whole_characters(text: str, limit: int) -> None:
    data = encode_text(text, limit)
    assert len(data) <= 2 * limit
    assert text.startswith(data.decode("utf-16-le"))
    assert len(data) >= min(2 * limit - 2, len(text.encode("utf-16-le")))


def test_b_varchar_is_cut() -> None:
    writer = Writer()
    writer.b_varchar("x" * 300)
    assert len(writer) == 1 + 510
