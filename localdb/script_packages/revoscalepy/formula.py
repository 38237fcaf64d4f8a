"""Formulas: ``y ~ a + b + F(c) + a:b``, ``~ a``, ``a + b``; ``- 1`` or ``+ 0`` leave the intercept out.

Names may have dots (``Sepal.Length``); any other name stands in backquotes. Everything else of R's formulas
is refused: https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-lin-mod names
"symbolic formulas" only, and models with transformations cannot be scored natively.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .errors import FormulaError

_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>`[^`]+`)|(?P<name>(?:[^\W\d]|\.(?=\w))[\w.]*)|(?P<number>\d+)|(?P<sign>[~+\-:()])|(?P<other>\S))"
)
_FACTOR_FUNCTION = "F"


@dataclass(frozen=True)
class Variable:
    """A column; ``as_factor`` when it stands in F()."""

    name: str
    as_factor: bool = False

    def __str__(self) -> str:
        return f"F({self.name})" if self.as_factor else self.name


Term = tuple[Variable, ...]


@dataclass(frozen=True)
class Formula:
    """``terms`` are products of variables; ``response`` is None in ``~ a + b``."""

    response: Variable | None
    terms: tuple[Term, ...]
    intercept: bool = True

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables of the terms, each once, in order."""
        return tuple(dict.fromkeys(variable for term in self.terms for variable in term))

    def __str__(self) -> str:
        right = " + ".join(":".join(str(variable) for variable in term) for term in self.terms)
        text = right if self.intercept else f"{right} - 1"
        return f"{self.response} ~ {text}" if self.response else f"~ {text}"


def parse(text: str) -> Formula:
    """The formula in ``text``; FormulaError with the place when it cannot be read."""
    if not isinstance(text, str):
        raise FormulaError(f"a formula is a text, not {type(text).__name__}")
    return _Parser(text).formula()


def parse_model(text: str) -> tuple[Variable, Formula]:
    """Response and formula of a model: ``y ~ terms``."""
    formula = parse(text)
    if formula.response is None:
        raise FormulaError(f"the formula {text!r} names no dependent variable: write y ~ {text.lstrip('~ ')}")
    return formula.response, formula


class _Parser:
    """Reads tokens from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [(m.lastgroup or "", m.group(m.lastgroup or 0)) for m in _TOKEN.finditer(text)]
        self._position = 0

    def formula(self) -> Formula:
        response: Variable | None = None
        if not self._take("~"):
            first = self._terms()
            if not self._take("~"):
                return self._finished(None, first)
            response = self._response(first)
        return self._finished(response, self._terms())

    def _response(self, found: tuple[list[Term], bool]) -> Variable:
        terms, intercept = found
        if len(terms) != 1 or len(terms[0]) != 1 or not intercept or terms[0][0].as_factor:
            raise FormulaError(f"the formula {self._text!r} must have one column before the ~")
        return terms[0][0]

    def _finished(self, response: Variable | None, found: tuple[list[Term], bool]) -> Formula:
        if self._position != len(self._tokens):
            raise self._unexpected()
        terms, intercept = found
        if not terms and not intercept:
            raise FormulaError(f"the formula {self._text!r} has no terms")
        return Formula(response, tuple(_distinct(terms)), intercept)

    def _terms(self) -> tuple[list[Term], bool]:
        """Terms and whether there is an intercept."""
        terms: list[Term] = []
        intercept = True
        plus = True
        while True:
            number = self._number()
            if number is None and plus:
                terms.append(self._term())
            elif number in {"0", "1"}:
                intercept = plus == (number == "1")
            else:
                raise self._unexpected()
            plus = self._take("+")
            if not plus and not self._take("-"):
                return terms, intercept

    def _number(self) -> str | None:
        kind, token = self._next()
        if kind != "number":
            return None
        self._position += 1
        return token

    def _term(self) -> Term:
        variables = [self._variable()]
        while self._take(":"):
            variables.append(self._variable())
        return tuple(dict.fromkeys(variables))

    def _variable(self) -> Variable:
        kind, token = self._next()
        if kind not in {"name", "quoted"}:
            raise self._unexpected()
        self._position += 1
        if kind == "quoted":
            return Variable(token[1:-1])
        if not self._take("("):
            return Variable(token)
        if token != _FACTOR_FUNCTION:
            raise FormulaError(
                f"the formula {self._text!r} calls {token}(); only F() is supported: "
                "compute the column beforehand"
            )
        variable = Variable(self._variable().name, as_factor=True)
        if not self._take(")"):
            raise self._unexpected()
        return variable

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._position] if self._position < len(self._tokens) else ("", "")

    def _take(self, sign: str) -> bool:
        if self._next() != ("sign", sign):
            return False
        self._position += 1
        return True

    def _unexpected(self) -> FormulaError:
        _, token = self._next()
        found = f"{token!r} is not supported there" if token else "it ends too early"
        return FormulaError(
            f"the formula {self._text!r} cannot be read: {found} (y ~ a + b + F(c) + a:b - 1)"
        )


def _distinct(terms: Iterable[Term]) -> list[Term]:
    """Each term once: ``a:b`` and ``b:a`` are the same."""
    found: dict[frozenset[Variable], Term] = {}
    for term in terms:
        found.setdefault(frozenset(term), term)
    return list(found.values())
