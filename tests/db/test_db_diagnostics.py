"""All messages of a failure are taken apart, not only the first."""

import pytest

from db.diagnostics import split_records
from db.errors import DatabaseError, ServerMessage

MICROSOFT = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"


def test_one_record():
    text = f"[42S02] {MICROSOFT}Invalid object name 'x'. (208) (SQLExecDirectW)"
    assert split_records(text) == (ServerMessage(208, "42S02", "Invalid object name 'x'."),)


def test_several_records_with_line_ends_and_brackets_inside():
    text = (
        f"[42000] {MICROSOFT}A 'Python' script error occurred with HRESULT 0x1. (39004) (SQLExecDirectW); "
        f"[42000] {MICROSOFT}An external script error occurred: \n\nTraceback [1]; x\n"
        "ValueError: [2] (three) (39019); "
        f"[01000] {MICROSOFT}STDOUT message(s) from external script: \nhello; [not a state] (39005)"
    )
    assert [(message.number, message.state) for message in split_records(text)] == [
        (39004, "42000"),
        (39019, "42000"),
        (39005, "01000"),
    ]
    assert split_records(text)[1].text.endswith("ValueError: [2] (three)")
    assert split_records(text)[2].text.endswith("[not a state]")


def test_the_drivers_own_records_have_no_number():
    found = split_records(
        "[HYT00] [Microsoft][ODBC Driver 18 for SQL Server]Login timeout expired (0) (SQLDriverConnect)"
    )
    assert found == (ServerMessage(0, "HYT00", "Login timeout expired"),)


@pytest.mark.parametrize("text", ["", "something else"])
def test_other_texts_are_kept(text):
    assert split_records(text) == (ServerMessage(0, "HY000", text),)


def test_the_error_shows_all_messages_and_what_was_done():
    error = DatabaseError((ServerMessage(1, "42000", "first"), ServerMessage(2, "42000", "second")))
    assert str(error.while_doing("script a.sql")) == "script a.sql:\nMsg 1: first\nMsg 2: second"
    assert error.numbers == (1, 2)
