"""The layouts that can be imported, by name: how each is recognised and read. A new one is one line
here; the first that fits a folder is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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
from cladogen.importing.found import Choice, Found

Layout = tuple[Callable[[Path], bool], Callable[[Path, Choice], Found]]
LAYOUTS: dict[str, Layout] = {
    "Frontier-CS": (contest.recognised, contest.read),
    "ALE-Bench": (contest.recognised_ale, contest.read_ale),
    "AlphaEvolve experiment": (alphaevolve.recognised, alphaevolve.read),
    "Galapagos card": (openevolve.recognised_card, openevolve.read_card),
    "OpenEvolve": (openevolve.recognised, openevolve.read),
    "ShinkaEvolve": (shinka.recognised, shinka.read),
    "LLM4AD": (llm4ad.recognised, llm4ad.read),
    "EoH": (eoh.recognised, eoh.read),
    "AlgoTune": (algotune.recognised, algotune.read),
    "KernelBench": (kernelbench.recognised, kernelbench.read),
    "FunSearch": (funsearch.recognised, funsearch.read),
    "GEPA": (gepa.recognised, gepa.read),
}
