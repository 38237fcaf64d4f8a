"""Chunks of a script's input, against plain Python on lists."""

from __future__ import annotations

import itertools

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from localdb.runtime.scripts.chunks import announced, by_partition, by_rows

SCHEMA = pa.schema([("value", pa.int64()), ("number", pa.int64())])


def _batches(rows: list[int], sizes: list[int], numbers: list[int]) -> list[pa.RecordBatch]:
    """``rows`` in batches of ``sizes``, which may be 0, and one of the rest."""
    table = pa.Table.from_arrays([pa.array(rows, pa.int64()), pa.array(numbers, pa.int64())], schema=SCHEMA)
    cuts = [0, *itertools.accumulate(sizes), len(rows)]
    whole = table.combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], schema=SCHEMA)]
    return [whole[0].slice(start, max(end - start, 0)) for start, end in itertools.pairwise(cuts)]


sizes = st.lists(st.integers(0, 7), max_size=6)


@given(st.lists(st.integers(), max_size=20).map(lambda v: [x % 1000 for x in v]), sizes, st.integers(1, 9))
def test_so_many_rows_each(rows, cuts, size):
    chunks = [table.column(0).to_pylist() for table in by_rows(_batches(rows, cuts, rows), size)]
    assert chunks == [rows[start : start + size] for start in range(0, len(rows), size)]


@given(st.lists(st.integers(0, 3), max_size=20).map(sorted), sizes)
def test_a_partition_each(numbers, cuts):
    rows = list(range(len(numbers)))
    tables = list(by_partition(_batches(rows, cuts, numbers)))
    expected = [
        [row for row, _ in group]
        for _, group in itertools.groupby(zip(rows, numbers, strict=True), lambda pair: pair[1])
    ]
    assert [table.column(0).to_pylist() for table in tables] == expected
    assert all(table.column_names == ["value"] for table in tables)


def test_a_chunk_says_whether_another_follows():
    one, two = (pa.table({"x": [number]}) for number in (1, 2))
    empty = one.slice(0, 0)
    assert list(announced(iter([one, two]), empty)) == [(one, True), (two, False)]
    assert list(announced(iter([]), empty)) == [(empty, False)]


def test_a_chunk_is_made_when_it_is_asked_for():
    made = []

    def tables():
        for number in range(10):
            made.append(number)
            yield pa.table({"x": [number]})

    chunks = announced(tables(), pa.table({"x": []}))
    next(chunks)
    next(chunks)
    assert len(made) == 3
