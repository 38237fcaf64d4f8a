"""@input_data_1_partition_by_columns: the script once for every partition, its rows in order."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sql_session import column_types, rows, shown, spees

from localdb.errors import SqlError
from localdb.events import RowBatch

LIST = "OutputDataSet = DataFrame({'values': [InputDataSet.to_json(orient='values')]})"
"""One row for each run: what it was given."""


@pytest.fixture
def sales(session):
    rows(
        session,
        """
        CREATE TABLE dbo.sales (id int NOT NULL, city varchar(10), day date, amount decimal(9,2));
        INSERT dbo.sales VALUES (1, 'Rome', '2020-01-02', 5), (2, 'Oslo', '2020-01-01', 7),
            (3, 'ROME  ', '2020-01-01', NULL), (4, NULL, '2020-01-01', 1), (5, 'Oslo', NULL, 2),
            (6, NULL, '2020-01-03', 3);
        """,
    )
    return session


def runs(session, query: str, partition: str, order: str | None = None, script: str = LIST) -> list[list]:
    more = f"@input_data_1_partition_by_columns = N'{partition}'"
    if order is not None:
        more += f", @input_data_1_order_by_columns = N'{order}'"
    return [json.loads(text) for (text,) in rows(session, spees(script, query, more))]


def test_a_run_for_every_partition(sales):
    """Equal as in T-SQL: neither case nor trailing blanks count; NULL is a partition."""
    found = runs(sales, "SELECT id, city FROM dbo.sales", "city", "id")
    assert [[row[0] for row in run] for run in found] == [[4, 6], [2, 5], [1, 3]]


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("amount", [4, 5, 2, 6, 1, 3]),
        ("amount DESC", [6, 4, 2, 5, 1, 3]),
        ('[amount] desc, "id"', [6, 4, 2, 5, 1, 3]),
        ("day, id DESC", [4, 6, 5, 2, 3, 1]),
        ("day DESC", [6, 4, 2, 5, 1, 3]),
    ],
)
def test_rows_in_order(sales, order, ids):
    """NULL sorts before every value."""
    expected = {"amount": [[4, 6], [5, 2], [3, 1]], "amount DESC": [[6, 4], [2, 5], [1, 3]]}
    expected['[amount] desc, "id"'] = expected["amount DESC"]
    expected["day, id DESC"] = [[4, 6], [5, 2], [3, 1]]
    expected["day DESC"] = [[6, 4], [2, 5], [1, 3]]
    found = runs(sales, "SELECT id, city, amount, day FROM dbo.sales", "city", order)
    assert [[row[0] for row in run] for run in found] == expected[order]


@pytest.mark.parametrize(
    "query",
    [
        "WITH big AS (SELECT id, city AS c FROM dbo.sales WHERE id < 4) SELECT id, c AS city FROM big",
        "SELECT TOP 3 id, city FROM dbo.sales ORDER BY id",
        "SELECT id, city FROM dbo.sales WHERE id = 1 UNION ALL "
        "SELECT id, city FROM dbo.sales WHERE id IN (2, 3)",
        "SELECT id, city FROM (VALUES (1, 'Rome'), (2, 'Oslo'), (3, 'rome')) v (id, city)",
    ],
)
def test_queries_of_every_form(sales, query):
    found = runs(sales, query, "city", "id")
    assert [[row[0] for row in run] for run in found] == [[2], [1, 3]]


def test_two_columns_and_columns_without_a_name(sales):
    found = runs(sales, "SELECT id, city, day, 1, 1 FROM dbo.sales WHERE id < 4", "day, city", "id")
    assert [[row[0] for row in run] for run in found] == [[2], [3], [1]]


def test_a_uniqueidentifier_sorts_as_in_t_sql(session):
    guids = ["00000000-0000-0000-0000-010000000000", "FFFFFFFF-0000-0000-0000-000000000000"]
    query = f"SELECT CAST(g AS uniqueidentifier) AS g FROM (VALUES ('{guids[0]}'), ('{guids[1]}')) v (g)"
    assert runs(session, query, "g") == [[[guids[1]]], [[guids[0]]]]


def test_no_rows_one_run(sales):
    assert runs(sales, "SELECT id, city FROM dbo.sales WHERE 1 = 0", "city") == [[]]


def test_numbers_are_float_and_every_column_is_nullable(sales):
    script = "OutputDataSet = InputDataSet.assign(b=True, n=1)"
    batch = spees(
        script, "SELECT id, city, amount, day FROM dbo.sales", "@input_data_1_partition_by_columns = N'id'"
    )
    assert column_types(sales, batch) == [
        ("float", True),
        ("nvarchar(max)", True),
        ("float", True),
        ("datetime", True),
        ("bit", True),
        ("float", True),
    ]


def test_runs_without_rows_or_columns_add_nothing(sales):
    script = (
        "if InputDataSet.id[0] == 2: OutputDataSet = InputDataSet[['id']]\n"
        "elif InputDataSet.id[0] == 3: OutputDataSet = DataFrame({'x': []})"
    )
    batch = spees(script, "SELECT id FROM dbo.sales", "@input_data_1_partition_by_columns = N'id'")
    assert rows(sales, batch) == [(2.0,)]
    nothing = spees("x = 1", "SELECT id FROM dbo.sales", "@input_data_1_partition_by_columns = N'id'")
    assert rows(sales, nothing + " WITH RESULT SETS NONE") == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "OutputDataSet = InputDataSet[['id']] if n == 1 else InputDataSet",
            "has 2 columns; that of an earlier run has 1.",
        ),
        (
            "OutputDataSet = DataFrame({'x': [1.5 if n == 1 else 'a']})",
            "Column # 0 of the output data set is nvarchar(max); in an earlier run it is float.",
        ),
    ],
)
def test_data_sets_that_do_not_fit_together(sales, script, reason):
    with pytest.raises(SqlError) as caught:
        rows(
            sales,
            spees(
                f"n = InputDataSet.id[0]\n{script}",
                "SELECT id, city FROM dbo.sales",
                "@input_data_1_partition_by_columns = N'id'",
            ),
        )
    assert caught.value.number == 39019 and reason in caught.value.message
    assert [error.number for error in caught.value.earlier] == [39004]
    assert rows(sales, "SELECT COUNT(*) FROM dbo.sales") == [(6,)]


def test_each_run_begins_with_new_variables(sales):
    """``transform`` is called anew. A module that was imported stays, as in any process."""
    script = """
