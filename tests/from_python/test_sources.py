"""A function is taken by its source, with what it needs; what cannot be taken is named."""

import functools
import importlib
import inspect
import os
import pathlib
import sys
import threading
from collections import OrderedDict
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from cladogen.errors import ConfigError
from cladogen.from_python.dspy_program import type_name, write_module
from cladogen.from_python.evolve_options import EvolveOptions, split, takes
from cladogen.from_python.folder import write_problem
from cladogen.from_python.sources import take, take_class

SCALE = 3
WEIGHTS = np.array([1.0, 2.0])
LOCK = threading.Lock()


def helper(value):
    return value * SCALE


class Shape:
    def area(self):
        return helper(2)


def uses_much(output):
    return (
        helper(output) + Shape().area() + float((WEIGHTS * np.ones(2)).sum()) + len(OrderedDict())
    )


def counts_down(output):
    return 0 if output <= 0 else counts_down(output - 1) + 1


def uses_a_lock(output):
    with LOCK:
        return output


def run(taken):
    names = {}
    exec(taken.text, names)
    return names[taken.name]


def test_function_is_taken_with_helpers_classes_constants_and_arrays():
    taken = take(uses_much)
    assert run(taken)(1) == uses_much(1)
    assert "from collections import OrderedDict" in taken.text


def test_function_that_calls_itself_is_taken_once():
    taken = take(counts_down)
    assert run(taken)(4) == 4
    assert taken.text.count("def counts_down") == 1


def test_closure_over_plain_data_is_taken_with_the_data():
    goal = [1, 2.5, {"a": None}]

    def closes(output):
        return [output, goal]

    assert run(take(closes))(1) == [1, goal]


def test_lambda_is_taken_by_its_place_in_the_line():
    first, second = (lambda x: x + 1), (lambda x: x * 5)
    assert run(take(second))(2) == 10
    assert run(take(first))(2) == 3


def test_live_object_is_named_with_the_way_out():
    with pytest.raises(ConfigError, match=r"uses_a_lock .*uses 'LOCK', a live object.*make it in"):
        take(uses_a_lock)


@pytest.mark.parametrize("value", [partial(print, 1), Shape, np.sum, max])
def test_what_is_no_plain_function_is_refused(value):
    with pytest.raises(ConfigError, match="not a plain function"):
        take(value)


def test_function_without_a_source_is_refused():
    names = {}
    exec("def typed(output):\n    return output\n", names)
    with pytest.raises(ConfigError, match="its source cannot be read"):
        take(names["typed"])


def test_large_data_is_refused_with_advice():
    data = list(range(100_000))

    def closes(output):
        return data

    with pytest.raises(ConfigError, match="read it from a file"):
        take(closes)


class Judge:
    def say(self, text):
        return helper(len(text))


def test_class_is_taken_with_what_its_methods_use():
    taken = take_class(Judge)
    assert run(taken)().say("ab") == 6 and "SCALE = 3" in taken.text


def test_module_of_a_users_own_site_packages_is_imported_and_not_copied(tmp_path, monkeypatch):
    folder = tmp_path / "home" / "site-packages"
    folder.mkdir(parents=True)
    (folder / "zzhomely.py").write_text("def one():\n    return 1\n")
    monkeypatch.syspath_prepend(str(folder))
    import zzhomely

    def uses_it(output):
        return zzhomely.one()

    assert not take(uses_it).files


class Prompted:
    """As much of a DSPy module, and of an example, as is written down of one."""

    def named_predictors(self):
        return [("self", self)]

    def dump_state(self):
        return {"signature": {"instructions": "Answer."}, "demos": []}

    def inputs(self):
        return self

    def toDict(self):
        return {"question": "1"}


