"""Every key of problem.toml: what is of the wrong kind or beyond reason gets one line, and never a traceback."""

import datetime
import json
import math
from copy import deepcopy
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cladogen.errors import CladogenError, ProblemError
from cladogen.problem import load
from cladogen.sandboxes.base import Limits
from cladogen.settings import Settings

WHOLE = {
    "name": "mine", "statement": "statement.md", "seeds": ["seed"], "repeats": 1,
    "program": {"editable": ["solve.py"], "entry": "solve.py:run", "build": ["make"], "evolve_blocks": []},
    "scorer": {"file": "scorer.py", "time_s": 60.0, "memory_mb": 2048, "host": False},
    "objective": {"metric": "value", "target": 0.5, "best_known": 0.6},
    "metrics": {"value": {"direction": "maximize", "unit": "m", "low": 0.0, "high": 1.0}},
    "constraints": [{"metric": "size", "low": 1.0, "high": 400.0}],
    "features": [{"metric": "size", "bins": 10, "scale": "log", "low": 10.0, "high": 400.0}],
    "stages": [{"name": "quick", "cases": ["small"], "at_least": 0.2}],
    "limits": {"time_s": 10.0, "cpu_s": 10.0, "memory_mb": 1024, "cpus": 1.0, "processes": 64, "files_mb": 64,
               "output_mb": 16.0, "network_mb": 256.0, "build_s": 60.0},
    "sandbox": {"image": "", "dockerfile": "", "requirements": "", "gpus": "", "network": [], "folders": []},
    "race": {"rounds": 5, "error": 0.05},
    "parameters": {"n": 40},
    "defaults": {"seed": 1, "workers": 2, "archive": "greedy", "archive_options": {}, "proposer": "offline",
                 "proposer_options": {}, "models": [["m", 1.0]], "api_base": "", "sandbox": "auto",
                 "isolation": "fork", "runtime": "", "usd_per_hour": 0.0, "noise_repeats": 3, "shortlist": 5,
                 "max_usd": 1.0, "max_tokens": 9, "max_calls": 9, "max_evaluations": 9, "max_proposals": 9,
                 "max_seconds": 9.0, "max_failing": 9, "patience": 9, "target": 0.5, "variant": ""},
}  # fmt: skip
DATE = datetime.date(2020, 1, 2)
TEXTS = (
    "editable",
    "evolve_blocks",
    "build",
    "seeds",
    "cases",
    "network",
    "folders",
)  # a text is a list of one


def paths(value, above=()):
    """Yield where every key of the file is."""
    for key, inside in value.items() if isinstance(value, dict) else enumerate(value):
        here = (*above, key)
        if isinstance(key, str):
            yield here
        if isinstance(inside, dict) or (
            isinstance(inside, list) and inside and isinstance(inside[0], dict)
        ):
            yield from paths(inside, here)


KEYS = [path for path in paths(WHOLE) if path[-1] != "n"]


def at(path, value):
    """Return the whole file with another value in one place."""
    changed = deepcopy(WHOLE)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return changed


def toml(value, top=True):
    """Write a value as TOML."""
    if isinstance(value, dict):
        pairs = [f"{json.dumps(key)} = {toml(inside, False)}" for key, inside in value.items()]
        return "\n".join(pairs) if top else "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(inside, False) for inside in value) + "]"
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    return value.isoformat() if isinstance(value, datetime.date) else json.dumps(value)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / "solve.py").write_text("def run(case):\n    return 1\n")
    (tmp_path / "scorer.py").write_text("")
    (tmp_path / "statement.md").write_text("Solve it.\n")
    return tmp_path


def read(folder, values):
    (folder / "problem.toml").write_text(toml(values), encoding="utf-8")
    return load(folder)


def refused(folder, values):
    with pytest.raises(ProblemError) as caught:
        read(folder, values)
    line = str(caught.value)
    assert line.startswith(str(folder)) and line.isprintable() and len(line) < 600
    return line


def same_kind(was, value, path):
    """Tell whether a value is of the kind that a key takes."""
    if isinstance(was, bool) or isinstance(value, bool):
        return isinstance(was, bool) and isinstance(value, bool)
    if isinstance(was, float):
        return isinstance(value, int | float)
    if path[-1] in TEXTS and isinstance(value, str):
        return True
    if path == ("seeds",) and isinstance(value, dict):
        return True
    return isinstance(value, type(was))


WRONG = [True, 7, 1.5, "text", [], [7], {}, {"key": 1}, DATE]


