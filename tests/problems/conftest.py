"""The scorers of the shipped problems, loaded as files, and published constructions to try them with."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def scorer(monkeypatch):
    def load(name):
        monkeypatch.syspath_prepend(ROOT / "problems" / name)  # as the scorer's own process does
        spec = importlib.util.spec_from_file_location(
            f"scorer_of_{name}", ROOT / "problems" / name / "scorer.py"
        )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def published():
    def read(name):
        document = json.loads((ROOT / "tests" / "data" / "constructions" / name).read_text())
        return document, np.array(document.get("points", document.get("values")), dtype=float)

    return read
