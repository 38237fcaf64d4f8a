"""The order of options on the command line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import shared_options_first


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["up"], ["up"]),
        (["up", "--target", "x", "--k", "5"], ["--target", "x", "up", "--k", "5"]),
        (["up", "--target=x", "--data", "d"], ["--target=x", "--data", "d", "up"]),
        (["--database", "b", "status"], ["--database", "b", "status"]),
        (["push", "--", "--target"], ["push", "--", "--target"]),
        (["up", "--target"], ["--target", "up"]),
    ],
)
def test_shared_options_go_first(words, expected):
    assert shared_options_first(words) == expected


@given(st.lists(st.sampled_from(["up", "--target", "--data=x", "--k", "5", "--", "x"])))
def test_no_word_is_lost_or_added(words):
    assert sorted(shared_options_first(words)) == sorted(words)
