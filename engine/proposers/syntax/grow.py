"""Generate expressions of a wanted kind from what is readable at a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from cladogen.proposers.syntax.code import Code, binary, call, negative, number
from cladogen.proposers.syntax.kinds import ValueType
from cladogen.proposers.syntax.source import Names, Source

T = TypeVar("T")


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """Return one of ``options``, each as likely."""
    return options[int(rng.random() * len(options))]


def weigh(weights: Sequence[float], rng: np.random.Generator) -> int:
    """Return an index with a chance in proportion to its weight."""
    at = rng.random() * sum(weights)
    for index, weight in enumerate(weights):
        at -= weight
        if at < 0:
            return index
    return len(weights) - 1


def rounded(value: float, digits: int = 3) -> float:
    """Return a value that a person would write: a few significant digits."""
    return float(f"{value:.{digits}g}")


class Grower:
    """Write expressions readable at one place. ``constants`` are numbers the file already uses."""

    def __init__(
        self, source: Source, names: Names, constants: Sequence[float], rng: np.random.Generator
    ) -> None:
        self.np = source.kinds.numpy
        self.math = source.kinds.math
        self.names = names
        self.constants = constants
        self.rng = rng
        self.numbers = [name for name, kind in names.items() if kind.number]

    def expression(self, kind: ValueType, depth: int) -> Code | None:
        """Return an expression of ``kind`` at most ``depth`` operators deep, or None where nothing
        is readable.
        """
        if kind.base == "array":
            return self.array(kind.shape, depth)
        if kind.base == "mask":
            return self.mask(kind.shape, depth)
        if kind.base == "bool":
            return self.test(depth)
        if kind.base in ("int", "float"):
            return self.scalar(kind.base == "int", depth)
        return None

    def constant(self, whole: bool = False) -> Code:
        """Return a number: one the file knows, a small whole one, or one from a wide range."""
        rng, known = self.rng, self.constants
        way = rng.random()
        if way < 0.3 and known:
            value = pick(known, rng) * (
                1.0 if rng.random() < 0.5 else float(np.exp(rng.normal(0, 0.3)))
            )
        elif way < 0.6:
            value = float(int(rng.integers(1, 11)))
        elif way < 0.85:
            value = float(np.exp(rng.uniform(np.log(0.01), np.log(100))))
        else:
            value = float(np.exp(rng.uniform(np.log(1), np.log(1000))))
        if whole:
            return number(max(1, round(value)))
        value = rounded(value, 2)
        return number(int(value) if value == int(value) and abs(value) < 1e6 else value)

    def scalar(self, whole: bool, depth: int) -> Code | None:
        """Return a plain number."""
        rng = self.rng
        names = [name for name in self.numbers if not whole or self.names[name].base == "int"]
        if depth <= 0 or rng.random() < 0.3:
            return Code(pick(names, rng)) if names and rng.random() < 0.6 else self.constant(whole)
        left, right = self.scalar(whole, depth - 1), self.scalar(whole, depth - 1)
        assert left is not None
        assert right is not None
        if whole:
            return binary(left, pick("+-*", rng), right)
        way = rng.random()
        if way < 0.8:
            return self._arithmetic(left, right)
        if way < 0.9:
            return call(pick(("min", "max"), rng), left, right)
        if self.math or self.np:
            return call(f"{self.math or self.np}.sqrt", call("abs", left))
        return call("abs", left)

    def array(self, shape: str, depth: int) -> Code | None:
        """Return an array of ``shape``."""
        rng = self.rng
        names = [
            name
            for name, kind in self.names.items()
            if kind.base == "array" and kind.shape == shape
        ]
        if not names:
            return None
        if depth <= 0 or rng.random() < 0.15:
            return Code(pick(names, rng))
        inner = self.array(shape, depth - 1)
        assert inner is not None
        way = rng.random()
        if way < 0.6 or not self.np:
            other = (
                self.array(shape, depth - 1)
                if rng.random() < 0.35
                else self.scalar(False, depth - 2)
            )
            assert other is not None
            return (
                self._arithmetic(inner, other)
                if rng.random() < 0.7
                else self._arithmetic(other, inner)
            )
        if way < 0.8:
            return self.wrap(inner)
        return self._where(shape, inner, depth)

    def _where(self, shape: str, inner: Code, depth: int) -> Code:
        mask = self.mask(shape, min(depth - 1, 1))
        other = (
            self.array(shape, depth - 1)
            if self.rng.random() < 0.4
            else self.scalar(False, min(depth - 1, 1))
        )
        assert mask is not None
        assert other is not None
        first, second = (inner, other) if self.rng.random() < 0.5 else (other, inner)
        return call(f"{self.np}.where", mask, first, second)

    def wrap(self, inner: Code) -> Code:
        """Return an elementwise function of ``inner`` that is finite wherever ``inner`` is."""
        rng, np_ = self.rng, self.np
        if not np_:
            return negative(inner)
        size = call(f"{np_}.abs", inner)
        near = self.scalar(False, 0)
        assert near is not None
        plain = pick(("tanh", "sign", "square", "floor", "sin", "cos"), rng)
        ways = (
            size,
            call(f"{np_}.sqrt", size),
            call(f"{np_}.log1p", size),
            call(f"{np_}.exp", binary(negative(size), "/", near)),
            binary(inner, "**", number(int(rng.integers(2, 4)))),
            call(f"{np_}.{plain}", inner),
            binary(inner, "%", self.constant()),
            call(f"{np_}.minimum", inner, near),
            call(f"{np_}.maximum", inner, near),
        )
        return pick(ways, rng)

    def mask(self, shape: str, depth: int) -> Code | None:
        """Return an array of booleans."""
        rng = self.rng
        left = self.array(shape, min(depth - 1, 1))
        if left is None:
            return None
        if depth > 1 and rng.random() < 0.2:
            first, second = self.mask(shape, 1), self.mask(shape, 1)
            assert first is not None
            assert second is not None
            return binary(first, pick("&|", rng), second)
        right = self.scalar(False, min(depth, 1)) if rng.random() < 0.8 else self.array(shape, 0)
        assert right is not None
        if right.text == left.text:
            right = self.constant()
        symbol = pick(("<", "<", "<=", ">", ">", ">=", "=="), rng)
        return binary(left, symbol, right)

    def test(self, depth: int) -> Code | None:
        """Return a condition on plain numbers, or None where no number is readable."""
        if not self.numbers:
            return None
        right = self.scalar(False, min(depth - 1, 1))
        assert right is not None
        left = pick(self.numbers, self.rng)
        if left in right.text:
            right = self.constant()
        return binary(Code(left), pick(("<", "<=", ">", ">="), self.rng), right)

    def _arithmetic(self, left: Code, right: Code) -> Code:
        symbol = ("+", "-", "*", "/")[weigh((3, 3, 3, 1.5), self.rng)]
        if symbol == "/" and not right.text.replace(".", "").isdigit() and self.rng.random() < 0.5:
            right = binary(right, "+", number(1))
        return binary(left, symbol, right)
