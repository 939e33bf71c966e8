"""The layouts that can be imported, by name: how each is recognised and read. A new one is one line
here; the first that fits a folder is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cladogen.importing import (
    algotune,
    alphaevolve,
    contest,
    eoh,
    funsearch,
    gepa,
    kernelbench,
    llm4ad,
    openevolve,
    shinka,
)
from cladogen.importing.found import Found, ImportOptions

SCORE = ("objective", "minimize")
FILES = ("program", "evaluator", "config")


class Layout(NamedTuple):
    """How a layout is recognised and read, and what of a `ImportOptions` it ``takes``."""

    recognised: Callable[[Path], bool]
    read: Callable[[Path, ImportOptions], Found]
    takes: tuple[str, ...]


LAYOUTS = {
    "Frontier-CS": Layout(contest.recognised, contest.read, ("program", "minimize", "beside")),
    "ALE-Bench": Layout(contest.recognised_ale, contest.read_ale, ("program", "minimize")),
    "AlphaEvolve experiment": Layout(
        alphaevolve.recognised, alphaevolve.read, ("program", "evaluator", *SCORE)
    ),
    "Galapagos card": Layout(openevolve.recognised_card, openevolve.read_card, ("program", *SCORE)),
    "OpenEvolve": Layout(openevolve.recognised, openevolve.read, (*FILES, *SCORE, "beside")),
    "ShinkaEvolve": Layout(shinka.recognised, shinka.read, (*FILES, *SCORE)),
    "LLM4AD": Layout(llm4ad.recognised, llm4ad.read, SCORE),
    "EoH": Layout(eoh.recognised, eoh.read, ("objective",)),
    "AlgoTune": Layout(algotune.recognised, algotune.read, (*SCORE, "inputs")),
    "KernelBench": Layout(kernelbench.recognised, kernelbench.read, SCORE),
    "FunSearch": Layout(funsearch.recognised, funsearch.read, ("program", *SCORE, "inputs")),
    "GEPA": Layout(gepa.recognised, gepa.read, ("program", "evaluator", *SCORE, "arguments")),
}
