"""Fixture files: a batch, and the statements (or the error) that the parser makes of it."""

from __future__ import annotations

import pytest
from parser_listing import CASES, Case, listing_of, read_cases

ALL = [case for file in sorted(CASES.glob("*.txt")) for case in read_cases(file)]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    assert listing_of(case.text) == case.expected


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_windows_line_ends_change_nothing(case: Case) -> None:
    assert listing_of(case.text.replace("\n", "\r\n")) == case.expected


def test_case_names_are_unique() -> None:
    assert len({case.name for case in ALL}) == len(ALL) > 100
