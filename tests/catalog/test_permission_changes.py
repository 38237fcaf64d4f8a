"""GRANT, DENY and REVOKE against a judge that follows the documentation on plain dictionaries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from localdb.catalog.permission_changes import denied, granted, revoked
from localdb.catalog.security import DENY, GRANT, GRANT_WITH_GRANT_OPTION, OBJECT, Permission
from localdb.errors import SqlError

people = st.integers(1, 4)
names = st.sampled_from(["SELECT", "INSERT"])
steps = st.lists(
    st.tuples(st.sampled_from(["grant", "option", "deny", "revoke", "revoke option"]), names, people, people)
    .filter(lambda step: step[2] != step[3])
    .flatmap(lambda step: st.tuples(st.just(step), st.booleans())),
    max_size=25,
)

State = dict[tuple[str, int, int], str]
"""(permission, grantee, grantor) -> state."""


def judged(state: State, step: tuple[str, str, int, int], cascade: bool) -> State:
    """What the documentation makes of one statement; LookupError stands for error 4611."""
    verb, name, grantee, grantor = step
    after = dict(state)
    key = (name, grantee, grantor)
    old = state.get(key)
    if verb in ("grant", "option"):
        after[key] = "G" if verb == "grant" else "W"
        return after
    if verb != "deny" and (old is None or (verb == "revoke option" and old != "W")):
        return after
    may_pass_on = [
        kind for (known, who, _), kind in state.items() if (known, who, kind) == (name, grantee, "W")
    ]
    if (may_pass_on if verb == "deny" else old == "W") and not cascade:
        raise LookupError
    match verb:
        case "deny":
            after[key] = "D"
        case "revoke":
            del after[key]
        case _:
            after[key] = "G"
    if cascade:
        take_back(after, name, grantee, set())
    return after


def take_back(state: State, name: str, grantor: int, seen: set[int]) -> None:
    """Everything that ``grantor`` passed on, and those to whom it went."""
    if grantor in seen:
        return
    seen.add(grantor)
    passed = [key for key in state if (key[0], key[2]) == (name, grantor)]
    states = [state.pop(key) for key in passed]
    for (_, grantee, _), kind in zip(passed, states, strict=True):
        if kind != "D":
            take_back(state, name, grantee, seen)


def run(
    known: tuple[Permission, ...], step: tuple[str, str, int, int], cascade: bool
) -> tuple[Permission, ...]:
    verb, name, grantee, grantor = step
    state = {"option": GRANT_WITH_GRANT_OPTION, "deny": DENY}.get(verb, GRANT)
    entry = Permission(OBJECT, 7, name, state, grantee, grantor)
    if verb in ("grant", "option"):
        return granted(known, entry)
    if verb == "deny":
        return denied(known, entry, cascade=cascade)
    return revoked(known, entry, cascade=cascade, option_only=verb == "revoke option")


@given(steps)
def test_any_sequence_of_statements(
    sequence: list[tuple[tuple[str, str, int, int], bool]],
) -> None:
    elsewhere = Permission(OBJECT, 8, "SELECT", GRANT, 1, 2)
    known: tuple[Permission, ...] = (elsewhere,)
    state: State = {}
    for step, cascade in sequence:
        try:
            expected = judged(state, step, cascade)
        except LookupError:
            try:
                run(known, step, cascade)
            except SqlError as error:
                assert error.number == 4611
                continue
            raise AssertionError(f"{step} should have been 4611") from None
        known, state = run(known, step, cascade), expected
        assert elsewhere in known
        on_it = [one for one in known if one != elsewhere]
        assert {(one.name, one.grantee_id, one.grantor_id): one.state for one in on_it} == state
        assert len(on_it) == len(state)
