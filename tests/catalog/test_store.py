from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.catalog.objects import (
    CHECK,
    FOREIGN_KEY,
    PRIMARY_KEY,
    Constraint,
    Parameter,
    Procedure,
    Schema,
    Snapshot,
    Table,
    TableColumn,
    View,
)
from localdb.catalog.store import Store, now
from localdb.engine.duck import Engine
from localdb.types import INT, Column, Identity, ObjectName, decimal_type, nvarchar

DBO = Schema(1, "dbo")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = Engine(tmp_path)
    engine.create("shop")
    connection = engine.connect()
    made = Store("shop", connection)
    assert not made.exists()
    made.create()
    assert made.exists()
    yield made
    connection.close()
    engine.close()


def table(number: int, name: str = "T") -> Table:
    moment = now()
    columns = (
        TableColumn(1, Column("id", INT, False, Identity(1, 2))),
        TableColumn(2, Column("Größe", decimal_type(7, 2), True, None, "1.5"), "DF_x"),
        TableColumn(4, Column("parent", INT)),
    )
    constraints = (
        Constraint(number + 1, "PK_t", PRIMARY_KEY, ("id",)),
        Constraint(number + 2, "CK_t", CHECK, ("Größe",), "[Größe] > 'it''s'"),
        Constraint(number + 3, "FK_t", FOREIGN_KEY, ("parent",), "", ObjectName(name, "dbo"), ("id",)),
    )
    return Table(number, "dbo", name, columns, constraints, moment, moment)


def test_new_database_has_the_fixed_schemas(store: Store) -> None:
    snapshot = store.load()
    assert snapshot.schema("DBO") == DBO
    assert snapshot.schema("information_schema") == Schema(3, "INFORMATION_SCHEMA", 3)
    assert snapshot.objects == {}


def test_objects_are_read_as_they_were_written(store: Store) -> None:
    moment = now()
    procedure = Procedure(
        store.new_id(),
        "dbo",
        "p",
        (Parameter("@a", nvarchar(-1), "N'x'"), Parameter("@b", INT, None, True)),
        "CREATE PROCEDURE p ...",
        moment,
        moment,
    )
    view = View(
        store.new_id(),
        "dbo",
        "v",
        (TableColumn(1, Column("a", INT, False)),),
        "CREATE VIEW v ...",
        moment,
        moment,
    )
    things = [table(store.new_id() + 100), procedure, view]
    for thing in things:
        store.write(thing, DBO)
    snapshot = store.load()
    assert [snapshot.find("DBO", name) for name in ("t", "P", "V")] == things


def test_writing_again_replaces(store: Store) -> None:
    first = table(store.new_id())
    store.write(first, DBO)
    changed = Table(first.object_id, "dbo", "T", first.columns[:1], (), first.created, now())
    store.write(changed, DBO)
    assert list(store.load().objects.values()) == [changed]
    store.remove(changed)
    assert store.load().objects == {}


def test_ids_are_never_used_twice(store: Store) -> None:
    ids = [store.new_id() for _ in range(5)]
    assert len(set(ids)) == 5


def test_schemas(store: Store) -> None:
    sales = store.add_schema("Sales")
    assert sales.schema_id >= 5
    assert store.load().schema("sales") == sales
    store.remove_schema(sales)
    assert store.load().schema("sales") is None


def test_snapshots_do_not_change() -> None:
    empty = Snapshot("shop", 1, {"dbo": DBO}, {})
    one = empty.with_object(table(1))
    assert empty.find("dbo", "t") is None
    assert one.find("dbo", "T") is not None
    assert one.version == empty.version + 1
    assert one.without_object(table(1)).objects == {}


def test_referencing_and_constraint_names() -> None:
    parent = table(1)
    snapshot = Snapshot("shop", 1, {"dbo": DBO}, {}).with_object(parent)
    assert [(child.name, key.name) for child, key in snapshot.referencing(parent)] == [("T", "FK_t")]
    assert snapshot.constraint_named("dbo", "pk_T") == parent.constraints[0]
    assert snapshot.constraint_named("other", "pk_T") is None
