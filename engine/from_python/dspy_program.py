"""A DSPy module as a program: its instructions and demonstrations are the files that may change.

The module is made anew from its source where the program runs, and gets the state that the files
say. Its metric scores the prediction in the scorer's process, apart from it. Nothing is pickled;
the examples are written out as data. Only values of the public interface of DSPy 3 are used.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any, Literal, get_args, get_origin

from cladogen.errors import ConfigError
from cladogen.from_python.evolve_options import EvolveOptions, examples
from cladogen.from_python.sources import FOLDERS, Taken, beside, take, take_class

DEMOS, STATE, DRIVER_FILE = "demos.json", "state.json", "driver.py"
ITS_OWN = ("Predict", "ChainOfThought")  # made again from their signature
DRIVER = '''\
"""Makes the module, gives it the instructions and demonstrations of the files, and calls it."""

import json
import os
import urllib.request
from pathlib import Path

import dspy

from module_source import {maker} as make

HERE = Path(__file__).parent


def run(inputs):
    """Return the fields of the prediction."""
    _choose_model()
    module = make()
    module.load_state(_state())
    return dict(module(**inputs).toDict())


def _state():
    state = json.loads((HERE / "{state}").read_text(encoding="utf-8"))
    demos = json.loads((HERE / "{demos}").read_text(encoding="utf-8"))
    for name, path in state["files"].items():
        each = state["modules"][name]
        each["signature"]["instructions"] = (HERE / path).read_text(encoding="utf-8").strip()
        each["demos"] = demos.get(name, [])
    return state["modules"]["self"] if state["alone"] else state["modules"]


def _choose_model():
    """Ask the run's first model, where the run has one and the module chose none."""
    address = os.environ.get("OPENAI_BASE_URL")
    if not address or dspy.settings.lm is not None:
        return
    with urllib.request.urlopen(address + "/models") as answer:
        name = json.load(answer)["data"][0]["id"]
    dspy.configure(lm=dspy.LM("openai/" + name, api_base=address, api_key="none", cache=False))
'''
SCORER = '''\
"""Scores predictions by the metric that evolve() was given."""

from pathlib import Path

import metric_source

from cladogen.evaluators.of_prediction import read_examples, score_of

def cases(parameters):
    """Return the examples that evolve() was given."""
    return read_examples(Path(__file__).with_name("cases.data"))


def score(case, output):
    """Return what the metric says of a prediction."""
    return score_of(metric_source.{metric}, case, output, {name!r})
