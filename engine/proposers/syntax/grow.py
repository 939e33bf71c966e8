"""Generate expressions of a wanted kind from what is readable at a site."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cladogen.proposers.syntax.code import Code, binary, call, negative, number
from cladogen.proposers.syntax.infer import Names
from cladogen.proposers.syntax.kinds import ValueType
from cladogen.proposers.syntax.pick import NothingToDo, pick, rounded, weigh
from cladogen.proposers.syntax.source import Source


class Grower:
    """Write expressions readable at one site. ``constants`` are numbers the file already uses."""

    def __init__(
        self, source: Source, names: Names, constants: Sequence[float], rng: np.random.Generator
    ) -> None:
        self.np = source.kinds.numpy
        self.math = source.kinds.math
        self.names = names
        self.constants = constants
        self.rng = rng
        self.numbers = [name for name, kind in names.items() if kind.number]

    def expression(self, kind: ValueType, depth: int) -> Code:
        """Return an expression of ``kind`` at most ``depth`` operators deep; raises NothingToDo
        where nothing of it is readable.
        """
        if kind.base == "array":
            return self.array(kind.shape, depth)
        if kind.base == "mask":
            return self.mask(kind.shape, depth)
        if kind.base == "bool":
            return self.test(depth)
        if not kind.number:
            raise NothingToDo
        return self.scalar(kind.base == "int", depth)

    def constant(self, whole: bool = False) -> Code:
        """Return a number: one the file knows, a small whole one, or one from a wide range."""
        value = self._value()
        if whole:
            return number(max(1, round(value)))
        value = rounded(value, 2)
        return number(int(value) if value == int(value) and abs(value) < 1e6 else value)

    def _value(self) -> float:
        rng, known, way = self.rng, self.constants, self.rng.random()
        if way < 0.3 and known:
            return pick(known, rng) * self._factor()
        if way < 0.6:
            return float(int(rng.integers(1, 11)))
        if way < 0.85:
            return float(np.exp(rng.uniform(np.log(0.01), np.log(100))))
        return float(np.exp(rng.uniform(np.log(1), np.log(1000))))

    def _factor(self) -> float:
        return 1.0 if self.rng.random() < 0.5 else float(np.exp(self.rng.normal(0, 0.3)))

    def scalar(self, whole: bool, depth: int) -> Code:
        """Return a plain number."""
        if depth <= 0 or self.rng.random() < 0.3:
            return self._plain(whole)
        left, right = self.scalar(whole, depth - 1), self.scalar(whole, depth - 1)
        if whole:
            return binary(left, pick("+-*", self.rng), right)
        way = self.rng.random()
        if way < 0.8:
            return self._arithmetic(left, right)
        if way < 0.9:
            return call(pick(("min", "max"), self.rng), left, right)
        return self._root(left)

    def _root(self, number: Code) -> Code:
        """Return the root of a number's size, or its size where no module has a root."""
        size, module = call("abs", number), self.math or self.np
        return call(f"{module}.sqrt", size) if module else size

    def _plain(self, whole: bool) -> Code:
        """Return a variable or a number."""
        names = [name for name in self.numbers if not whole or self.names[name].base == "int"]
        if names and self.rng.random() < 0.6:
            return Code(pick(names, self.rng))
        return self.constant(whole)

    def array(self, shape: str, depth: int) -> Code:
        """Return an array of ``shape``."""
        return self._array(self._arrays(shape), shape, depth)

    def _arrays(self, shape: str) -> list[str]:
        """Return the variables of a shape."""
        wanted = ValueType("array", shape)
        names = [name for name, kind in self.names.items() if kind == wanted]
        if not names:
            raise NothingToDo
        return names

    def _array(self, names: list[str], shape: str, depth: int) -> Code:
        """Return an array of ``shape``, which the variables ``names`` have."""
        rng = self.rng
        if depth <= 0 or rng.random() < 0.15:
            return Code(pick(names, rng))
        inner = self._array(names, shape, depth - 1)
        way = rng.random()
        if way < 0.6 or not self.np:
            other = self._other(names, shape, depth)
            first = rng.random() < 0.7
            return self._arithmetic(inner, other) if first else self._arithmetic(other, inner)
        if way < 0.8:
            return self.wrap(inner)
        return self._where(names, shape, inner, depth)

    def _other(self, names: list[str], shape: str, depth: int) -> Code:
        """Return what an array is combined with: another array, or a number."""
        if self.rng.random() < 0.35:
            return self._array(names, shape, depth - 1)
        return self.scalar(False, depth - 2)

    def _where(self, names: list[str], shape: str, inner: Code, depth: int) -> Code:
        mask = self._mask(names, shape, min(depth - 1, 1))
        if self.rng.random() < 0.4:
            other = self._array(names, shape, depth - 1)
        else:
            other = self.scalar(False, min(depth - 1, 1))
        arms = (inner, other) if self.rng.random() < 0.5 else (other, inner)
        return call(f"{self.np}.where", mask, *arms)

    def wrap(self, inner: Code) -> Code:
        """Return an elementwise function of ``inner`` that is finite wherever ``inner`` is."""
        rng, np_ = self.rng, self.np
        if not np_:
            return negative(inner)
        size = call(f"{np_}.abs", inner)
        near = self.scalar(False, 0)
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

    def mask(self, shape: str, depth: int) -> Code:
        """Return an array of booleans."""
        return self._mask(self._arrays(shape), shape, depth)

    def _mask(self, names: list[str], shape: str, depth: int) -> Code:
        rng = self.rng
        left = self._array(names, shape, min(depth - 1, 1))
        if depth > 1 and rng.random() < 0.2:
            first, second = self._mask(names, shape, 1), self._mask(names, shape, 1)
            return binary(first, pick("&|", rng), second)
        plain = rng.random() < 0.8
        right = self.scalar(False, min(depth, 1)) if plain else self._array(names, shape, 0)
        if right.text == left.text:
            right = self.constant()
        return binary(left, pick(("<", "<", "<=", ">", ">", ">=", "=="), rng), right)

    def test(self, depth: int) -> Code:
        """Return a condition on plain numbers."""
        if not self.numbers:
            raise NothingToDo
        right = self.scalar(False, min(depth - 1, 1))
        left = pick(self.numbers, self.rng)
        if left in right.text:
            right = self.constant()
        return binary(Code(left), pick(("<", "<=", ">", ">="), self.rng), right)

    def _arithmetic(self, left: Code, right: Code) -> Code:
        symbol = ("+", "-", "*", "/")[weigh((3, 3, 3, 1.5), self.rng)]
        if symbol == "/" and not _is_number(right) and self.rng.random() < 0.5:
            right = binary(right, "+", number(1))
        return binary(left, symbol, right)


def _is_number(code: Code) -> bool:
    return code.text.replace(".", "").isdigit()
