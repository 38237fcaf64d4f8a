"""Reading formulas."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from revoscalepy.errors import FormulaError
from revoscalepy.formula import Variable, parse, parse_model


def terms(text):
    return [":".join(map(str, term)) for term in parse(text).terms]


@pytest.mark.parametrize(
    ("text", "response", "expected", "intercept"),
    [
        ("y ~ a + b", "y", ["a", "b"], True),
        ("y~a+b-1", "y", ["a", "b"], False),
        ("y ~ a + 0", "y", ["a"], False),
        ("y ~ 0 + a", "y", ["a"], False),
        ("y ~ 1", "y", [], True),
        ("~ a:b + a", None, ["a:b", "a"], True),
        ("ArrDelay+DayOfWeek", None, ["ArrDelay", "DayOfWeek"], True),
        ("Species ~ Sepal.Length + .hidden", "Species", ["Sepal.Length", ".hidden"], True),
        ("y ~ F(age):sex", "y", ["F(age):sex"], True),
        ("y ~ `two words` + größe", "y", ["two words", "größe"], True),
        ("y ~ a + b + a:b + b:a + a", "y", ["a", "b", "a:b"], True),
        ("\n\ty ~ a +\n\tb\n", "y", ["a", "b"], True),
    ],
)
def test_what_can_be_read(text, response, expected, intercept):
    formula = parse(text)
    assert (formula.response and formula.response.name) == response
    assert terms(text) == expected
    assert formula.intercept is intercept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "y ~",
        "~",
        "y ~ a b",
        "y ~ a +",
        "y ~ a * b",
        "y ~ a ^ 2",
        "y ~ a ** 2",
        "y ~ log(a)",
        "log(y) ~ a",
        "y ~ .",
        "y ~ a + 2",
        "y ~ a - b",
        "y ~ (a + b)",
        "y + z ~ a",
        "y ~ a ~ b",
        "F(y) ~ a",
        "y ~ F(a",
        "y ~ F(a, low=1)",
        "y ~ `a",
        "y ~ -1",
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(FormulaError):
        parse_model(text)


def test_a_function_is_named_in_the_error():
    with pytest.raises(FormulaError, match=r"calls log\(\); only F\(\) is supported"):
        parse("y ~ log(a)")


def test_a_model_needs_a_response():
    with pytest.raises(FormulaError, match="names no dependent variable"):
        parse_model("~ a")


names = st.from_regex(r"[A-Za-z][A-Za-z0-9_.]{0,5}", fullmatch=True)


@given(
    names,
    st.lists(
        st.lists(st.builds(Variable, names, st.booleans()), min_size=1, max_size=3), min_size=1, max_size=4
    ),
    st.booleans(),
)
def test_a_formula_reads_what_it_writes(response, products, intercept):
    right = " + ".join(":".join(map(str, product)) for product in products)
    first = parse(f"{response} ~ {right}" + ("" if intercept else " - 1"))
    assert parse(str(first)) == first


@given(st.text(max_size=30))
def test_any_text_is_a_formula_or_refused(text):
    with contextlib.suppress(FormulaError):
        parse(text)
