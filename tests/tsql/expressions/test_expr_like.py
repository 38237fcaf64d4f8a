"""LIKE and PATINDEX against a matcher that follows the page word by word: pattern constant or not."""

from evaluation import Evaluator
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError

ALPHABET = "abC%_[]^-!.é *\\"
patterns = st.text(ALPHABET, max_size=7)
texts = st.text("abCB%_[]^-!.é *\\", max_size=6)


def members(pattern: str, start: int) -> tuple[set[str] | None, bool, int]:
    """The set at ``start`` (behind its bracket): its members, whether negated, and where it ends; None if
    open."""
    negated = pattern[start : start + 1] == "^"
    position = start + negated
    found: set[str] = set()
    while position < len(pattern) and pattern[position] != "]":
        if pattern[position + 1 : position + 2] == "-" and pattern[position + 2 : position + 3] not in (
            "",
            "]",
        ):
            low, high = ord(pattern[position]), ord(pattern[position + 2])
            found |= {chr(code) for code in range(low, high + 1)}
            position += 3
        else:
            found.add(pattern[position])
            position += 1
    return (None, negated, len(pattern)) if position >= len(pattern) else (found, negated, position + 1)


def matches(text: str, pattern: str) -> bool:
    """Whether the whole text matches; both are in lower case."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(matches(text[i:], pattern[1:]) for i in range(len(text) + 1))
    if pattern[0] == "[":
        found, negated, end = members(pattern, 1)
        if found is None or not text:
            return False
        return ((text[0] in found) != negated) and matches(text[1:], pattern[end:])
    return bool(text) and pattern[0] in ("_", text[0]) and matches(text[1:], pattern[1:])


def like(text: str, pattern: str, unicode: bool) -> bool:
    text, pattern = text.lower(), pattern.lower()
    if unicode:
        return matches(text, pattern)
    # Trailing blanks of a varchar value may be left over.
    kept = len(text.rstrip(" "))
    return any(matches(text[:end], pattern) for end in range(kept, len(text) + 1))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=texts, pattern=patterns, unicode=st.booleans())
@example(text="a]", pattern="a]", unicode=False)
@example(text="a  ", pattern="%a", unicode=False)
def test_like(judge: Evaluator, text: str, pattern: str, unicode: bool) -> None:
    judge.declare("@t", "nvarchar(20)" if unicode else "varchar(20)", text)
    judge.declare("@p", "varchar(20)", pattern)
    wanted = like(text, pattern, unicode)
    assert judge.condition(f"@t LIKE {quoted(pattern)}") is wanted
    assert judge.condition("@t LIKE @p") is wanted


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=texts, pattern=st.text("ab%_!.", max_size=6))
def test_escape(judge: Evaluator, text: str, pattern: str) -> None:
    """``!x`` is the character x; a pattern that ends with the escape character matches nothing."""
    plain, position, open_end = "", 0, False
    while position < len(pattern):
        if pattern[position] == "!":
            open_end = position + 1 == len(pattern)
            character = pattern[position + 1 : position + 2]
            plain += f"[{character}]" if character in ("%", "_") else character
            position += 2
        else:
            plain += pattern[position]
            position += 1
    wanted = not open_end and like(text, plain, unicode=True)
    judge.declare("@t", "nvarchar(20)", text)
    judge.declare("@p", "nvarchar(20)", pattern)
    assert judge.condition(f"@t LIKE N{quoted(pattern)} ESCAPE '!'") is wanted
    assert judge.condition("@t LIKE @p ESCAPE '!'") is wanted


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=texts, pattern=patterns)
def test_patindex(judge: Evaluator, text: str, pattern: str) -> None:
    """The least start from which the pattern, without the % that it begins with, matches the rest of the
    text."""
    judge.declare("@t", "nvarchar(20)", text)
    judge.declare("@p", "nvarchar(20)", pattern)
    inner = pattern.lstrip("%").lower()
    starts = range(len(text) + 1) if pattern.startswith("%") else range(1)
    found = [start + 1 for start in starts if matches(text.lower()[start:], inner)]
    wanted = found[0] if found else 0
    assert judge.value(f"PATINDEX(N{quoted(pattern)}, @t)") == wanted
    assert judge.value("PATINDEX(@p, @t)") == wanted


def test_escape_in_a_variable_set_is_refused(evaluator: Evaluator) -> None:
    evaluator.declare("@p", "varchar(20)", "[!]]")
    try:
        evaluator.condition("'a' LIKE @p ESCAPE '!'")
    except SqlError as error:
        assert error.number == 40514
    else:
        raise AssertionError("not refused")