'''


def is_module(program: Any) -> bool:
    """Tell whether a value is a DSPy module, or a class of them."""
    dspy = sys.modules.get("dspy")
    base = getattr(dspy, "Module", None)
    if base is None:
        return False
    return isinstance(program, base) or (isinstance(program, type) and issubclass(program, base))


def write_module(
    program: Any, metric: Callable[..., Any], asked: EvolveOptions
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return ``problem.toml`` as a table, and the other files of the problem."""
    if not is_metric(metric):
        raise ConfigError(
            f"{getattr(metric, '__name__', metric)!s}: the metric of a DSPy module takes the "
            "example and the prediction, and perhaps a trace"
        )
    module, maker = _made(program)
    alone = _is_predictor(module)
    state = {"self": _plain_state(module)} if alone else _plain_state(module)
    _forget_models(state)
    names = _files([name for name, _ in module.named_predictors()])
    taken = take(metric)
    program_files = _texts(names, state)
    own = list(program_files)
    words = {"maker": maker.name, "state": STATE, "demos": DEMOS}
    program_files |= {
        STATE: _json({"files": names, "alone": alone, "modules": state}),
        DRIVER_FILE: DRIVER.format(**words).encode(),
        "module_source.py": maker.text.encode(),
    }
    program_files = beside(program_files, maker.files)
    judging = {
        "scorer.py": SCORER.format(metric=taken.name, name=asked.metric).encode(),
        "metric_source.py": taken.text.encode(),
        "cases.data": _examples(asked),
    }
    files = beside(judging, taken.files, FOLDERS)
    files |= {f"seed/{path}": data for path, data in program_files.items()}
    return {"program": {"editable": own, "entry": f"{DRIVER_FILE}:run"}}, files


def _texts(names: Mapping[str, str], state: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files that a search changes: each predictor's instructions, and the examples."""
    texts = {
        path: (state[name]["signature"]["instructions"].strip() + "\n").encode()
        for name, path in names.items()
    }
    demos = {name: state[name].get("demos", []) for name in names}
    texts[DEMOS] = _json({name: rows for name, rows in demos.items() if rows})
    return texts


def _files(names: Sequence[str]) -> dict[str, str]:
    """Return a file for the instructions of each predictor; nearly equal names are numbered."""
    plain = list(map(_file_name, names))
    return {
        name: f"instructions/{each}{'' if plain.count(each) == 1 else f'.{at}'}.md"
        for at, (name, each) in enumerate(zip(names, plain, strict=True))
    }


def _made(program: Any) -> tuple[Any, Taken]:
    """Return the module, and the source of what makes it."""
    if isinstance(program, type):
        return _instance(program), take_class(program)
    if isinstance(program, FunctionType):
        return program(), take(program)
    kind = type(program)
    if kind.__module__.split(".")[0] == "dspy":
        return program, _own_kind(program)
    _instance(kind)
    return program, take_class(kind)


def _instance(kind: type) -> Any:
    try:
        return kind()
    except TypeError as error:
        raise ConfigError(
            f"{kind.__name__}: it is made anew where programs run, without arguments, and cannot "
            f"be ({error}); give a function that makes it, with takes='prediction'"
        ) from None


def _own_kind(module: Any) -> Taken:
    """Return the source that makes one of DSPy's own modules again, from its signature."""
    kind = type(module).__name__
    if kind not in ITS_OWN:
        raise ConfigError(
            f"dspy.{kind}: give a function that makes it, with takes='prediction' (a lambda will "
            "do)"
        )
    ((_, predictor),) = module.named_predictors()
    hidden = ("reasoning",) if kind == "ChainOfThought" else ()
    signature = _signature(predictor.signature.fields, hidden)
    text = f"import dspy\n\n\ndef make():\n    return dspy.{kind}({signature!r})\n"
    return Taken("make", text, {})


def _signature(fields: Mapping[str, Any], hidden: Sequence[str]) -> str:
    """Return a signature in one text: what goes in, an arrow, what comes out."""
    sides: dict[str, list[str]] = {"input": [], "output": []}
    for name, field in fields.items():
        if name not in hidden:
            side = (field.json_schema_extra or {}).get("__dspy_field_type", "input")
            sides[side].append(f"{name}: {type_name(name, field.annotation)}")
    return " -> ".join(", ".join(each) for each in sides.values())


def type_name(name: str, annotation: Any) -> str:
    """Return a type as a signature's text names it; one that only the user's files know is refused,
    and so is one whose text says not what it is.
    """
    if own := next(_classes(annotation), None):
        raise ConfigError(
            f"the field {name!r} is of type {own.__name__}, a class: give a function that makes "
            "the module, with takes='prediction'; the metric gets its values as tables"
        )
    text = _as_text(annotation)
    if not re.fullmatch(r"(typing\.)?(Literal\[.*\]|[\w\[\], |]+)", text) or "class" in text:
        raise ConfigError(
            f"the field {name!r} is of type {text}; give a function that makes the module, with "
            "takes='prediction'"
        )
    return text.replace("typing.", "")


def _as_text(annotation: Any) -> str:
    plain = isinstance(annotation, type) and "[" not in str(annotation)
    return annotation.__name__ if plain else str(annotation)


def _classes(annotation: Any) -> Iterator[type]:
    """Yield the classes in a type that are not Python's own."""
    if get_origin(annotation) is Literal:
        return
    if isinstance(annotation, type) and annotation.__module__ != "builtins":
        yield annotation
    for inner in get_args(annotation):
        yield from _classes(inner)


def _is_predictor(module: Any) -> bool:
    """Whether a module is a single predictor, whose state stands under no name of its own."""
    return [name for name, _ in module.named_predictors()] == ["self"]


def _plain_state(module: Any) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(json.dumps(module.dump_state(), default=str))
    return state


def _forget_models(state: dict[str, Any]) -> None:
    """Take models out of a state: no client and no key goes into a file."""
    for each in state.values():
        if isinstance(each, dict):
            each["lm"] = None


def _examples(asked: EvolveOptions) -> bytes:
    """Return the examples as rows of name, inputs, all fields, and split."""
    from cladogen.sandboxes import wire

    rows = [[name, *_fields(example), split] for name, example, split in examples(asked)]
    if not any(row[-1] == "train" for row in rows):
        raise ConfigError("evolve(): a DSPy module needs examples: cases=trainset")
    try:
        return wire.encode(rows)
    except ValueError as error:
        raise ConfigError(f"evolve(): the examples are not plain data: {error}") from None


def _fields(example: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an example's inputs and all its fields."""
    try:
        inputs, fields = dict(example.inputs().toDict()), dict(example.toDict())
    except (AttributeError, ValueError):
        raise ConfigError(
            "evolve(): an example must be a dspy.Example that knows its inputs: "
            'dspy.Example(question="...", answer="...").with_inputs("question")'
        ) from None
    return inputs, fields


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_.") or "self"


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def is_metric(function: Any) -> bool:
    """Tell whether a metric can be called with an example and a prediction."""
    try:
        return len(inspect.signature(function).parameters) >= 2
    except (TypeError, ValueError):
        return False
