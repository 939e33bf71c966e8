"""Expressions as text: a parser and evaluator of our own, so that nothing a program returns is ever
executed.
"""

import re

import numpy as np

from cladogen.scoring import Invalid

FUNCTIONS = {
    name: getattr(np, name) for name in ("sin", "cos", "tan", "tanh", "exp", "log", "sqrt", "abs")
}
TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/^()]))"
)
MOST_SYMBOLS, DEEPEST = 400, 60


def tokens(text):
    """Return (kind, text) symbols: number, name, or the operator itself."""
    if not isinstance(text, str) or len(text) > 40 * MOST_SYMBOLS:
        raise Invalid("the output must be an expression as text, not too long")
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise Invalid(
                f"the expression has a symbol that is not known at {text[at : at + 10]!r}"
            )
        number, name, operator = match.groups()
        found.append(
            ("number", number)
            if number
            else ("name", name)
            if name
            else (operator.replace("**", "^"), operator)
        )
        at = match.end()
    if not 0 < len(found) <= MOST_SYMBOLS:
        raise Invalid(f"the expression has {len(found)} symbols, wanted 1 to {MOST_SYMBOLS}")
    return found


def evaluate(text, variables):
    """Return the expression's values; ``variables`` maps names to arrays. Raises Invalid for what
    is no expression.
    """
    parser = Parser(tokens(text), variables)
    with np.errstate(all="ignore"):
        values = parser.sum(0)
    if parser.at < len(parser.tokens):
        raise Invalid(f"the expression goes on after its end, at {parser.tokens[parser.at][1]!r}")
    values = np.broadcast_to(values, next(iter(variables.values())).shape)
    if not np.isfinite(values).all():
        raise Invalid("the expression has no finite value at some points")
    return values


class Parser:
    """One walk over the symbols: sums of products of signed powers of atoms."""

    def __init__(self, symbols, variables):
        self.tokens, self.variables, self.at = symbols, variables, 0

    def next_is(self, *kinds):
        return self.at < len(self.tokens) and self.tokens[self.at][0] in kinds

    def take(self):
        if self.at == len(self.tokens):
            raise Invalid("the expression ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def sum(self, depth):
        value = self.product(depth)
        while self.next_is("+", "-"):
            value = (
                value + self.product(depth)
                if self.take()[0] == "+"
                else value - self.product(depth)
            )
        return value

    def product(self, depth):
        value = self.signed(depth)
        while self.next_is("*", "/"):
            value = (
                value * self.signed(depth) if self.take()[0] == "*" else value / self.signed(depth)
            )
        return value

    def signed(self, depth):
        if depth > DEEPEST:
            raise Invalid(f"the expression is nested deeper than {DEEPEST}")
        if self.next_is("-", "+"):
            return -self.signed(depth + 1) if self.take()[0] == "-" else self.signed(depth + 1)
        value = self.atom(depth)
        if self.next_is("^"):
            self.take()
            return np.power(value, self.signed(depth + 1))
        return value

    def atom(self, depth):
        kind, text = self.take()
        if kind == "number":
            return np.float64(text)
        if kind == "(":
            return self.closed(depth)
        if kind == "name" and text in self.variables:
            return self.variables[text]
        if kind == "name" and text in FUNCTIONS and self.next_is("("):
            self.take()
            return FUNCTIONS[text](self.closed(depth))
        raise Invalid(f"{text!r} is no value here; variables are {', '.join(self.variables)}")

    def closed(self, depth):
        value = self.sum(depth + 1)
        if self.take()[0] != ")":
            raise Invalid("a bracket is not closed")
        return value
