"""Splitting of scripts at GO lines, as SSMS does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.scripts import Script, read_scripts, split_batches


def texts(script):
    return [batch.text for batch in split_batches(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1\nGO\nSELECT 2\n", ["SELECT 1\n", "SELECT 2\n"]),
        ("SELECT 1\r\n go \r\nSELECT 2", ["SELECT 1\r\n", "SELECT 2"]),
        ("SELECT 1\nGo -- done\nSELECT 2", ["SELECT 1\n", "SELECT 2"]),
        ("GO\nGO\n\nGO", []),
        ("SELECT 1 GO\nSELECT 2", ["SELECT 1 GO\nSELECT 2"]),
        ("SELECT 1\nGOTO done\n", ["SELECT 1\nGOTO done\n"]),
        ("SELECT 1\nGO;\n", ["SELECT 1\nGO;\n"]),
        ("/* one\nGO\n*/ SELECT 1", ["/* one\nGO\n*/ SELECT 1"]),
        (
            "/* one /* two */\nGO\n*/ SELECT 1\nGO\nSELECT 2",
            ["/* one /* two */\nGO\n*/ SELECT 1\n", "SELECT 2"],
        ),
        ("SELECT 'a\nGO\nb'\nGO\nSELECT 2", ["SELECT 'a\nGO\nb'\n", "SELECT 2"]),
        ("SELECT 'it''s\nGO\n'", ["SELECT 'it''s\nGO\n'"]),
        ("SELECT [a]]\nGO\n]", ["SELECT [a]]\nGO\n]"]),
        ('SELECT "a\nGO\n"', ['SELECT "a\nGO\n"']),
        ("SELECT 1 -- it's\nGO\nSELECT 2", ["SELECT 1 -- it's\n", "SELECT 2"]),
        ("SELECT '--'\nGO\nSELECT '/*'\nGO\nSELECT 3", ["SELECT '--'\n", "SELECT '/*'\n", "SELECT 3"]),
    ],
)
def test_batches(script, expected):
    assert texts(script) == expected


def test_a_count_repeats_the_batch():
    assert [(batch.text, batch.count) for batch in split_batches("INSERT t VALUES (1)\nGO 5\n")] == [
        ("INSERT t VALUES (1)\n", 5)
    ]


def test_batches_know_their_lines():
    assert [batch.line for batch in split_batches("SELECT 1\nGO\n\nSELECT 2\nSELECT 3\nGO\nSELECT 4")] == [
        1,
        3,
        7,
    ]


@given(st.lists(st.sampled_from(["SELECT 1;", " go ", "GO 2", "GO -- x", "", "GOTO a", "x GO"]), max_size=12))
def test_without_quotes_exactly_the_go_lines_vanish(lines):
    kept = "".join(texts("\n".join(lines)))
    wanted = [line for line in lines if line and line.strip().upper().split()[0] != "GO"]
    assert [line for line in kept.splitlines() if line] == wanted


@given(st.text(alphabet="aGO ;'\n-/*[]\"", max_size=60))
def test_batches_are_pieces_of_the_script_in_order(script):
    position = 0
    for text in texts(script):
        position = script.index(text, position) + len(text)


def test_the_hash_does_not_depend_on_line_ends():
    assert Script("a", "SELECT 1\r\nGO\r\n").sha256 == Script("a", "SELECT 1\nGO\n").sha256
    assert Script("a", "SELECT 1\n").sha256 != Script("a", "SELECT 2\n").sha256


def test_files_are_read_in_the_order_of_their_names(tmp_path):
    (tmp_path / "002_b.sql").write_text("SELECT 2")
    (tmp_path / "001_a.sql").write_text("\ufeffSELECT 1", encoding="utf-8")
    assert [(script.name, script.text) for script in read_scripts(tmp_path)] == [
        ("001_a", "SELECT 1"),
        ("002_b", "SELECT 2"),
    ]
