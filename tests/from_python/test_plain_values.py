"""What a function uses beside functions is written as expressions that make it again."""

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import logging
import math
import operator
import pathlib
import re
import subprocess
import sys
import types
import typing
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from cladogen.errors import ConfigError
from cladogen.from_python.sources import take


class Colour(enum.Enum):
    RED = (1, 2)
    BLUE = "b"


class Rights(enum.IntFlag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass(frozen=True)
class Settings:
    length: int = 3
    weights: tuple[float, ...] = (1.0, math.inf)


@dataclasses.dataclass(slots=True)
class Slotted:
    length: int


class Pair(typing.NamedTuple):
    left: int
    right: Settings


class Judge:
    """One whose constructor must not run again."""

    made = 0

    def __init__(self, factor):
        type(self).made += 1
        self.factor = factor

    def evaluate(self, output):
        return output * self.factor

    def __call__(self, output):
        return output + self.factor


def twice(value):
    return 2 * value


def held(value):
    """Return a function that uses a value, and so takes it."""

    def uses(output):
        return value

    return uses


def run(taken):
    module = types.ModuleType("taken")
    sys.modules["taken"] = module
    exec(taken.text, module.__dict__)
    return getattr(module, taken.name)


PLAIN = [
    math.inf, -math.inf, 3 + 4j, 10**4400, b"\x00", bytearray(b"a"), frozenset(), frozenset({1, "b"}), set(),
    {"b", "a"}, range(3), slice(1, None), [(1,), {"a": [-math.inf]}], re.compile(r"\d+", re.IGNORECASE),
    datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC), datetime.timedelta(3),
    decimal.Decimal("1.50"), fractions.Fraction(1, 3), pathlib.Path("a/b"), pathlib.PurePosixPath("c"),
    collections.deque([1, 2], 3), collections.OrderedDict(b=1, a=2), collections.Counter("aab"),
    collections.defaultdict(list, a=[1]), types.SimpleNamespace(a=1), logging.getLogger("mine"),
    list[float], dict[str, int], int | None, Sequence[int], Callable[[int], float], typing.Literal['a'],
    {"add": operator.add, "sqrt": math.sqrt}, np.float32(0.5), np.str_("a"),
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: f"{type(value).__name__}"[:30])
def test_plain_data_of_the_standard_library_is_written_out(value):
    again = run(take(held(value)))(0)
    assert again == value
    assert type(again) is type(value)


def test_nan_is_written_out():
    assert math.isnan(run(take(held(math.nan)))(0))


@pytest.mark.parametrize(
    "array", [np.zeros((0, 3)), np.array(["a", "bc"]), np.array([1j]), np.array([np.nan, np.inf]), np.array(True)]
)  # fmt: skip
def test_arrays_keep_shape_and_type(array):
    again = run(take(held(array)))(0)
    assert again.shape == array.shape
    assert again.dtype == array.dtype
    assert again.tobytes() == array.tobytes()


@pytest.mark.parametrize("value", [Colour.RED, Rights.READ | Rights.WRITE, Settings(4), Slotted(5)])
def test_members_and_objects_of_ones_own_classes_are_made_again(value):
    again = run(take(held(value)))(0)
    assert repr(again) == repr(value)


def test_named_tuple_holds_an_object_of_ones_own_class():
    again = run(take(held(Pair(1, Settings(2)))))(0)
    assert (again.left, again.right.length) == (1, 2)


def test_method_partial_and_callable_object_become_functions_and_run_no_constructor():
    judge = Judge(3)
    for evaluate in (judge.evaluate, judge, functools.partial(judge.evaluate, output=2)):
        again = run(take(evaluate))
        given = () if isinstance(evaluate, functools.partial) else (2,)
        assert again(*given) == evaluate(*given)
    assert Judge.made == 1


def test_table_of_functions_lambdas_and_partials_is_taken():
    table = {
        "twice": twice,
        "next": lambda value: value + 1,
        "add": functools.partial(operator.add, 5),
    }

    def uses(output):
        return [each(output) for each in table.values()]

    assert run(take(uses))(1) == [2, 2, 6]


def test_helper_that_is_a_lambda_keeps_its_name():
    shift = lambda value: value + 10  # noqa: E731
    assert run(take(lambda output: shift(output) + 1))(1) == 12


def test_lambda_that_calls_a_function_named_evaluate_does_not_call_itself():
    def evaluate(output):
        return output + 1

    assert run(take(lambda output: evaluate(output) * 2))(1) == 4


def test_lambdas_of_one_line_are_told_apart_by_their_constants():
    first, second = (lambda value: value + 1), (lambda value: value + 2)
    assert (run(take(first))(1), run(take(second))(1)) == (2, 3)


def plus_one(function):
    def wrapper(output):
        return function(output) + 1

    return wrapper


@plus_one
def decorated(output):
    return output


@functools.lru_cache
def remembered(output):
    return output if output < 2 else remembered(output - 1) + remembered(output - 2)


def test_decorator_is_applied_once():
    assert run(take(decorated))(1) == decorated(1) == 2
    assert run(take(remembered))(9) == 34


def scaled(factor):
    def by_factor(value):
        return value * factor

    return by_factor


def test_a_name_that_means_two_things_is_refused_and_not_mixed_up():
    double, triple = scaled(2), scaled(3)

    def uses(output):
        return double(output) + triple(output)

    with pytest.raises(ConfigError, match="'factor' means two things"):
        take(uses)


def test_table_that_a_function_in_it_uses_is_taken():
    def factorial(value):
        return 1 if value < 2 else value * table["factorial"](value - 1)

    table = {"factorial": factorial}
    assert run(take(lambda output: table["factorial"](output) + 1))(4) == 25


def test_data_that_holds_itself_or_something_live_is_named():
    ring = []
    ring.append(ring)
    with pytest.raises(
        ConfigError, match=r"uses 'value', a live object \(list that holds itself\)"
    ):
        take(held(ring))
    with pytest.raises(ConfigError, match=r"uses 'value', a live object \(Generator\)"):
        take(held({"a": [np.random.default_rng(0)]}))


def test_text_of_a_set_is_the_same_in_every_process():
    script = "from tests.from_python.test_plain_values import held\n"
    script += "from cladogen.from_python.sources import take\n"
    script += "print(take(held({str(each) for each in range(50)})).text)"
    texts = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(texts) == 1
