"""The decision "may they?" against a second, slower way to find it: everything that is implied, spelt out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from localdb.catalog.effective import (
    WHOLE_DATABASE,
    WHOLE_SERVER,
    Decision,
    Securable,
    effective,
    login_ids,
    make_caller,
)
from localdb.catalog.permission_names import CLASSES
from localdb.catalog.security import (
    DATABASE,
    DENY,
    GRANT,
    GRANT_WITH_GRANT_OPTION,
    SERVER,
    Permission,
    Principal,
    Security,
)

USERS, ROLES = (5, 6), (7, 8, 9)
FIXED = {
    16384: (GRANT, ["CONTROL"]),
    16390: (GRANT, ["SELECT"]),
    16391: (GRANT, ["INSERT", "UPDATE", "DELETE"]),
    16392: (DENY, ["SELECT"]),
    16393: (DENY, ["INSERT", "UPDATE", "DELETE"]),
}
LOGIN, SERVER_ROLE = 257, 258
SCHEMAS = [Securable("SCHEMA", number, owner, WHOLE_DATABASE) for number, owner in ((1, 1), (5, 6), (6, 9))]
OBJECTS = [Securable("OBJECT", 100 + i, place.owner_id, place) for i, place in enumerate(SCHEMAS)]
ROLE = Securable("ROLE", 9, 8, WHOLE_DATABASE)
IN_DATABASE = [WHOLE_DATABASE, *SCHEMAS, *OBJECTS, ROLE]


@dataclass(frozen=True)
class World:
    server: Security
    database: Security


def _principals(numbers: tuple[int, ...]) -> dict[str, Principal]:
    return {f"p{n}": Principal(n, f"p{n}", "S" if n in (*USERS, LOGIN) else "R") for n in numbers}


@st.composite
def permissions(draw: st.DrawFn, places: list[Securable], grantees: tuple[int, ...]) -> Permission:
    place = draw(st.sampled_from(places))
    name = draw(st.sampled_from(sorted(CLASSES[place.class_name].permissions)))
    if draw(st.booleans()):
        common = {"SELECT", "CONTROL", "ALTER", "EXECUTE", "CONTROL SERVER"}
        name = draw(st.sampled_from(sorted(common & set(CLASSES[place.class_name].permissions))))
    state = draw(st.sampled_from([GRANT, DENY, GRANT_WITH_GRANT_OPTION]))
    return Permission(place.class_id, place.major_id, name, state, draw(st.sampled_from(grantees)), 1)


members = st.frozensets(
    st.tuples(st.sampled_from((*ROLES, *FIXED)), st.sampled_from((*USERS, *ROLES))).filter(
        lambda pair: pair[0] not in ROLES or pair[0] > pair[1]
    ),
    max_size=5,
)
worlds = st.builds(
    lambda granted, there, granted_there, in_role: World(
        Security(
            _principals((LOGIN, SERVER_ROLE)),
            frozenset({(SERVER_ROLE, LOGIN)}) if in_role else frozenset(),
            tuple(granted_there),
        ),
        Security(_principals((1, *USERS, *ROLES)), there, tuple(granted)),
    ),
    st.lists(permissions(IN_DATABASE, (0, *USERS, *ROLES)), max_size=6),
    members,
    st.lists(permissions([WHOLE_SERVER], (2, LOGIN, SERVER_ROLE)), max_size=2),
    st.booleans(),
)


# --- the second way ---


def everybody(pairs: frozenset[tuple[int, int]], start: set[int]) -> set[int]:
    """Membership by repetition until nothing is added."""
    known = set(start)
    while True:
        more = {role for role, member in pairs if member in known} - known
        if not more:
            return known
        known |= more


Implied = set[tuple[Securable, str]]


def spelt_out(start: Implied) -> Implied:
    """Everything that a set of permissions implies, found by trying each permission of each thing."""
    known = set(start)
    while True:
        more: Implied = set()
        for place in [WHOLE_SERVER, *IN_DATABASE]:
            for name in CLASSES[place.class_name].permissions.values():
                above = place.parent
                same = (place, name.covered_by) in known
                inherited = above is not None and (above, name.parent_covered_by) in known
                if same or inherited:
                    more.add((place, name.name))
        if more <= known:
            return known
        known |= more


def second_opinion(world: World, login: int | None, user: int, name: str, place: Securable) -> Decision:
    logins = everybody(world.server.members, {2} | ({login} if login is not None else set()))
    users = everybody(world.database.members, {0, user})
    fixed = [
        Permission(DATABASE, 0, one, state, role, role)
        for role, (state, names) in FIXED.items()
        if role in users
        for one in names
    ]
    held = [p for p in world.server.permissions if p.grantee_id in logins]
    held += [p for p in (*world.database.permissions, *fixed) if p.grantee_id in users]
    places = {(p.class_id, p.major_id): p for p in [WHOLE_SERVER, *IN_DATABASE]}
    assert (SERVER, 0) in places
    owned = {(thing, "CONTROL") for thing in IN_DATABASE if thing.owner_id in users}
    if (place, name) in spelt_out(owned):
        return Decision.GRANTED
    granted = {(places[p.class_id, p.major_id], p.name) for p in held if p.state != DENY}
    denied = {(places[p.class_id, p.major_id], p.name) for p in held if p.state == DENY}
    if (place, name) in spelt_out(denied):
        return Decision.DENIED
    return Decision.GRANTED if (place, name) in spelt_out(granted) else Decision.NONE


@settings(max_examples=300, deadline=None)
@given(worlds, st.sampled_from([None, LOGIN]), st.sampled_from(USERS), st.data())
def test_two_ways_to_the_same_answer(world, login, user, data):
    place = data.draw(st.sampled_from(IN_DATABASE))
    name = data.draw(st.sampled_from(sorted(CLASSES[place.class_name].permissions)))
    caller = make_caller(world.server, world.database, login_ids(world.server, login), user)
    assert effective(caller, name, place) is second_opinion(world, login, user, name, place)


@settings(max_examples=50, deadline=None)
@given(worlds, st.sampled_from(OBJECTS))
def test_dbo_and_sysadmin_are_never_denied(world, thing):
    dbo = make_caller(world.server, world.database, login_ids(world.server, None), 1)
    assert effective(dbo, "SELECT", thing) is Decision.GRANTED
    server = replace(world.server, members=frozenset({(3, LOGIN)}))
    administrator = make_caller(server, world.database, login_ids(server, LOGIN), 5)
    assert effective(administrator, "SELECT", thing) is Decision.GRANTED
    assert effective(administrator, "CONTROL SERVER", WHOLE_SERVER) is Decision.GRANTED


def test_dbo_of_a_database_has_nothing_on_the_server():
    dbo = make_caller(Security(), Security(), login_ids(Security(), None), 1)
    assert effective(dbo, "VIEW SERVER STATE", WHOLE_SERVER) is Decision.NONE
