"""The traps of sqlglot's own T-SQL dialect, and that ours does not fall into them."""

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from localdb.tsql.dialect import LocalTSQL, MoneyLiteral


def parse(text: str) -> exp.Expr:
    select = sqlglot.parse_one(f"SELECT {text}", read=LocalTSQL)
    assert isinstance(select, exp.Select)
    return select.expressions[0]


@pytest.mark.parametrize(
    "call",
    [
        "ISNULL(a, 1)", "COALESCE(a, 1)", "LEN(a)", "DATALENGTH(a)", "DATEPART(wk, a)", "DATEADD(yy, 1, a)",
        "GETDATE()", "SYSDATETIME()", "FORMAT(a, 'd')", "HASHBYTES('MD5', a)", "EOMONTH(a)", "SCHEMA_NAME(1)",
        "IIF(a = 1, 2, 3)", "CHARINDEX('a', b)", "SQUARE(a)", "COUNT_BIG(a)", "JSON_VALUE(a, '$.b')",
        "STRING_AGG(a, ',')", "LEFT(a, 1)", "SUBSTRING(a, 1, 2)", "TRIM(a)", "YEAR(a)", "NULLIF(a, b)",
        "LOG(a, 2)", "REPLICATE(a, 2)", "CONCAT(a, b)", "PARSENAME('a.b', 1)", "NEWID()", "DATETRUNC(day, a)",
    ],
)  # fmt: skip
def test_functions_arrive_as_written(call: str) -> None:
    node = parse(call)
    assert isinstance(node, exp.Anonymous)
    assert node.this == call.split("(")[0]
    assert type(sqlglot.parse_one(call, read="tsql")) is not exp.Anonymous or call.startswith(
        ("DATALENGTH", "PARSE")
    )


@pytest.mark.parametrize("word", ["CURRENT_TIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "USER"])
def test_functions_without_parentheses(word: str) -> None:
    node = parse(word)
    assert isinstance(node, exp.Anonymous)
    assert not node.expressions


def test_convert_is_not_try_convert() -> None:
    """sqlglot writes CONVERT as TRY_CAST: NULL instead of error 245."""
    assert sqlglot.transpile("SELECT CONVERT(INT, 'x')", read="tsql", write="duckdb") == [
        "SELECT TRY_CAST('x' AS INT)"
    ]
    plain, safe = parse("CONVERT(varchar(30), a, 121)"), parse("TRY_CONVERT(varchar(30), a)")
    assert isinstance(plain, exp.Convert)
    assert not plain.args["safe"]
    assert plain.this.this == "varchar(30)"
    assert plain.args["style"].this == "121"
    assert isinstance(safe, exp.Convert)
    assert safe.args["safe"] is True


@pytest.mark.parametrize(
    ("text", "type_text"),
    [
        ("CAST(a AS decimal(7, 2))", "decimal(7, 2)"),
        ("CAST(a AS real)", "real"),
        ("CAST(a AS [varchar](max))", "[varchar](max)"),
        ("CAST(a AS double precision)", "double precision"),
        ("TRY_CAST(a AS float(24))", "float(24)"),
    ],
)
def test_the_type_stays_text(text: str, type_text: str) -> None:
    """sqlglot takes real for float, and forgets how a type was written."""
    node = parse(text)
    assert type(node) is (exp.TryCast if text.startswith("TRY") else exp.Cast)
    assert node.args["to"].this == type_text


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("1 & 2 + 3", "((1 & 2) + 3)"),
        ("4 | 1 + 1", "((4 | 1) + 1)"),
        ("1 + 2 & 3", "((1 + 2) & 3)"),
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("100 / -10 / 2", "(100 / (-(10 / 2)))"),
        ("- 6 + 2", "((-6) + 2)"),
        ("~2 * 3", "((~2) * 3)"),
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("2 * 3 % 4", "((2 * 3) % 4)"),
    ],
)
def test_precedence(text: str, grouped: str) -> None:
    """operator-precedence-transact-sql.md; sqlglot binds & | ^ looser than +, and unary minus tighter than
    *."""

    def show(node: exp.Expr) -> str:
        symbols = {
            exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.BitwiseAnd: "&",
            exp.BitwiseOr: "|", exp.BitwiseXor: "^",
        }  # fmt: skip
        if isinstance(node, exp.Neg):
            return f"(-{show(node.this)})"
        if isinstance(node, exp.BitwiseNot):
            return f"(~{show(node.this)})"
        if type(node) in symbols:
            return f"({show(node.this)} {symbols[type(node)]} {show(node.expression)})"
        return str(node.this)

    assert show(parse(text)) == grouped


def test_constants() -> None:
    assert isinstance(parse("$1.5"), MoneyLiteral)
    assert parse("$1.5").this == "1.5"
    assert parse("$-5").this == "-5"
    assert isinstance(parse("N'a''b'"), exp.National)
    assert parse("0xAbC").this == "AbC"
    assert isinstance(parse("0x"), exp.HexString)
    assert parse(".5").this == ".5"
    assert isinstance(parse('"x"'), exp.Column)
    assert parse("[a]]b]").this.this == "a]b"


def test_variables() -> None:
    assert isinstance(parse("@x"), exp.Parameter)
    assert parse("@x").this.this == "x"
    assert isinstance(parse("@@ROWCOUNT"), exp.SessionParameter)
    assert parse("@a$b#c").this.this == "a$b#c"


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "%", "&", "|", "^"])
def test_compound_assignment_is_written_out(operator: str) -> None:
    update = sqlglot.parse_one(f"UPDATE t SET a {operator}= 1 + 2", read=LocalTSQL)
    assignment = update.args["expressions"][0]
    assert isinstance(assignment, exp.EQ)
    assert assignment.this.name == "a"
    assert assignment.expression.this.name == "a"
    assert isinstance(assignment.expression.expression, exp.Paren)


def test_go_and_print_swallow_nothing() -> None:
    """sqlglot's tokenizer makes one string of what follows PRINT and GO."""
    tokens = LocalTSQL().tokenize("PRINT 'a' SELECT 2 GO SELECT 'b;c'")
    assert [token.text for token in tokens] == ["PRINT", "a", "SELECT", "2", "GO", "SELECT", "b;c"]


@pytest.mark.parametrize(
    "text",
    [
        "1 +", "(1", "CASE 1 WHEN 2 THEN 3", "CASE END", "left", "a = ", "x IN ()", "x IN (1,)",
        "a BETWEEN 1",
        "a LIKE", "a IS 1", "NOT", "CAST(a)", "CAST(a AS", "CONVERT(int)", "a::int", "a NOT 5", "1 = 2 = 3",
        "f(1,)", "SUM(a) OVER", "SUM(a) OVER (PARTITION BY)", "SUM(a) OVER (ORDER BY a ROWS 1)", "@",
        "{x 'a'}",
        "a COLLATE", "1..2", "a.b.c.d.e", "interval '1' day", "a ?? b", "a || b", "a -> b", "TRIM(LEADING a)",
    ],
)  # fmt: skip
def test_what_is_no_tsql_is_an_error(text: str) -> None:
    with pytest.raises(ParseError):
        parse(text)


def test_subqueries_and_parentheses() -> None:
    assert isinstance(parse("(SELECT 1)"), exp.Subquery)
    assert isinstance(parse("((SELECT 1) + 1)").this, exp.Add)
    assert isinstance(parse("((SELECT 1) UNION (SELECT 2))"), exp.Subquery)
    assert isinstance(parse("(1)"), exp.Paren)