import json
seen = locals().get('seen', 0) + 1
json.seen = getattr(json, 'seen', 0) + 1
top = top + 1
OutputDataSet = DataFrame({'a': [seen], 'b': [json.seen], 'c': [top]})
"""
    batch = spees(
        script,
        "SELECT id FROM dbo.sales WHERE id < 4",
        "@input_data_1_partition_by_columns = N'id', @params = N'@top int', @top = 10",
    )
    assert rows(sales, batch) == [(1.0, 1.0, 11.0), (1.0, 2.0, 11.0), (1.0, 3.0, 11.0)]


def test_output_parameters_have_the_last_run_s_value(sales):
    batch = "DECLARE @last int = 0; " + spees(
        "last = int(InputDataSet.id.max())",
        "SELECT id, city FROM dbo.sales",
        "@input_data_1_partition_by_columns = N'city', @params = N'@last int OUTPUT', @last = @last OUTPUT",
    )
    assert rows(sales, batch + "; SELECT @last") == [(3,)]


def test_a_model_for_every_partition(sales):
    """The tutorial's pattern: train for each partition, and store each model with its key."""
    train = """
import pickle
model = pickle.dumps(InputDataSet.amount.mean())
OutputDataSet = DataFrame({'city': [InputDataSet.city[0]], 'model': [model]})
"""
    rows(sales, "CREATE TABLE dbo.models (city varchar(10), model varbinary(max))")
    insert = "INSERT INTO dbo.models " + spees(
        train,
        "SELECT city, amount FROM dbo.sales",
        "@parallel = 1, @input_data_1_partition_by_columns = N'city'",
    )
    rows(sales, insert)
    assert len(rows(sales, "SELECT city FROM dbo.models WHERE model IS NOT NULL")) == 3


def test_an_error_in_a_later_run(sales):
    """The rows of the runs before it have been sent; INSERT ... EXEC keeps nothing of them."""
    batch = spees(
        "if InputDataSet.id[0] == 3: raise ValueError('third')\nOutputDataSet = InputDataSet",
        "SELECT id FROM dbo.sales",
        "@input_data_1_partition_by_columns = N'id'",
    )
    with pytest.raises(SqlError) as caught:
        rows(sales, "CREATE TABLE dbo.kept (id float); INSERT INTO dbo.kept " + batch)
    assert "third" in caught.value.message
    assert rows(sales, "SELECT * FROM dbo.kept") == []
    events = list(sales.run_batch(batch))
    assert shown(events) == [39004, 39019]
    assert sum(event.batch.num_rows for event in events if isinstance(event, RowBatch)) == 2
    assert rows(sales, "DROP TABLE dbo.sales; SELECT 1") == [(1,)]


keys = st.none() | st.sampled_from(["a", "A", "a ", "b", "", "ä", "B  "])
table = st.lists(st.tuples(keys, st.none() | st.integers(-2, 2), st.booleans()), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table, st.booleans())
def test_against_a_sort_in_python(session, data, descending):
    """Partitions and their order, against itertools.groupby over rows sorted by T-SQL's rules."""
    values = ", ".join(
        f"({number}, {repr(key) if key is not None else 'NULL'}, {'NULL' if v is None else v}, {int(flag)})"
        for number, (key, v, flag) in enumerate(data)
    )
    query = (
        "SELECT id, CAST(k AS nvarchar(5)) AS k, CAST(v AS int) AS v, CAST(f AS bit) AS f "
        f"FROM (VALUES {values}) t (id, k, v, f)"
    )
    found = runs(session, query, "k, f", "v DESC, id" if descending else "v, id")

    def group(row):
        key = row[1][0]
        return (key is not None, (key or "").rstrip(" ").lower(), row[1][2])

    def place(row):
        value = row[1][1]
        rank = (value is not None, value or 0)
        return (group(row), tuple(-part for part in rank) if descending else rank, row[0])

    ordered = sorted(enumerate(data), key=place)
    expected = [[number for number, _ in rows_] for _, rows_ in itertools.groupby(ordered, group)]
    assert [[row[0] for row in run] for run in found] == expected
