"""No word is read over: one more or one less word in a query changes its plan or is refused."""

from __future__ import annotations

import re

import pytest

from localdb.errors import SqlError

QUERIES = [
    "SELECT DISTINCT TOP 2 t.id AS x, a y FROM dbo.t AS t INNER JOIN u "
    "ON u.t_id = t.id WHERE t.id > 1 ORDER BY x DESC",
    "SELECT a, COUNT(*) FROM t GROUP BY a HAVING COUNT(*) > 1 "
    "ORDER BY 1 OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY",
    "WITH c(k) AS (SELECT id FROM t) SELECT k FROM c UNION ALL SELECT 1 EXCEPT SELECT 2 OPTION (MAXDOP 1)",
    "SELECT z.i FROM t WITH (NOLOCK) LEFT JOIN (SELECT id i FROM u) z ON z.i = t.id, (VALUES (1)) v(q)",
    "SELECT o.a FROM OPENJSON(@j) WITH (a int) AS o OUTER APPLY STRING_SPLIT(@s, ',') s",
    "SELECT CASE WHEN id = 1 THEN N'b' END, CAST(id AS bigint), (SELECT "
    "1) FROM t WHERE EXISTS (SELECT 1) OR a IN (1, 2)",
]
WORDS = (
    "DISTINCT ONLY TOTALS TABLE TEMPORARY UNLOGGED * NOT , AS WITH "
    "RECURSIVE PERCENT TIES ( ) . FINAL DESC NULLS "
    "LATERAL CROSS NATURAL ANTI UNNEST 1 = @n IGNORE OVER MATERIALIZED "
    "USING FOR LIMIT BY COLLATE VALUES SELECT FROM "
    "INTO ON OFFSET EXISTS END :: -> {fn} % $ ? # ~ ! INTERVAL PIVOT "
    "ESCAPE TABLESAMPLE WINDOW QUALIFY FORMAT STREAM |>"
)
HARMLESS = {("=", "MAXDOP"), (".", "MAXDOP")}
"""(word, the word in front of it): = is optional there, and .1 is a number."""


@pytest.fixture
def tables(db):
    db.table("t", "id int, a int null")
    db.table("u", "id int, t_id int null")
    db.variable_value("@n", "int", 1)
    db.variable_value("@s", "varchar(9)", "a")
    db.variable_value("@j", "nvarchar(max)", "[]")
    return db


def _plan(tables, sql: str) -> str | None:
    try:
        return repr(tables.compile(sql))
    except SqlError:
        return None


def _is_harmless(tables, words: list[str], i: int, word: str) -> bool:
    if (word, words[i - 1]) in HARMLESS:
        return True
    if word == "AS":
        return re.match(r"\w", words[i]) is not None
    # A word that works as an alias there works with any other name, too.
    other = " ".join([*words[:i], "some_alias", *words[i:]])
    return re.fullmatch("[A-Z]+", word) is not None and _plan(tables, other) is not None


@pytest.mark.parametrize("query", QUERIES)
def test_one_more_word(tables, query: str) -> None:
    words = re.findall(r"N?'[^']*'|@?\w+|\S", query)
    plan = _plan(tables, query)
    assert plan is not None
    ignored = [
        " ".join([*words[:i], f"<<{word}>>", *words[i:]])
        for i in range(1, len(words))
        for word in WORDS.split()
        if _plan(tables, " ".join([*words[:i], word, *words[i:]])) == plan
        and not _is_harmless(tables, words, i, word)
    ]
    assert ignored == []