def user_of(name, tmp_path, monkeypatch):
    """Return a user's module with a maker and a metric that import another one, called ``name``."""
    monkeypatch.syspath_prepend(tmp_path)
    for module in (name, f"user_of_{name}"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    (tmp_path / f"{name}.py").write_text("def value(*given):\n    return 1.0\n")
    text = f"from {name} import value\n\n"
    text += "def judge(example, prediction):\n    return value()\n\n"
    text += "def score(output):\n    return value(output)\n\n"
    text += "def make():\n    from prompted import Prompted\n    value()\n    return Prompted()\n"
    (tmp_path / f"user_of_{name}.py").write_text(text)
    (tmp_path / "prompted.py").write_text(inspect.getsource(Prompted))
    return importlib.import_module(f"user_of_{name}")


def judge(example, prediction):
    return 1.0


@pytest.mark.parametrize("name", ["driver", "module_source"])
def test_a_module_with_the_name_of_a_dspy_programs_own_file_is_refused(tmp_path, monkeypatch, name):
    user = user_of(name, tmp_path, monkeypatch)
    with pytest.raises(ConfigError, match=rf"{name}.py: a module of yours .* rename the module"):
        write_module(user.make, judge, EvolveOptions(cases=[Prompted()]))


@pytest.mark.parametrize("name", ["scorer", "metric_source"])
def test_a_module_with_the_name_of_a_file_beside_a_dspy_metric_is_refused(
    tmp_path, monkeypatch, name
):
    maker = user_of("other_module", tmp_path, monkeypatch).make
    user = user_of(name, tmp_path, monkeypatch)
    with pytest.raises(ConfigError, match=rf"{name}.py: a module of yours .* rename the module"):
        write_module(maker, user.judge, EvolveOptions(cases=[Prompted()]))
    _, files = write_module(maker, judge, EvolveOptions(cases=[Prompted()]))
    assert b"module.load_state" in files["seed/driver.py"] and "seed/other_module.py" in files


@pytest.mark.parametrize(
    ("name", "takes"),
    [("scorer", "output"), ("evaluation_source", "output"), ("evaluation_source", "text")],
)
def test_a_module_with_the_name_of_a_file_beside_an_evaluation_is_refused(
    tmp_path, monkeypatch, name, takes
):
    user = user_of(name, tmp_path, monkeypatch)
    with pytest.raises(ConfigError, match=rf"{name}.py: a module of yours .* rename the module"):
        write_problem(
            tmp_path / "made", "def f():\n    return 1\n", user.score, EvolveOptions(takes=takes)
        )


def made_in_a_loop():
    made = []
    for k in (1, 2, 3):

        def weighs(output, weight=k, *, mark="é", k=k):
            return output * weight + k

        made.append(weighs)
    return made, [lambda output, k=k: output * k for k in (1, 2, 3)]


def test_defaults_are_those_that_a_function_was_made_with():
    definitions, lambdas = made_in_a_loop()
    assert [run(take(each))(10) for each in definitions] == [11, 22, 33]
    assert [run(take(each))(10) for each in lambdas] == [10, 20, 30]


def test_default_that_is_a_global_which_changed_later_keeps_its_value(monkeypatch):
    def scaled(output, scale=SCALE):
        return output * scale

    assert "scale=SCALE" in take(scaled).text
    monkeypatch.setitem(globals(), "SCALE", 7)
    assert run(take(scaled))(1) == 3


@functools.singledispatch
def told_apart(value):
    return 0


@told_apart.register
def _(value: list):
    return len(value)


def test_function_with_registered_others_is_refused_and_not_taken_without_them():
    with pytest.raises(ConfigError, match="told_apart: is singledispatch's"):
        take(told_apart)


def by_path(place: "pathlib.Path | str"):
    return 1.0


def by_optional_path(place: Path | None):
    return 1.0


def by_path_like(place: os.PathLike):
    return 1.0


@pytest.mark.parametrize("evaluate", [by_path, by_optional_path, by_path_like])
def test_any_annotation_that_names_a_path_gets_the_path(evaluate):
    assert takes(evaluate, "") == "path"


def test_options_that_are_lists_may_be_one_text():
    asked, _ = split(
        {"requirements": "scipy>=1", "editable": "a.py", "command": "./solve --fast"}, ()
    )
    assert (asked.requirements, asked.editable) == (["scipy>=1"], ["a.py"])
    assert asked.command == ["./solve", "--fast"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("statement", Path("task.md")), ("metric", 3), ("requirements", [3]), ("build", 3)],
)
def test_options_of_another_kind_are_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=rf"evolve\(\): {name}: .* not a text"):
        split({name: value}, ())


def test_lambda_that_was_typed_is_said_to_have_no_source():
    with pytest.raises(ConfigError, match="a lambda: its source cannot be read"):
        take(eval("lambda output: 1.0"))


@pytest.mark.parametrize("annotation", [Judge, list[Judge], Judge | None, pathlib.Path])
def test_class_as_the_type_of_a_dspy_field_is_refused_before_anything_runs(annotation):
    with pytest.raises(ConfigError, match=r"the field 'city' is of type .*, a class: give a func"):
        type_name("city", annotation)


def test_plain_types_of_a_dspy_field_are_written_as_text():
    plain = [type_name("x", each) for each in (str, list[str], Literal["a", "b"], int | None)]
    assert plain == ["str", "list[str]", "Literal['a', 'b']", "int | None"]
