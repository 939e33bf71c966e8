"""A table of texts and a ``GEPAAdapter`` as a problem: each text is a file that may change, each
example a case, and the adapter judges inside the sandbox, beside the texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from cladogen.errors import ConfigError
from cladogen.from_python.evolve_options import EvolveOptions, examples
from cladogen.from_python.sources import Taken, beside, take, take_class
from cladogen.importing.bridge_files import ENTRY, bridge_files

METHODS = ("evaluate", "make_reflective_dataset")
SCORER_OF_EXAMPLES = '''\
"""Reads what the evaluator reports from inside the sandbox: reported, not certified."""

from pathlib import Path

from cladogen.evaluators.of_function import read_cases
from cladogen.importing.reported import score, wanted

__all__ = ["cases", "score"]


def cases(parameters):
    """Return a case for each example that evolve() was given."""
    return wanted(read_cases(Path(__file__).with_name("cases.data")), parameters)
'''


def is_adapter(evaluate: Any) -> bool:
    """Tell whether a value is a GEPAAdapter, or a class of them, by its two methods."""
    return all(callable(getattr(evaluate, name, None)) for name in METHODS)


def write_adapted(
    program: Any, adapter: Any, asked: EvolveOptions
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return ``problem.toml`` as a table, and the other files of the problem."""
    texts = _texts(program)
    names = {name: _file_name(name) for name in texts}
    if len(set(names.values())) < len(names):
        raise ConfigError(f"evolve(): texts of nearly one name: {', '.join(names)}; rename one")
    maker = _maker(adapter)
    plan = {
        "kind": "gepa",
        "files": names,
        "maker": maker.name,
        "objective": asked.metric,
    }
    seed = {names[name]: text.encode() for name, text in texts.items()} | bridge_files(plan)
    judging = beside({"adapter_source.py": maker.text.encode()}, maker.files)
    seed |= {f"evaluator/{path}": data for path, data in judging.items()}
    files = {f"seed/{path}": data for path, data in seed.items()}
    files["scorer.py"] = SCORER_OF_EXAMPLES.encode()
    files["cases.data"] = _cases(asked)
    toml = {
        "program": {"editable": list(names.values()), "entry": ENTRY},
        "scorer": {"reported": True},
        "parameters": {"metrics": [asked.metric]},
    }
    return toml, files


def _texts(program: Any) -> dict[str, str]:
    known = isinstance(program, Mapping) and program
    if not known or not all(isinstance(text, str) for text in program.values()):
        raise ConfigError(
            "evolve(): with a GEPAAdapter the program is a dict of texts, as GEPA's seed_candidate"
        )
    return {str(name): text for name, text in program.items()}


def _maker(adapter: Any) -> Taken:
    """Return the source of what makes the adapter: a function, or a class without arguments."""
    if isinstance(adapter, FunctionType):
        return take(adapter)
    kind = adapter if isinstance(adapter, type) else type(adapter)
    try:
        kind()
    except TypeError as error:
        raise ConfigError(
            f"{kind.__name__}: it is made anew where programs run, without arguments, and cannot "
            f"be ({error}); give a function that makes it, with takes='adapter'"
        ) from None
    return take_class(kind)


def _cases(asked: EvolveOptions) -> bytes:
    from cladogen.sandboxes import wire

    rows = list(map(list, examples(asked)))
    if not any(row[-1] == "train" for row in rows):
        raise ConfigError("evolve(): a GEPAAdapter needs examples: cases=trainset")
    try:
        return wire.encode(rows)
    except ValueError as error:
        raise ConfigError(f"evolve(): the examples are not plain data: {error}") from None


def _file_name(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_.") or "text"
    return plain if "." in plain else f"{plain}.txt"
