"""Values of the session become parameters; metadata functions of a column become subqueries."""

import datetime as dt

import pytest
from evaluation import Evaluator

from localdb.errors import SqlError
from localdb.tsql.plan import Constant, SystemValue, Variable
from localdb.tsql.system_functions import SYSTEM_VALUES


@pytest.mark.parametrize("name", [name for name in SYSTEM_VALUES if name.startswith("@@")])
def test_session_values(evaluator: Evaluator, name: str) -> None:
    bound, scope = evaluator.bind(name.upper())
    assert bound.type == SYSTEM_VALUES[name]
    assert list(scope.context.parameters.values()) == [SystemValue(name)]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("GETDATE()", SystemValue("getdate()")),
        ("CURRENT_TIMESTAMP", SystemValue("current_timestamp()")),
        ("USER", SystemValue("user()")),
        ("SUSER_SNAME()", SystemValue("suser_sname()")),
        ("OBJECT_ID(N'dbo.t')", SystemValue("object_id()", (Constant("dbo.t"),))),
        ("OBJECT_ID('t', 'U')", SystemValue("object_id()", (Constant("t"), Constant("U")))),
        ("OBJECT_ID('dbo.' + 't')", SystemValue("object_id()", (Constant("dbo.t"),))),
        ("OBJECT_NAME(@id)", SystemValue("object_name()", (Variable("@id"),))),
        ("OBJECT_NAME(@@PROCID)", SystemValue("object_name()", (SystemValue("@@procid"),))),
        ("DB_NAME(DB_ID())", SystemValue("db_name()", (SystemValue("db_id()"),))),
        ("DB_NAME(NULL)", SystemValue("db_name()", (Constant(None),))),
        ("ERROR_MESSAGE()", SystemValue("error_message()")),
    ],
)
def test_functions(evaluator: Evaluator, text: str, source: SystemValue) -> None:
    evaluator.declare("@id", "int", 1)
    bound, scope = evaluator.bind(text)
    assert source in scope.context.parameters.values()
    assert bound.type == SYSTEM_VALUES[source.name]


def test_the_same_value_is_one_parameter(evaluator: Evaluator) -> None:
    evaluator.system["sysdatetime()"] = dt.datetime(2020, 1, 2, 3, 4, 5)
    _, scope = evaluator.bind("DATEDIFF(day, SYSDATETIME(), SYSDATETIME())")
    assert len(scope.context.parameters) == 1
    assert evaluator.value("DATEADD(day, 1, SYSDATETIME())") == dt.datetime(2020, 1, 3, 3, 4, 5)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("@@NOSUCH", 137),
        ("@@FETCH_STATUS", 40514),
        ("OBJECT_ID()", 189),
        ("DB_ID(1, 2)", 189),
        ("GETDATE(1)", 174),
        ("OBJECT_ID(i)", 40514),
        ("OBJECTPROPERTY(i, 'ExecIsAnsiNullsOn')", 40514),
    ],
)
def test_refusals(evaluator: Evaluator, text: str, number: int) -> None:
    evaluator.table([(1,)], i="int")
    with pytest.raises(SqlError) as caught:
        evaluator.value(text)
    assert caught.value.number == number


CATALOG = {
    "objects": "SELECT 7 AS object_id, 1 AS schema_id, 't' AS name, 'U ' AS type "
    "UNION ALL SELECT 8, 2, 'PK_t', 'PK'",
    "columns": "SELECT 7 AS object_id, 1 AS column_id, 'c' AS name",
    "sql_modules": "SELECT 9 AS object_id, 'CREATE VIEW v' AS definition",
    "schemas": "SELECT 1 AS schema_id, 'dbo' AS name",
    "databases": "SELECT 5 AS database_id, 'test' AS name",
    "database_principals": "SELECT 1 AS principal_id, 'dbo' AS name",
}


def test_metadata_of_a_column(evaluator: Evaluator) -> None:
    duck = evaluator.connection
    duck.execute("ATTACH IF NOT EXISTS ':memory:' AS test")
    duck.execute("CREATE SCHEMA IF NOT EXISTS test.sys")
    for view, query in CATALOG.items():
        duck.execute(f"CREATE OR REPLACE TABLE test.sys.{view} AS {query}")
    evaluator.table([(7,), (8,), (9,), (None,)], i="int")
    assert evaluator.rows("OBJECT_NAME(i)") == ["t", "PK_t", None, None]
    assert evaluator.rows("OBJECT_SCHEMA_NAME(i)") == ["dbo", None, None, None]
    assert evaluator.rows("OBJECT_DEFINITION(i)") == [None, None, "CREATE VIEW v", None]
    assert evaluator.rows("SCHEMA_NAME(i - 6)") == ["dbo", None, None, None]
    assert evaluator.rows("COL_NAME(i, 1)") == ["c", None, None, None]
    assert evaluator.rows("DB_NAME(i - 2)") == ["test", None, None, None]
    assert evaluator.rows("TYPE_NAME(i + 49)") == ["int", None, "smalldatetime", None]
    assert evaluator.rows("USER_NAME(i - 6)") == ["dbo", None, None, None]
    assert evaluator.rows("OBJECTPROPERTY(i, 'IsTable')") == [1, 0, None, None]