def test_whole_file_is_read(folder):
    problem = read(folder, WHOLE)
    assert WHOLE["limits"].keys() == {field.name for field in fields(Limits)}
    assert problem.limits.processes == 64 and problem.defaults["models"] == (("m", 1.0),)
    assert Settings().over(problem.defaults, "there").caps.failing == 9


@pytest.mark.parametrize("path", KEYS, ids=lambda path: ".".join(map(str, path)))
def test_value_of_another_kind_is_one_line_that_names_the_key(folder, path):
    was = WHOLE
    for key in path:
        was = was[key]
    for value in WRONG:
        if not same_kind(was, value, path):
            assert str(path[-1]) in refused(folder, at(path, value)), value


@pytest.mark.parametrize("path", KEYS, ids=lambda path: ".".join(map(str, path)))
def test_number_beyond_reason_is_one_line_that_names_the_key(folder, path):
    was = WHOLE
    for key in path:
        was = was[key]
    if isinstance(was, bool) or not isinstance(was, int | float):
        return
    for value in (math.nan, math.inf, -math.inf, 10**16, 10**400):
        assert path[-1] in refused(folder, at(path, value))
    free = path[-1] in ("target", "best_known", "low", "high", "at_least")
    if not free:
        assert path[-1] in refused(folder, at(path, -1))
    counted = {"repeats", "workers", "noise_repeats", "shortlist", "bins", "rounds"} | WHOLE[
        "limits"
    ].keys()
    if path[-1] in counted:
        assert "at most" in refused(folder, at(path, 10**15))


def test_mistake_in_a_variant_nobody_chose_is_said_with_its_name(folder):
    line = refused(folder, WHOLE | {"variants": {"hard": {"limits": {"time": 3}}}})
    assert "variant 'hard': [limits]: unknown key 'time'" in line
    for wrong in (7, {"hard": 7}, {"": {}}, {"a\nb": {}}):
        refused(folder, WHOLE | {"variants": wrong})
    for path in KEYS:
        if path[0] not in ("constraints", "features", "stages", "parameters"):
            over = DATE
            for key in reversed(path):
                over = {key: over}
            assert "variant 'hard'" in refused(folder, WHOLE | {"variants": {"hard": over}})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (at(("program", "editable"), []), "editable is empty"),
        (at(("seeds",), [""]), "seeds is empty; give a name"),
        (at(("statement",), "a\nb"), "holds no line ends"),
        (at(("statement",), "x" * 300), "the statement must be there"),
        (at(("race", "rounds"), 1), "rounds = 1 must be at least 2"),
        (at(("race", "error"), 0), "must be above 0"),
        (at(("parameters", "n"), math.nan), "give a finite number"),
        (at(("defaults", "archive_options"), {"when": DATE}), "give a finite number"),
        (at(("defaults", "models"), [["m", 0]]), "weight = 0 must be above 0"),
        (at(("defaults", "models"), [7]), "name must be text"),
        (at(("features", 0, "low"), 0), "above 0 on a log scale"),
        (at(("constraints", 0, "low"), 500), "low = 500 must be below high = 400"),
        (at(("defaults", "sandbox"), "podman"), "not one of auto, docker"),
    ],
)
def test_value_that_means_nothing_is_said(folder, values, words):
    assert words in refused(folder, values)


def test_file_that_is_no_text_or_too_deep_is_one_line(folder):
    for text in (b"\xff\xfe", b"n = " + b"9" * 5000, b"n = " + b"[" * 5000, b"a = 1\na = 2"):
        (folder / "problem.toml").write_bytes(text)
        with pytest.raises(ProblemError, match="not readable as TOML"):
            load(folder)
    (folder / "problem.toml").write_text(toml(WHOLE))
    (folder / "statement.md").write_bytes(b"\xff\xfe")
    with pytest.raises(ProblemError, match="must be text in UTF-8"):
        load(folder)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=5)
    | st.sampled_from(["solve.py", "seed", "scorer.py", "size", "log", "auto", "solve.py:run", "../x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
).filter(lambda value: value is not None and "None" not in repr(value))  # fmt: skip


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.tuples(st.sampled_from(KEYS), VALUES), min_size=1, max_size=2))
def test_whatever_stands_in_the_file_is_read_or_said_in_one_line(folder, changes):
    values = deepcopy(WHOLE)
    for path, value in changes:
        inside = values
        try:
            for key in path[:-1]:
                inside = inside[key]
            inside[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # an earlier change took its place away
    (folder / "problem.toml").write_text(toml(values), encoding="utf-8")
    try:
        problem = load(folder)
        Settings().over(problem.defaults, "there")
    except CladogenError as error:
        assert "\n" not in str(error) and len(str(error)) < 900
