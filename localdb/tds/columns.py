"""Rows from columns: whole result sets become ROW tokens (MS-TDS 2.2.7.19) with numpy, never cell by cell.

A column is either fixed (every value has the same width on the wire) or a run of bytes with lengths. When all
columns are fixed and nothing is NULL, rows are one packed numpy record array; otherwise the position of every
cell is computed first and the columns are scattered to their places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localdb.errors import sql_error
from localdb.tds.typeinfo import Layout

ROW_TOKEN = 0xD1
_PLP_NULL = 0xFFFFFFFFFFFFFFFF

Values = NDArray[Any]
Bools = NDArray[np.bool_]
Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FixedColumn:
    """Values of one width. ``fields`` are its wire bytes as numpy columns, in wire order, one item per row.

    ``valid`` is None when nothing is NULL. ``layout`` is FIXED (then never NULL) or BYTE.
    """

    layout: Layout
    fields: tuple[Values, ...]
    valid: Bools | None = None

    @property
    def width(self) -> int:
        return sum(int(f.dtype.itemsize) for f in self.fields)


@dataclass(frozen=True, slots=True)
class BytesColumn:
    """Values of any length: row ``i`` is ``data[offsets[i]:offsets[i + 1]]``; a NULL row is empty.

    ``layout`` is USHORT or PLP; ``limit`` is the longest value that the type allows, in bytes.
    """

    layout: Layout
    data: NDArray[np.uint8]
    offsets: Positions
    valid: Bools | None = None
    limit: int = 0xFFFE


WireColumn = FixedColumn | BytesColumn


def encode_rows(columns: Sequence[WireColumn], rows: int) -> bytes:
    """``rows`` ROW tokens. SqlError 8152 for a value longer than its type."""
    if rows == 0:
        return b""
    groups = _group([_Constant(ROW_TOKEN), *columns])
    if len(groups) == 1 and isinstance(groups[0], _Record):
        return groups[0].records(rows).tobytes()
    sizes = [group.sizes(rows) for group in groups]
    ends = np.cumsum(np.sum(sizes, axis=0), dtype=np.int64)
    out = np.empty(int(ends[-1]), dtype=np.uint8)
    position = np.concatenate(([0], ends[:-1]))
    for group, size in zip(groups, sizes, strict=True):
        group.write(out, position)
        position = position + size
    return out.tobytes()


@dataclass(frozen=True, slots=True)
class _Constant:
    """One byte, the same in every row."""

    value: int


class _Record:
    """Neighbouring parts of a row that have the same width in every row, as one packed record."""

    def __init__(self, parts: Sequence[_Constant | FixedColumn]) -> None:
        self._items: list[Values | int] = []
        types: list[tuple[str, Any]] = []
        for part in parts:
            items: list[Values | int] = (
                [part.value] if isinstance(part, _Constant) else [*_length_byte(part), *part.fields]
            )
            for item in items:
                types.append((f"f{len(types)}", "u1" if isinstance(item, int) else item.dtype))
            self._items += items
        self._dtype = np.dtype(types)

    def records(self, rows: int) -> Values:
        records = np.empty(rows, dtype=self._dtype)
        for name, item in zip(self._dtype.names or (), self._items, strict=True):
            records[name] = item
        return records

    def sizes(self, rows: int) -> Positions:
        return np.full(rows, self._dtype.itemsize, dtype=np.int64)

    def write(self, out: NDArray[np.uint8], position: Positions) -> None:
        _scatter(out, position, self.records(len(position)))


class _NullableFixed:
    """A fixed column with NULLs: a length byte, then the value unless it is NULL."""

    def __init__(self, column: FixedColumn, valid: Bools) -> None:
        self._column = column
        self._valid = valid

    def sizes(self, rows: int) -> Positions:
        return 1 + self._valid.astype(np.int64) * self._column.width

    def write(self, out: NDArray[np.uint8], position: Positions) -> None:
        out[position] = np.where(self._valid, self._column.width, 0)
        position = position[self._valid] + 1
        fields = tuple(field[self._valid] for field in self._column.fields)
        if len(fields) == 1:
            _scatter(out, position, fields[0])
        else:
            _Record([FixedColumn(Layout.FIXED, fields)]).write(out, position)


class _Bytes:
    """A bytes column. USHORT has two length bytes; PLP eight for all, four for its one part, four of zero."""

    def __init__(self, column: BytesColumn) -> None:
        self._column = column
        self._lengths = np.diff(column.offsets)
        if column.layout is Layout.USHORT and len(self._lengths) and self._lengths.max() > column.limit:
            raise sql_error(8152)

    @property
    def _valid(self) -> Bools:
        valid = self._column.valid
        return np.ones(len(self._lengths), dtype=np.bool_) if valid is None else valid

    def sizes(self, rows: int) -> Positions:
        if self._column.layout is Layout.USHORT:
            return 2 + self._lengths
        # NULL: eight bytes. Empty: eight and the terminator. Otherwise a part's length and its bytes as well.
        return 8 + self._valid * 4 + np.where(self._lengths > 0, 4 + self._lengths, 0)

    def write(self, out: NDArray[np.uint8], position: Positions) -> None:
        if self._column.layout is Layout.USHORT:
            prefix = np.where(self._valid, self._lengths, 0xFFFF).astype("<u2")
            _scatter(out, position, prefix)
            self._copy(out, position + 2)
            return
        prefix = np.where(self._valid, self._lengths.astype("<u8"), np.uint64(_PLP_NULL)).astype("<u8")
        _scatter(out, position, prefix)
        filled = self._lengths > 0
        _scatter(out, position[filled] + 8, self._lengths[filled].astype("<u4"))
        self._copy(out, position + 12)
        ends = position + np.where(filled, 12 + self._lengths, 8)
        _scatter(out, ends[self._valid], np.zeros(int(self._valid.sum()), dtype="<u4"))

    def _copy(self, out: NDArray[np.uint8], position: Positions) -> None:
        """Cells of the same length are moved together, each as one element."""
        offsets, lengths = self._column.offsets, self._lengths
        longest = int(lengths.max())
        # Sixteen bits are sorted by radix, which is ten times as fast.
        keys = lengths.astype(np.uint16) if longest <= 0xFFFF else lengths
        order = np.argsort(keys, kind="stable")
        changes = np.flatnonzero(np.diff(keys[order])) + 1
        for rows in np.split(order, changes):
            width = int(lengths[rows[0]])
            if width > 0:
                cells = _elements(self._column.data, width)
                _elements(out, width)[position[rows]] = cells[offsets[rows]]


def _length_byte(column: FixedColumn) -> list[Values | int]:
    return [column.width] if column.layout is Layout.BYTE else []


def _group(parts: Sequence[_Constant | WireColumn]) -> list[_Record | _NullableFixed | _Bytes]:
    """Merges neighbours of constant width into records, so that a row is written in few strokes."""
    groups: list[_Record | _NullableFixed | _Bytes] = []
    constant: list[_Constant | FixedColumn] = []
    for part in parts:
        if isinstance(part, _Constant) or (isinstance(part, FixedColumn) and part.valid is None):
            constant.append(part)
            continue
        if constant:
            groups.append(_Record(constant))
            constant = []
        if isinstance(part, BytesColumn):
            groups.append(_Bytes(part))
        elif part.valid is not None:
            groups.append(_NullableFixed(part, part.valid))
    if constant:
        groups.append(_Record(constant))
    return groups


def _scatter(out: NDArray[np.uint8], position: Positions, records: Values) -> None:
    """Puts record ``i`` at byte ``position[i]``."""
    if len(position) > 0:
        width = records.dtype.itemsize
        _elements(out, width)[position] = np.ascontiguousarray(records).view(f"V{width}")


def _elements(data: NDArray[np.uint8], width: int) -> Values:
    """``data`` as elements of ``width`` bytes, of which one begins at every byte."""
    return np.ndarray((len(data) - width + 1,), dtype=f"V{width}", buffer=data.data, strides=(1,))
