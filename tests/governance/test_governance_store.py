"""What is stored of the resource governor is what is read."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.catalog.governor import BUILT_IN, Configuration, ExternalPool, WorkloadGroup, new_id
from localdb.catalog.governor_store import GovernorStore
from localdb.runtime.instance import Instance

NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=128)
COUNTS = st.integers(0, 2**31 - 1)
PERCENTS = st.integers(1, 100)
POOLS = st.builds(
    ExternalPool,
    st.integers(256, 260),
    NAMES,
    PERCENTS,
    PERCENTS,
    COUNTS,
    st.lists(st.integers(0, 63)).map(tuple),
    st.integers(1, 99),
)
GROUPS = st.builds(
    WorkloadGroup,
    st.integers(256, 260),
    NAMES,
    st.sampled_from(("Low", "Medium", "High")),
    st.floats(1, 100),
    COUNTS,
    COUNTS,
    st.integers(0, 64),
    COUNTS,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(enabled=st.booleans(), pools=st.lists(POOLS, max_size=5), groups=st.lists(GROUPS, max_size=5))
def test_round_trip(
    instance: Instance, enabled: bool, pools: list[ExternalPool], groups: list[WorkloadGroup]
) -> None:
    configuration = Configuration(enabled, BUILT_IN.pools, BUILT_IN.groups)
    for pool in pools:
        configuration = configuration.with_pool(pool)
    for group in groups:
        configuration = configuration.with_group(group)
    connection = instance.engine.connect()
    try:
        connection.begin()
        GovernorStore(connection).write(configuration)
        connection.commit()
        assert GovernorStore(connection).load() == configuration
    finally:
        connection.close()


@given(used=st.sets(st.integers(1, 400)))
def test_a_new_id_is_new_and_a_user_s(used: set[int]) -> None:
    assert new_id(used) not in used
    assert new_id(used) >= 256
