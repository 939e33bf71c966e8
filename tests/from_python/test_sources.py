"""A function is taken by its source, with what it needs; what cannot be taken is named."""

import threading
from collections import OrderedDict
from functools import partial

import numpy as np
import pytest

from cladogen.errors import ConfigError
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


@pytest.mark.parametrize("value", [partial(helper, 1), Shape().area, Shape])
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
