"""The choices that are drawn from where no model writes them: archives with values of their
options, odds of operators, options of the offline proposers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Values = tuple[Any, ...]

ARCHIVES: Mapping[str, Mapping[str, Values]] = {
    "map_elites": {
        "islands": (1, 2, 3),
        "explore": (0.0, 0.06, 0.2, 0.5),
        "elite": (0.0, 0.3, 0.7, 0.9),
        "tournament": (2, 4, 8),
        "crossover": (0.0, 0.25, 0.5),
        "evolve": (False, True),
    },
    "adaevolve": {"low": (0.0, 0.1, 0.3), "high": (0.5, 0.7, 0.9), "decay": (0.8, 0.9, 0.97)},
    "clade": {
        "alpha": (0.4, 0.5, 0.6, 0.75, 0.9),
        "cooling": (0.0, 0.5, 1.0),
        "first": (1, 5, 10),
        "counts": ("clade", "own"),
    },
    "dgm": {"steepness": (3.0, 10.0, 30.0), "midpoint": (0.3, 0.5, 0.7)},
    "hyperagents": {"steepness": (3.0, 10.0, 30.0), "patience": (2.0, 4.0, 8.0, 16.0)},
    "shinka_power_law": {"alpha": (0.5, 1.0, 2.0, 4.0), "archive": (10, 40)},
    "shinka_weighted": {"steepness": (3.0, 10.0, 30.0), "archive": (10, 40)},
    "greedy": {"inspirations": (0, 3)},
    "beam": {"width": (2, 4, 8), "branch": (2, 4, 8)},
    "best_of_n": {"children": (4, 8, 16)},
    "uct": {"explore": (0.5, 1.0, 1.41, 2.0), "widen": (0.5, 1.0, 2.0)},
    "portfolio": {"memory": (0.9, 0.98, 1.0)},
}

# Of the proposer `offline`, by the path of the option within ``proposer_options``.
OFFLINE: Mapping[tuple[str, ...], Values] = {
    ("splice",): (0.0, 0.5, 1.0, 2.0),
    ("inner",): (1, 2, 4, 8),
    ("weights", "tune"): (0.0, 0.002, 0.008, 0.03, 0.1),
    ("mutate", "chain"): (0.1, 0.2, 0.35, 0.5, 0.7),
    ("mutate", "growth"): (1.2, 2.0, 4.0),
}
# Of the proposer `model`, where inner runs ask models.
WITH_MODELS: Mapping[str, Values] = {
    "candidates": (1, 2, 3),
    "form": ("auto", "diff", "blocks", "whole"),
    "notes_every": (-1, 0),
    "contrast": (False, True),
    "rejected": (False, True),
    "learn": (False, True),
}
PROMPTED = ("diff", "rewrite", "cross", "revise", "refine", "transfer", "gradient", "checklist")
OPERATORS = (
    "constant", "operator", "replace", "wrap", "hoist", "exchange", "name", "function", "negate",
    "insert", "bind", "delete", "double", "reorder", "cross", "graft", "simplify", "line",
)  # fmt: skip
ODDS: Values = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)

# Formulas to begin with where a rule is to be written.
_HEAD = "def choose(scores, visits, parents, gains):\n    return [\n        "
_TAIL = "\n        for score, made, gain in zip(scores, visits, gains)\n    ]\n"
FORMULAS = (
    "(0.05 + score) / (1.0 + made)",
    "(0.02 + score) ** 2.0 / (1.0 + 0.5 * made)",
    "(0.02 + score) ** 4.0",
    "(0.05 + max(0.0, score + 0.5 * gain)) / (1.0 + made)",
)


def rule_text(formula: str) -> str:
    """Return a rule whose weights are a formula of ``score``, ``made`` and ``gain``."""
    return f"{_HEAD}{formula}{_TAIL}"
